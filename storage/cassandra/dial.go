package cassandra

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/apache/cassandra-gocql-driver/v2/lz4"
	"github.com/apache/cassandra-gocql-driver/v2/snappy"
)

// dial connects, prepares the keyspace and reads how it is laid out.
func (c *cluster) dial(ctx context.Context) (*conn, error) {
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	tables, err := c.prepare(ctx, patient(settings))
	if err != nil {
		return nil, err
	}
	settings.Keyspace = c.config.Keyspace
	settings.PoolConfig.HostSelectionPolicy = c.policy() // which belongs to one session
	session, end, err := begin(ctx, settings)
	if err != nil {
		return nil, err
	}
	open := &conn{cluster: c, session: session, end: end, policy: settings.PoolConfig.HostSelectionPolicy, tables: tables}
	open.read, open.write = consistency(c.config.Read), consistency(c.config.Write)
	if err := open.load(ctx); err != nil {
		end()
		return nil, err
	}
	return open, nil
}

// settings are the driver library's for this cluster, without a keyspace.
func (c *cluster) settings() (*gocql.ClusterConfig, error) {
	hosts, port, err := splitHosts(c.config.Hosts)
	if err != nil {
		return nil, err
	}
	s := gocql.NewCluster(hosts...)
	s.Port = port
	s.ProtoVersion = 4 // what Cassandra 2.2 to 5 and Scylla have in common
	s.Timeout = cmp.Or(c.config.Request, 5*time.Second)
	s.ConnectTimeout = 5 * time.Second
	s.ReconnectInterval = time.Second
	s.ReconnectionPolicy = &gocql.ConstantReconnectionPolicy{MaxRetries: 1, Interval: 100 * time.Millisecond}
	s.NumConns = cmp.Or(c.config.Connections, 2)
	s.RetryPolicy = nextHost{}
	s.DefaultTimestamp = false
	s.WriteCoalesceWaitTime = 0
	s.MaxPreparedStmts = 200
	s.Metadata.CacheMode = gocql.KeyspaceOnly
	// The library waits ten seconds after such an event, Close or not. That a node
	// is gone shows by its connections, and one that is down is tried every second.
	s.Events.DisableNodeStatusEvents = true
	s.Logger = quiet{c.log}
	s.PoolConfig.HostSelectionPolicy = c.policy()
	if c.config.User != "" {
		s.Authenticator = gocql.PasswordAuthenticator{Username: c.config.User, Password: c.config.Password}
	}
	if c.config.TLS != nil {
		s.SslOpts = &gocql.SslOptions{Config: c.config.TLS, EnableHostVerification: !c.config.TLS.InsecureSkipVerify}
	}
	switch c.config.Compression {
	case "", "none":
	case "lz4":
		s.Compressor = lz4.LZ4Compressor{}
	case "snappy":
		s.Compressor = snappy.SnappyCompressor{}
	default:
		return nil, fmt.Errorf("compression %q: want none, lz4 or snappy", c.config.Compression)
	}
	return s, nil
}

// policy asks a replica first, in the local data centre if there is one. Its
// first choice for a partition is always the same node, so that batches can be
// cut by it.
func (c *cluster) policy() gocql.HostSelectionPolicy {
	if c.config.LocalDC != "" {
		near := gocql.DCAwareRoundRobinPolicy(c.config.LocalDC)
		return newWary(gocql.TokenAwareHostPolicy(near, gocql.NonLocalReplicasFallback(), gocql.DoNotShuffleReplicas()))
	}
	return newWary(gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy(), gocql.DoNotShuffleReplicas()))
}

// splitHosts reads host[:port]. As with KairosDB there is one port, the last
// that is named, 9042 if none is.
func splitHosts(list []string) (hosts []string, port int, err error) {
	port = 9042
	for _, entry := range list {
		host, text, err := net.SplitHostPort(entry)
		if err != nil {
			hosts = append(hosts, entry)
			continue
		}
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return nil, 0, fmt.Errorf("host %q: want host or host:port", entry)
		}
		hosts = append(hosts, host)
	}
	return hosts, port, nil
}

// Consistencies are the names that Cluster.Read and Cluster.Write may have.
func Consistencies() []string {
	return []string{"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE"}
}

// consistency is the level of that name, LOCAL_QUORUM if it is empty.
func consistency(name string) gocql.Consistency {
	level, err := gocql.ParseConsistencyWrapper(cmp.Or(name, "LOCAL_QUORUM"))
	if err != nil {
		return gocql.LocalQuorum
	}
	return level
}

// nextHost tries what may be done twice on two more nodes at once; attempt does
// the rest.
type nextHost struct{}

// Attempt allows three tries in all.
func (nextHost) Attempt(q gocql.RetryableQuery) bool {
	return q.Attempts() < 3 && q.Context().Err() == nil
}

// GetRetryType goes to the next node with what may pass.
func (nextHost) GetRetryType(err error) gocql.RetryType {
	if passing(err) {
		return gocql.RetryNextHost
	}
	return gocql.Rethrow
}

// quiet passes the driver library's log on as debugging: what matters of it
// comes back as errors.
type quiet struct{ log *slog.Logger }

// Error logs.
func (q quiet) Error(msg string, fields ...gocql.LogField) { q.tell(msg, fields) }

// Warning logs.
func (q quiet) Warning(msg string, fields ...gocql.LogField) { q.tell(msg, fields) }

// Info logs.
func (q quiet) Info(msg string, fields ...gocql.LogField) { q.tell(msg, fields) }

// Debug logs nothing: that is every frame.
func (q quiet) Debug(string, ...gocql.LogField) {}

// tell logs a line.
func (q quiet) tell(msg string, fields []gocql.LogField) {
	args := make([]any, 0, 2*len(fields))
	for _, f := range fields {
		args = append(args, f.Name, f.Value.String())
	}
	q.log.Debug("cassandra driver: "+msg, args...)
}
