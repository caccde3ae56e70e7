package cassandra

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/points"
)

// How long a look at the health of a cluster takes at most, and after what time
// a second node is asked where the first one is silent.
const (
	healthWithin = 3 * time.Second
	healthElse   = 500 * time.Millisecond
)

// health says in a sentence what is wrong, and which nodes are known to be down.
func (c *cluster) health(ctx context.Context) error {
	open, err := c.conn()
	if err != nil {
		return err
	}
	if err := open.serves(ctx); err != nil {
		return fmt.Errorf("%w: %s does not answer%s: %w", points.ErrUnavailable, c, open.down(), err)
	}
	return nil
}

// serves reads one row of the keyspace at the levels of consistency that reads
// and writes have: nodes may answer and yet be too few for what they are asked.
// Levels at which nothing can be read are left out.
func (c *conn) serves(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	levels := []gocql.Consistency{c.read}
	if w := c.write; c.cluster.role == writing && w != c.read && w != gocql.Any && w != gocql.EachQuorum {
		levels = append(levels, w)
	}
	elsewhere := &gocql.SimpleSpeculativeExecution{NumAttempts: 2, TimeoutDelay: healthElse}
	for _, level := range levels {
		if err := c.probe().Consistency(level).SetSpeculativeExecutionPolicy(elsewhere).ExecContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// probe is a read of one row that costs little, whether that is there or not.
func (c *conn) probe() *gocql.Query {
	switch {
	case c.cluster.role == meta:
		return c.selects(readServiceTime, "aion", "health")
	case c.tables["spec"]:
		return c.selects(readSpec, "row_time_unit")
	}
	return c.selects(ping)
}

// down lists the nodes that the driver library takes for dead, in brackets; it
// is empty where there are none.
func (c *conn) down() string {
	var hosts []string
	for _, host := range c.session.GetHosts() {
		if !host.IsUp() {
			hosts = append(hosts, host.ConnectAddressAndPort())
		}
	}
	if len(hosts) == 0 {
		return ""
	}
	slices.Sort(hosts)
	return " (down: " + strings.Join(hosts, ", ") + ")"
}
