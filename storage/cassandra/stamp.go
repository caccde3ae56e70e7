package cassandra

import (
	"context"
	"sync"
	"time"

	"aion/storage"
)

// haste is how far the write times of points that are sent may run ahead of the
// clock, in milliseconds.
const haste = 20

// stamps gives out write times in milliseconds. Of two changes to a cell with
// one write time Cassandra keeps the greater bytes, and none where one of them
// removes: so no two calls that touch a row may share one, and what comes after
// a delete has a later one than the delete.
type stamps struct {
	now    storage.Now
	mu     sync.Mutex
	issued int64 // the greatest that was given out
	least  int64 // what is given out is greater

	reached int64     // the greatest time of the clock, or of somebody else's write time
	since   time.Time // when it was reached
}

// clock is the time that write times are measured against: the clock's, or what
// the clock would show had it never been set back and were it not behind those
// of others. The lock is held.
func (s *stamps) clock() int64 {
	now := s.now().UnixMilli()
	if !s.since.IsZero() {
		if on := s.reached + time.Since(s.since).Milliseconds(); on > now {
			return on
		}
	}
	s.reached, s.since = now, time.Now()
	return now
}

// draw is a write time: the clock's if that is at least least and later than
// every delete, else as little ahead of it as can be.
func (s *stamps) draw(least int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock()
	at := max(s.now().UnixMilli(), least, s.least+1)
	s.issued = max(s.issued, at)
	return at
}

// last is a write time later than all others so far.
func (s *stamps) last() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued = max(s.now().UnixMilli(), s.issued+1, s.least+1)
	return s.issued
}

// floor sees that what is given out from now on is later than at.
func (s *stamps) floor(at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.least, s.issued = max(s.least, at), max(s.issued, at)
}

// note takes account of a write time that somebody else gave out.
func (s *stamps) note(at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued = max(s.issued, at)
	if at > s.clock() {
		s.reached, s.since = at, time.Now()
	}
}

// latest is the greatest write time that was given out.
func (s *stamps) latest() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issued
}

// deleting is the write time of a delete. Whatever has been acknowledged is not
// later, whatever gets its write time from now on is.
func (s *stamps) deleting() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := max(s.now().UnixMilli(), s.issued, 1)
	s.issued, s.least = at, max(s.least, at)
	return at
}

// settle waits until the clock has nearly come up to a write time: a row that is
// written to more often than once a millisecond does not run away from the clock
// and from other servers. It does not wait for a clock that was set back.
func (s *stamps) settle(ctx context.Context, at int64) error { return s.await(ctx, at-haste) }

// pass waits until the clock is past a write time, or ctx ends: what another
// server does after the call is answered is later than the call.
func (s *stamps) pass(ctx context.Context, at int64) {
	// What was to be done is done.
	_ = s.await(ctx, at+1)
}

// await waits for a time of the clock.
func (s *stamps) await(ctx context.Context, at int64) error {
	for {
		s.mu.Lock()
		left := at - s.clock()
		s.mu.Unlock()
		switch {
		case left <= 0:
			return nil
		case !pause(ctx, time.Duration(left)*time.Millisecond):
			return ctx.Err()
		}
	}
}
