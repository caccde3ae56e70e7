package cassandra

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"aion/storage/codec"
	"aion/storage/points"
)

// role is what a cluster is for.
type role string

// The roles.
const (
	writing role = "write"
	reading role = "read"
	meta    role = "metadata"
)

// cluster is one keyspace, connected or not. Its connection is made in the
// background and made again for as long as that fails.
type cluster struct {
	config   Cluster
	role     role
	layout   codec.Layout // of a keyspace that has none yet
	patience time.Duration
	now      func() time.Time
	log      *slog.Logger
	open     atomic.Pointer[conn]
	mu       sync.Mutex
	failed   error // why there is no connection
}

// String names the cluster for people: write cluster kairosdb at 10.0.0.1:9042.
func (c *cluster) String() string {
	name := c.config.Name
	if name == "" {
		name = string(c.role)
	}
	return fmt.Sprintf("%s cluster, keyspace %s at %s", name, c.config.Keyspace, strings.Join(c.config.Hosts, ", "))
}

// conn is the open keyspace, or a points.ErrUnavailable that says why there is
// none.
func (c *cluster) conn() (*conn, error) {
	if open := c.open.Load(); open != nil {
		return open, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		return nil, fmt.Errorf("%w: the %s is being connected", points.ErrUnavailable, c)
	}
	return nil, fmt.Errorf("%w: %w", points.ErrUnavailable, c.failed)
}

// fail notes why there is no connection, and logs what is new.
func (c *cluster) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil || c.failed.Error() != err.Error() {
		c.log.Warn("Cassandra is not there; trying again", "cluster", c.String(), "error", err)
	}
	c.failed = err
}

// ForeignError says that a keyspace is not KairosDB's, or that it cannot be read
// as it is. It does not pass by itself.
type ForeignError struct {
	Keyspace string
	Found    string // what was found
}

// Error names the keyspace and what was found.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("keyspace %s is not KairosDB's: %s", e.Keyspace, e.Found)
}

// connect opens the keyspace once.
func (c *cluster) connect(ctx context.Context) error {
	opened, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	c.open.Store(opened)
	c.log.Info("Cassandra is connected", "cluster", c.String(), "row_time_unit", opened.layout.Unit.String(), "row_width", opened.layout.Width)
	return nil
}

// keep connects until that succeeds, ctx ends, or the keyspace proves foreign.
func (c *cluster) keep(ctx context.Context) {
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := c.connect(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		c.fail(err)
		var foreign *ForeignError
		if errors.As(err, &foreign) {
			c.log.Error("the keyspace is refused", "error", err)
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// health says in a sentence what is wrong.
func (c *cluster) health(ctx context.Context) error {
	open, err := c.conn()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := open.ping(ctx); err != nil {
		return fmt.Errorf("%w: %s does not answer: %w", points.ErrUnavailable, c, err)
	}
	return nil
}

// close ends the connection.
func (c *cluster) close() {
	if open := c.open.Load(); open != nil {
		open.session.Close()
	}
}
