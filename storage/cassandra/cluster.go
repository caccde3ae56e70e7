package cassandra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	failed   error       // why there is no connection
	reached  atomic.Bool // a node has answered
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

// check finds mistakes in the settings, which no waiting mends.
func (c *cluster) check() error {
	_, err := c.settings()
	for _, name := range []string{c.config.Read, c.config.Write} {
		if name != "" && !slices.Contains(Consistencies(), name) {
			err = cmp.Or(err, fmt.Errorf("consistency %q: want one of %s", name, strings.Join(Consistencies(), ", ")))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	return nil
}

// await waits for the first try, though not longer than the limit while no node
// has answered. Only a keyspace that is refused, and the end of ctx, are errors.
func (c *cluster) await(ctx context.Context, tried <-chan error, limit <-chan struct{}) error {
	for {
		select {
		case err := <-tried:
			var foreign *ForeignError
			if errors.As(err, &foreign) {
				return err
			}
			return nil
		case <-limit:
			if !c.reached.Load() {
				return nil
			}
			limit = nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// connect opens the keyspace once.
func (c *cluster) connect(ctx context.Context) error {
	opened, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	if last := c.open.Swap(opened); last != nil {
		last.end()
	}
	layout := opened.layout
	c.log.Info("Cassandra is connected", "cluster", c.String(), "row_time_unit", layout.Unit.String(), "row_width", layout.Width)
	if layout.Unit == codec.Seconds {
		c.log.Warn("the keyspace counts in seconds: as with KairosDB its rows are a thousandth as wide as it says, and times lose their milliseconds",
			"cluster", c.String(), "rows_last", (time.Duration(layout.Width) * time.Millisecond).String())
	}
	return nil
}

// keep connects until that succeeds or the keyspace proves foreign, and sees
// until ctx ends that the connection is of use. It tells how the first try went.
func (c *cluster) keep(ctx context.Context, tell func(error)) {
	for wait := firstWait; ; wait = min(2*wait, 5*time.Second) {
		err := c.connect(ctx)
		if err != nil {
			c.fail(err)
		}
		if tell != nil {
			tell(err)
			tell = nil
		}
		if err == nil {
			c.guard(ctx)
			return
		}
		var foreign *ForeignError
		if errors.As(err, &foreign) {
			c.log.Error("the keyspace is refused", "error", err)
			return
		}
		if !pause(ctx, wait) {
			return
		}
	}
}

// How often a connection that fails is looked at, and for how long it may fail
// before it is made anew.
const (
	guardEvery = 5 * time.Second
	guardAfter = 3 // looks
)

// guard makes the connection anew where the driver library has lost its way: the
// cluster answers somebody who comes new, and does not answer through the
// connection.
func (c *cluster) guard(ctx context.Context) {
	for failed := 0; pause(ctx, guardEvery); {
		open := c.open.Load()
		if open.failing.Load() == 0 || open.answers(ctx) == nil {
			failed = 0
			continue
		}
		if failed++; failed < guardAfter {
			continue
		}
		if err := c.connect(ctx); err != nil {
			c.log.Debug("the connection could not be made anew", "error", err)
			continue
		}
		failed = 0
	}
}

// pause waits; it answers false if ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// close ends the connection.
func (c *cluster) close() {
	if open := c.open.Load(); open != nil {
		open.end()
	}
}
