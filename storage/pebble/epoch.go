package pebble

import (
	"context"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// When the current epoch is closed: when it holds this much, or this much and
// is this old, or anything at all and is old.
const (
	epochBytes   = 16 << 20
	epochSome    = 1 << 20
	epochSomeAge = 2 * time.Second
	epochAge     = 5 * time.Minute
)

// epochLimit is how much the current epoch holds, because the one before is
// still being settled, when writers are made to wait.
const epochLimit = 4 * epochBytes

// How often the background looks for work that nobody has told it of, and how
// long it rests after a failure.
const (
	lookEvery  = time.Second
	sweepEvery = 10 * time.Second
	retryAfter = 5 * time.Second
)

// background settles epochs and sweeps expired series until the store closes.
func (s *Store) background() {
	look, sweep := time.NewTicker(lookEvery), time.NewTicker(sweepEvery)
	defer look.Stop()
	defer sweep.Stop()
	var rules retainer
	for {
		var err error
		select {
		case <-s.stop:
			return
		case <-s.kick:
			err = s.tend()
		case <-look.C:
			err = s.pass()
		case <-sweep.C:
			err = firstOf(s.sweep(), rules.look(s))
		}
		if s.fault.ended() != nil {
			s.waiting.open() // Those who wait are to hear of it.
			continue
		}
		s.fault.set(inTidying, err)
		if err != nil {
			s.log.Error("the store cannot tidy up", "error", err)
			s.waiting.open()
			select {
			case <-s.stop:
				return
			case <-time.After(retryAfter):
			}
		}
	}
}

// pass leaves what readers have stood on for a while, and tends.
func (s *Store) pass() error {
	if s.fault.ended() != nil {
		return nil // Pebble may have left a lock behind.
	}
	return firstOf(s.footing.leave(), s.tend())
}

// tend closes the current epoch if it is time, and settles what is closed.
func (s *Store) tend() error {
	for s.fault.ended() == nil {
		if s.full() {
			if err := s.turn(); err != nil {
				return err
			}
		}
		if s.oldest.Load() == s.newest.Load() || s.stopped() {
			return nil
		}
		if err := s.settleOldest(false); err != nil {
			return err
		}
	}
	return nil
}

// stopped tells whether the store is closing.
func (s *Store) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// full tells whether the current epoch should be closed.
func (s *Store) full() bool {
	filled, age := s.filled.Load(), time.Since(s.opened)-time.Duration(s.begun.Load())
	return filled >= epochBytes || filled >= epochSome && age >= epochSomeAge || filled > 0 && age >= epochAge
}

// turn closes the current epoch and begins the next: when it returns, every
// write of the closed epoch has been applied.
func (s *Store) turn() error {
	s.lives.Lock()
	defer s.lives.Unlock()
	epoch := s.newest.Load() + 1
	if err := s.storeEpoch(epoch, pebble.NoSync); err != nil {
		return err
	}
	s.newest.Store(epoch)
	s.seq.Store(0)
	s.filled.Store(0)
	s.waiting.open()
	return nil
}

// settleOldest settles the oldest epoch, if it is closed. With force it leaves
// no carried run of a series that it settles.
func (s *Store) settleOldest(force bool) error {
	s.tending.Lock()
	defer s.tending.Unlock()
	epoch := s.oldest.Load()
	if epoch == s.newest.Load() {
		return nil
	}
	if err := s.settle(epoch, force); err != nil || s.stopped() {
		return err // a store that is closing has not settled all of it
	}
	s.oldest.Store(epoch + 1)
	return firstOf(s.footing.leave(), s.flushSettled()) // in this order: a footing of before holds the runs
}

// settledBytes is from how many bytes of settled runs in memory on Pebble is made
// to write a table of what else is there.
const settledBytes = 8 << 20

// flushSettled has Pebble write a table when much of what it has in memory are runs
// that have just been settled, which no table needs. Left alone it would do so in
// the midst of an epoch, whose runs it would write, and read again to drop them;
// and the more is in memory, the longer it takes to put a run in its place. While
// Pebble writes a table it is left alone: writers would wait for that.
func (s *Store) flushSettled() error {
	if s.settled.Load() < settledBytes || s.stopped() || !s.fault.passes(inPebble) || s.db.Metrics().MemTable.Count > 1 {
		return nil
	}
	_, err := s.beginFlush()
	return err
}

// Compact settles everything that has been written, leaves no run behind, and
// lets Pebble compact its tables. It is for tests and benchmarks, and before a
// copy of the folder.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.turn(); err != nil {
		return err
	}
	for end := s.newest.Load(); s.oldest.Load() < end && !s.stopped(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.settleOldest(true); err != nil {
			return err
		}
	}
	if err := firstOf(s.settleCarried(ctx), s.footing.leave()); err != nil {
		return err
	}
	return translate(s.db.Compact(ctx, []byte{0}, []byte{0xff}, false))
}
