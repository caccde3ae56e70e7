package cassandra

import (
	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// routed is a statement of which only its partition is known: enough to ask a
// policy for the node that it would choose.
type routed struct {
	gocql.ExecutableStatement
	keyspace string
	key      []byte
}

// GetRoutingKey is the partition key.
func (r *routed) GetRoutingKey() ([]byte, error) { return r.key, nil }

// Keyspace is the keyspace.
func (r *routed) Keyspace() string { return r.keyspace }

// owner names the node that a statement for the partition goes to first; it is
// empty where there is none or no choice.
func (c *conn) owner(key []byte) string {
	if c.policy == nil {
		return ""
	}
	next := c.policy.Pick(&routed{keyspace: c.cluster.config.Keyspace, key: key})
	if host := next(); host != nil && host.Info() != nil {
		return host.Info().HostID()
	}
	return ""
}
