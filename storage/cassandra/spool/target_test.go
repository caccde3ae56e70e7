package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestMain fails where a goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// delivery is one call of WriteAt that went well.
type delivery struct {
	at    int64
	batch string
}

// target is a memory store that can be switched away, refuses what it is told to
// refuse, and notes what it was given with which write time.
type target struct {
	*memory.Store
	now storage.Now

	mu         sync.Mutex
	away       error
	poison     func(c *storage.Change) bool
	deliveries []delivery
	quiet      bool // nothing is noted
	direct     int  // calls of Write that went well
	tried      int  // calls of WriteAt
	closed     bool
	taken      io.Writer // where what is stored is written down, if anywhere
}

// newTarget is a target that is there.
func newTarget(now storage.Now) *target {
	return &target{Store: memory.New(memory.Config{Now: now}), now: now.Or()}
}

// errAway is why a target is away.
var errAway = fmt.Errorf("%w: no host answers", points.ErrUnavailable)

// set switches the target away, or back with nil.
func (g *target) set(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away = err
}

// refuses switches what is refused for good.
func (g *target) refuses(poison func(c *storage.Change) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.poison = poison
}

// check is the target's answer before it stores anything. The lock is held.
func (g *target) check(b *storage.Batch) error {
	if g.away != nil {
		return g.away
	}
	for i := range b.Changes {
		if g.poison != nil && g.poison(&b.Changes[i]) {
			return fmt.Errorf("write change %d: %w", i, points.Invalid("it is poison"))
		}
	}
	return nil
}

// Write writes to the memory.
func (g *target) Write(ctx context.Context, b *storage.Batch) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.check(b); err != nil {
		return err
	}
	g.direct++
	if err := g.note(b); err != nil {
		return err
	}
	return g.Store.Write(ctx, b)
}

// note writes down what is stored.
func (g *target) note(b *storage.Batch) error {
	if g.taken == nil {
		return nil
	}
	_, err := io.WriteString(g.taken, text(b)+"\n")
	return err
}

// WriteAt writes to the memory what lives on.
func (g *target) WriteAt(ctx context.Context, b *storage.Batch, at int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried++
	if err := g.check(b); err != nil {
		return err
	}
	if !g.quiet {
		g.deliveries = append(g.deliveries, delivery{at, text(b)})
	}
	if err := g.note(b); err != nil {
		return err
	}
	var left storage.Batch
	for _, c := range b.Changes {
		if c.TTL > 0 {
			if c.TTL -= time.Duration(g.now().UnixMilli()-at) * time.Millisecond; c.TTL <= 0 {
				c.Remove, c.Points = slices.Concat(c.Remove, c.Points.Times), points.Block{}
			}
		}
		add(&left, &c)
	}
	return g.Store.Write(ctx, &left)
}

// Close notes that the target was closed.
func (g *target) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return nil
}

// got is what was delivered by now.
func (g *target) got() []delivery {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.deliveries)
}

// text prints a batch: a key, its points, what is removed; a line a change.
func text(b *storage.Batch) string {
	var lines []string
	for i := range b.Changes {
		c := &b.Changes[i]
		l := c.Key.String()
		for _, at := range c.Remove {
			l += fmt.Sprintf(" -%d", at)
		}
		for j, at := range c.Points.Times {
			l += fmt.Sprintf(" %d=%v", at, valueOf(&c.Points, j))
		}
		if c.TTL != 0 {
			l += fmt.Sprintf(" for %v", c.TTL)
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "; ")
}

// holds is all that the target holds, sorted, a line a series.
func (g *target) holds(t testing.TB) []string {
	t.Helper()
	var lines []string
	for sr, err := range g.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		var all storage.Batch
		c := sr.Points(points.Always, points.Asc)
		for {
			var b points.Block
			if err := c.Next(t.Context(), &b); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all.Put(sr.Key(), b, 0)
		}
		lines = append(lines, text(&all))
	}
	sort.Strings(lines)
	return lines
}

// long is a key of longs.
func long(metric string) points.Key {
	return points.Key{Metric: metric, Tags: points.Tags{{Name: "host", Value: "a"}}, Type: points.TypeLong}
}

// put is a batch with one series of longs: times and values in turn.
func put(metric string, numbers ...int64) *storage.Batch {
	var b storage.Batch
	b.Put(long(metric), longs(numbers...), 0)
	return &b
}

// longs is a block of longs: times and values in turn.
func longs(numbers ...int64) (b points.Block) {
	for i := 0; i < len(numbers); i += 2 {
		b.AppendInt(numbers[i], numbers[i+1])
	}
	return b
}

// opened opens a spool that closes with the test.
func opened(t testing.TB, c Config) *Store {
	t.Helper()
	s := reopened(t, c)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// reopened opens a spool that the test closes.
func reopened(t testing.TB, c Config) *Store {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes a batch.
func write(t testing.TB, s storage.Writer, b *storage.Batch) {
	t.Helper()
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: it does not come to that", what)
		}
	}
}

// drained waits until nothing waits.
func drained(t testing.TB, s *Store) {
	t.Helper()
	eventually(t, "the spool is drained", func() bool { return s.Waiting().Batches == 0 })
}

// files are the names of the files in a folder that match a pattern.
func files(t testing.TB, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// content is what stands in a file.
func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
