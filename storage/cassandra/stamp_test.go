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

// TestSettle: a call waits until the clock has nearly come up to its write time,
// however far off that is, and before it answers until it is there.
func TestSettle(t *testing.T) {
	s := &stamps{now: time.Now}
	at := s.draw(time.Now().UnixMilli() + 60)
	if err := s.settle(t.Context(), at); err != nil || time.Now().UnixMilli() < at-haste-1 {
		t.Errorf("got %v at %d, want nil near %d", err, time.Now().UnixMilli(), at)
	}
	if s.pass(t.Context(), at); time.Now().UnixMilli() <= at {
		t.Errorf("the call ends at %d, want later than %d", time.Now().UnixMilli(), at)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ahead := range []int64{haste + 10, 1500, 3_600_000} {
		if err := s.settle(ended, time.Now().UnixMilli()+ahead); !errors.Is(err, context.Canceled) {
			t.Errorf("%d ms ahead, a call that has ended: got %v, want %v", ahead, err, context.Canceled)
		}
	}
}

// TestSettleHaste: write times of a row that many callers write to at once do
// not run away from the clock.
func TestSettleHaste(t *testing.T) {
	s := &stamps{now: time.Now}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	at := int64(0)
	for range 5000 {
		at = s.draw(at + 1)
	}
	if err := s.settle(ended, at); !errors.Is(err, context.Canceled) {
		t.Errorf("%d ms ahead nobody waits: got %v", at-time.Now().UnixMilli(), err)
	}
}

// TestSettleSetBack: nobody waits for a clock that was set back, or for write
// times that others have given out, but as before for haste.
func TestSettleSetBack(t *testing.T) {
	c := newClock(3_600_000)
	s := &stamps{now: c.now}
	begun := time.Now()
	at := s.draw(0)
	c.at.Store(1000)
	for range 10 {
		at = s.draw(at + 1)
		if err := s.settle(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
	s.note(7_200_000)
	if err := s.settle(t.Context(), s.draw(7_200_001)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("waited %s for a clock that was set back", took)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.settle(ended, s.draw(7_300_000)); !errors.Is(err, context.Canceled) {
		t.Errorf("in haste, a call that has ended: got %v, want %v", err, context.Canceled)
	}
}
