package cassandra

import (
	"context"
	"sync"
	"time"

	"aion/storage"
)

// How far write times may run ahead of the clock before a call waits, and from
// where on that is no haste of ours but a clock that was set back, for which
// nobody waits.
const (
	haste   = 20
	setBack = 2000
)

// stamps gives out write times in milliseconds. Of two changes to a cell with
// one write time Cassandra keeps the greater bytes, and none where one of them
// removes: so no two calls that touch a row may share one, and what comes after
// a delete has a later one than the delete.
type stamps struct {
	now    storage.Now
	mu     sync.Mutex
	issued int64 // the greatest that was given out
	least  int64 // what is given out is greater
	still  int64 // a time of the clock at which waiting was in vain
}

// draw is a write time: the clock's if that is at least least and later than
// every delete, else as little ahead of it as can be.
func (s *stamps) draw(least int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
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

// settle waits until the clock has nearly come up to a write time. It does not
// wait for a clock that stands still or was set back.
func (s *stamps) settle(ctx context.Context, at int64) error {
	now := s.now().UnixMilli()
	ahead := at - now
	if ahead <= haste || ahead > setBack || s.stands(now) {
		return nil
	}
	timer := time.NewTimer(time.Duration(ahead-haste) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.now().UnixMilli() == now {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.still = now
	}
	return nil
}

// stands tells whether waiting at this time of the clock has been in vain.
func (s *stamps) stands(now int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.still == now
}
