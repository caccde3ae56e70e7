package cassandra

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/codec"
)

// conn is a keyspace that has been opened.
type conn struct {
	cluster     *cluster
	session     *gocql.Session
	end         func()                    // of the session and its network connections
	policy      gocql.HostSelectionPolicy // of the session
	layout      codec.Layout
	read, write gocql.Consistency
	compact     bool            // data_points is, as KairosDB makes it: its rows have no markers
	legacy      atomic.Bool     // row_key_index has rows
	legacyAt    atomic.Int64    // when that was looked at last, in Unix ns
	failing     atomic.Int64    // since when nothing has succeeded, in Unix ns; 0: all is well
	failed      atomic.Int64    // when something failed last, in Unix ns
	tables      map[string]bool // those that the keyspace has; a read cluster of an old release lacks some
}

// selects makes a read, which is run with a context and within attempt.
func (c *conn) selects(statement string, args ...any) *gocql.Query {
	return c.session.Query(statement, args...).Consistency(c.read).Idempotent(true)
}

// change runs one statement that writes, with its write time in Unix
// milliseconds, until it is acknowledged.
func (c *conn) change(ctx context.Context, what string, at int64, statement string, args ...any) error {
	return c.attempt(ctx, what, func(ctx context.Context) error {
		return c.session.Query(statement, args...).Consistency(c.write).Idempotent(true).WithTimestamp(at).ExecContext(ctx)
	})
}

// unlogged makes a batch that is applied partition by partition, with the write
// time of those of its statements that have none of their own.
func (c *conn) unlogged(at int64) *gocql.Batch {
	return c.session.Batch(gocql.UnloggedBatch).Consistency(c.write).DefaultTimestamp(true).WithTimestamp(at)
}

// The waits between tries.
const (
	firstWait = 20 * time.Millisecond
	longest   = time.Second
)

// attempt does what may be done twice until it succeeds, is refused, or it or
// the whole cluster has failed for the time that the settings allow: so a call
// that comes late in an outage tries once. The error is one of package points.
func (c *conn) attempt(ctx context.Context, what string, do func(context.Context) error) error {
	begun := time.Now()
	for wait := firstWait; ; wait = min(2*wait, longest) {
		err := do(ctx)
		switch {
		case err == nil:
			c.failing.Store(0)
			return nil
		case ctx.Err() != nil || !passing(err):
			return c.translate(ctx, what, err)
		}
		if now := time.Now(); now.Sub(begun) > c.cluster.patience || c.fails(now) > c.cluster.patience {
			return c.translate(ctx, what, err)
		}
		spread := rand.N(wait) // #nosec G404 -- spreads retries; nobody gains by guessing it
		if !pause(ctx, wait/2+spread) {
			return ctx.Err()
		}
	}
}

// fails notes a failure and answers for how long all has failed. A failure long
// after the last one is the first of its kind.
func (c *conn) fails(now time.Time) time.Duration {
	if last := c.failed.Swap(now.UnixNano()); now.UnixNano()-last > int64(c.cluster.patience+longest) {
		c.failing.Store(now.UnixNano())
		return 0
	}
	c.failing.CompareAndSwap(0, now.UnixNano())
	since := c.failing.Load()
	if since == 0 {
		return 0
	}
	return now.Sub(time.Unix(0, since))
}

// answers asks for something that every node has, and does not wait long.
func (c *conn) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var release string
	return c.selects(ping).Consistency(gocql.One).ScanContext(ctx, &release)
}
