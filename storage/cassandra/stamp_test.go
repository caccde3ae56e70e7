package cassandra

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a clock that tests set, in milliseconds.
type clock struct{ at atomic.Int64 }

// newClock is one that shows a time.
func newClock(at int64) *clock {
	c := &clock{}
	c.at.Store(at)
	return c
}

// now reads the clock.
func (c *clock) now() time.Time { return time.UnixMilli(c.at.Load()) }

// TestStamps: write times are the clock's where they can be, and else as little
// ahead of it as what came before demands.
func TestStamps(t *testing.T) {
	c := newClock(1000)
	s := &stamps{now: c.now}
	steps := []struct {
		what string
		do   func() int64
		want int64
	}{
		{"the clock's", func() int64 { return s.draw(0) }, 1000},
		{"the clock's for another row", func() int64 { return s.draw(1) }, 1000},
		{"later than the row's", func() int64 { return s.draw(1001) }, 1001},
		{"a delete: not before what was given out", s.deleting, 1001},
		{"after the delete", func() int64 { return s.draw(0) }, 1002},
		{"a second delete", s.deleting, 1002},
		{"after everything", s.last, 1003},
		{"somebody else's", func() int64 { s.note(1010); return s.deleting() }, 1010},
		{"above a floor", func() int64 { s.floor(1020); return s.draw(0) }, 1021},
		{"the clock has come on", func() int64 { c.at.Store(2000); return s.draw(0) }, 2000},
		{"the clock was set back", func() int64 { c.at.Store(500); return s.deleting() }, 2000},
	}
	for _, step := range steps {
		if got := step.do(); got != step.want {
			t.Errorf("%s: got %d, want %d", step.what, got, step.want)
		}
	}
}

// TestStampsOfOldClocks: before 1970 and in its first millisecond write times are
// positive, since the driver library takes 0 for none.
func TestStampsOfOldClocks(t *testing.T) {
	for _, now := range []int64{-5, 0} {
		s := &stamps{now: newClock(now).now}
		if got := s.deleting(); got != 1 {
			t.Errorf("clock at %d: a delete at %d, want 1", now, got)
		}
		if got := s.draw(0); got != 2 {
			t.Errorf("clock at %d: a write at %d, want 2", now, got)
		}
	}
}

// TestSettle: a call waits for a clock that moves, and not for one that stands,
// was set back, or is near enough.
func TestSettle(t *testing.T) {
	real := &stamps{now: time.Now}
	at := time.Now().UnixMilli() + 60
	if err := real.settle(t.Context(), at); err != nil || time.Now().UnixMilli() < at-haste-1 {
		t.Errorf("got %v at %d, want nil near %d", err, time.Now().UnixMilli(), at)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := real.settle(ended, time.Now().UnixMilli()+1500); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that has ended: got %v, want %v", err, context.Canceled)
	}
	begun := time.Now()
	if err := real.settle(t.Context(), begun.UnixMilli()+3_600_000); err != nil {
		t.Error(err)
	}
	frozen := &stamps{now: newClock(1000).now}
	for ahead := range int64(1500) {
		if err := frozen.settle(t.Context(), 1000+ahead); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("waited %s for clocks that were set back or stand still", took)
	}
}
