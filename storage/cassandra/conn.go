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
	layout      codec.Layout
	read, write gocql.Consistency
	legacy      atomic.Bool  // row_key_index has rows
	failing     atomic.Int64 // since when nothing has succeeded, in Unix ns; 0: all is well
}

// selects makes a read. Whoever runs it does so within attempt.
func (c *conn) selects(ctx context.Context, statement string, args ...any) *gocql.Query {
	return c.session.Query(statement, args...).WithContext(ctx).Consistency(c.read).Idempotent(true)
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
func (c *conn) unlogged(ctx context.Context, at int64) *gocql.Batch {
	return c.session.Batch(gocql.UnloggedBatch).WithContext(ctx).Consistency(c.write).DefaultTimestamp(true).WithTimestamp(at)
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
		now := time.Now()
		c.failing.CompareAndSwap(0, now.UnixNano())
		since := c.failing.Load()
		if now.Sub(begun) > c.cluster.patience || since != 0 && now.Sub(time.Unix(0, since)) > c.cluster.patience {
			return c.translate(ctx, what, err)
		}
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// ping asks for something that every node has.
func (c *conn) ping(ctx context.Context) error {
	var release string
	return c.selects(ctx, ping).Consistency(gocql.One).ScanContext(ctx, &release)
}
