package pebble

import (
	"fmt"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// reserve is how many bytes stay free, beside what it takes to make tables of the
// logs, when writes come: with less the store is there for reading, and for
// deletes while half of it is left.
const reserve = 4 * spareSpace

// lookAgain is how long what a look at the disk has found is relied on.
const lookAgain = time.Second

// room knows whether the disk has room for what is to be written.
type room struct {
	mu    sync.Mutex
	again time.Time // when to look again
	left  int64     // bytes that may be written before
	free  uint64    // what was free at the last look
	need  uint64    // what was to be free then
	known bool      // free and need are known
}

// admits tells, as an ErrUnavailable, that the disk has no room for a write, or,
// with less said to be enough, for a delete. It looks at the disk when much has
// been written since the last look, or time has gone by.
func (s *Store) admits(deleting bool) error {
	r := &s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); r.left <= 0 || now.After(r.again) {
		s.measure(r)
		r.again = now.Add(lookAgain)
	}
	need := r.need
	if deleting {
		need -= reserve / 2
	}
	if !r.known || r.free >= need {
		return nil
	}
	return fmt.Errorf("the disk of the folder %s is full: writing needs %d MiB, and %d MiB are free; %w: %w",
		s.dir, (need+1<<20-1)>>20, r.free>>20, storage.ErrFull, points.ErrUnavailable)
}

// freed is how many bytes were free at the last look; not ok: that cannot be told.
func (r *room) freed() (free uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.free, r.known
}

// measure looks at the disk, and notes in the store's faults what it has found.
// Where it cannot be told what is free, there is room.
func (s *Store) measure(r *room) {
	usage, err := s.fsys.GetDiskUsage(s.dir)
	if r.known = err == nil; !r.known {
		r.left = reserve
		return
	}
	r.free, r.need = usage.AvailBytes, reserve+s.db.Metrics().WAL.Size
	r.left = max(0, min(int64(r.free)-int64(r.need), 1<<40)) / 4
	if r.free >= r.need {
		s.fault.set(inRoom, nil)
		return
	}
	if s.fault.passes(inRoom) {
		s.log.Error("the disk is full: the store takes no writes until there is room", "folder", s.dir, "free", r.free, "needed", r.need)
	}
	s.fault.set(inRoom, fmt.Errorf("the disk of the folder %s is full, %d MiB are free; %w: %w", s.dir, r.free>>20, storage.ErrFull, points.ErrUnavailable))
}

// spend notes that so many bytes have been written.
func (r *room) spend(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left -= int64(n)
}
