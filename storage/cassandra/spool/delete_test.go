package spool

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// TestDelete: a deletion waits for what was spooled before it, is refused at once
// while that cannot be delivered, and nothing comes back after it.
func TestDelete(t *testing.T) {
	g := newTarget(nil)
	dir := t.TempDir()
	s := reopened(t, Config{Dir: dir, Target: g})
	g.set(errAway)
	write(t, s, put("m", 1, 1, 5, 5))
	eventually(t, "delivery fails", func() bool { return s.Waiting().Failure != "" })
	err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 0, To: 2})
	if want := "2 points wait in the spool and are not delivered: the store is not available: no host answers"; !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), want) {
		t.Errorf("away, Delete gives %v, want %s", err, want)
	}
	g.set(nil)
	eventually(t, "Delete succeeds", func() bool {
		return s.Delete(t.Context(), storage.Selection{}, points.Range{From: 0, To: 2}) == nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, Config{Dir: dir, Target: g})
	if w := s.Waiting(); w.Batches != 0 {
		t.Errorf("opened again, the spool holds %+v, want nothing", w)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := g.holds(t), []string{"m{host=a} kairos_long 5=5"}; !slices.Equal(got, want) {
		t.Errorf("the target holds %v, want %v", got, want)
	}
	if !g.closed {
		t.Error("the target is not closed")
	}
}

// hung is a target that does not answer.
type hung struct {
	*target
	asked chan struct{} // closed at the first question
}

// WriteAt waits for the end of ctx.
func (h hung) WriteAt(ctx context.Context, _ *storage.Batch, _ int64) error {
	close(h.asked)
	<-ctx.Done()
	return ctx.Err()
}

// TestHung: while the target does not answer, a deletion ends with its context,
// and the spool closes and keeps what waits.
func TestHung(t *testing.T) {
	dir, g := t.TempDir(), newTarget(nil)
	g.set(errAway)
	h := hung{g, make(chan struct{})}
	s := reopened(t, Config{Dir: dir, Target: h})
	write(t, s, put("m", 0, 0))
	<-h.asked
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Delete(ctx, storage.Selection{}, points.Always) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Delete gives %v, want %v", err, context.Canceled)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := delivers(t, dir); !slices.Equal(got, numbered(1)) {
		t.Errorf("opened again, the spool delivers %v, want %v", got, numbered(1))
	}
}

// dated is a target that has given out a write time.
type dated struct {
	*target
	last int64
}

// LastWrite is that write time.
func (d dated) LastWrite() int64 { return d.last }

// TestDater: after the clock was set back, what is spooled is later than what
// the target has written before.
func TestDater(t *testing.T) {
	g := newTarget(nil)
	g.set(errAway)
	last := time.Now().Add(time.Hour).UnixMilli()
	s := opened(t, Config{Dir: t.TempDir(), Target: dated{g, last}})
	write(t, s, put("m", 1, 1))
	write(t, s, put("m", 1, 2))
	g.set(nil)
	drained(t, s)
	want := []delivery{{last + 1, "m{host=a} kairos_long 1=1"}, {last + 2, "m{host=a} kairos_long 1=2"}}
	if got := g.got(); !slices.Equal(got, want) {
		t.Errorf("delivered %v, want %v", got, want)
	}
}
