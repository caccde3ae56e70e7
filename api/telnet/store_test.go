package telnet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// forgetful takes all points and keeps none.
type forgetful struct{ storage.Writer }

// Write forgets.
func (forgetful) Write(context.Context, *storage.Batch) error { return nil }

// troubled is a store that fails in some way, as often as times says.
type troubled struct {
	storage.Store
	times atomic.Int64
	err   error
}

// Write fails, or writes.
func (s *troubled) Write(ctx context.Context, b *storage.Batch) error {
	if s.times.Add(-1) >= 0 {
		return s.err
	}
	return s.Store.Write(ctx, b)
}

// TestAway: while the store is away nothing is lost and the order stays.
func TestAway(t *testing.T) {
	store := &troubled{Store: memory.New(memory.Config{}), err: fmt.Errorf("no node answers: %w", points.ErrUnavailable)}
	store.times.Store(4)
	s := start(t, Config{Store: store})
	conn := s.dial(t)
	for i := range 5000 {
		send(t, conn, fmt.Sprintf("put a %d 1\nput b 1 %d\n", i, i))
	}
	answers(t, conn)
	got := list(t, store)
	if want := "b{add=tag} kairos_long 1000 4999"; len(got) != 5001 || got[5000] != want || s.Figures().Lost != 0 {
		t.Errorf("got %d points, the last %s, %+v, want 5001 and %s", len(got), got[len(got)-1], s.Figures(), want)
	}
}

// TestAwayForGood: a server whose store never comes back stops in its time, says
// what is lost and does not answer as if nothing was.
func TestAwayForGood(t *testing.T) {
	store := &troubled{Store: memory.New(memory.Config{}), err: points.ErrUnavailable}
	store.times.Store(1 << 60)
	s := start(t, Config{Store: store, Grace: 50 * time.Millisecond})
	conn := s.dial(t)
	send(t, conn, "put a 1 1\nput a 2 1\nversion\n")
	eventually(t, "the points have come in", func() bool { return s.Figures().BytesWaiting > 0 })
	s.stop()
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("got %d bytes and %v, want the end", n, err)
	}
	if f := s.Figures(); f.Lost != 2 || f.Points != 0 || !strings.Contains(s.log.String(), `msg="points lost" protocol=telnet points=2`) {
		t.Errorf("got %+v and the log\n%s\nwant two points lost", f, s.log)
	}
}

// TestBroken: points that the store fails to take again and again are given up,
// later ones are not.
func TestBroken(t *testing.T) {
	store := &troubled{Store: memory.New(memory.Config{}), err: errors.New("out of order")}
	store.times.Store(5)
	s := start(t, Config{Store: store})
	conn := s.dial(t)
	send(t, conn, "put a 1 1\n")
	eventually(t, "the point is given up", func() bool { return s.Figures().Lost == 1 })
	send(t, conn, "put a 2 1\n")
	answers(t, conn)
	if got := list(t, store); len(got) != 1 || s.Figures().Points != 1 {
		t.Errorf("got %v and %+v, want one point", got, s.Figures())
	}
}

// picky is a store that refuses whole batches for some of their points.
type picky struct{ storage.Store }

// Write refuses odd times in the metric odd, and the metric never.
func (s *picky) Write(ctx context.Context, b *storage.Batch) error {
	for _, c := range b.Changes {
		for _, at := range c.Points.Times {
			if c.Key.Metric == "never" || c.Key.Metric == "odd" && at%2 != 0 {
				return points.Invalid("%s at %d cannot be stored", c.Key, at)
			}
		}
	}
	return s.Store.Write(ctx, b)
}

// TestPicky: what the store refuses is refused alone.
func TestPicky(t *testing.T) {
	store := &picky{memory.New(memory.Config{})}
	s := start(t, Config{Store: store})
	conn := s.dial(t)
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "putm odd %d 1\nputm never %[1]d 1\nputm fine %[1]d 1 h=%[2]d\n", i, i%3)
	}
	send(t, conn, b.String(), "version\n")
	if got := answers(t, conn); got != "KairosDB 1.3.0-1\n" {
		t.Errorf("got %q, want the version", got)
	}
	if got, f := len(list(t, store)), s.Figures(); got != 150 || f.Points != 150 || f.Refused != 150 || f.Lost != 0 {
		t.Errorf("got %d points and %+v, want 150 stored and 150 refused", got, f)
	}
	s.stop()
	if got := strings.Count(s.log.String(), "msg=refused"); got < 2 || got > 12 || !strings.Contains(s.log.String(), "not_logged=") {
		t.Errorf("got %d records of 150 refusals:\n%s", got, s.log)
	}
}
