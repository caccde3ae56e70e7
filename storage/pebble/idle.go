package pebble

import (
	"errors"
	"slices"
	"sync"
)

// idleScans is how many scans of a snapshot rest between two series.
const idleScans = 4

// idle keeps scans of a snapshot with their iterators open, because to open them
// for each of very many short series costs as much as to read those. It knows those
// that are in use, too, so that none is left open behind its snapshot where a bug has
// kept its reader from closing it. A nil idle keeps none.
type idle struct {
	mu     sync.Mutex
	scans  []*scan
	used   []*scan // each at its place
	closed bool
}

// take gives out a scan that rests, nil if there is none: the one that stands
// closest before the series of that number, so that those who read side by side
// keep to their own.
func (i *idle) take(number uint64) *scan {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	best := len(i.scans) - 1
	if best < 0 {
		return nil
	}
	for at, sc := range i.scans {
		// What lies ahead of number is further than anything behind it.
		if number-sc.last < number-i.scans[best].last {
			best = at
		}
	}
	sc := i.scans[best]
	i.scans = slices.Delete(i.scans, best, best+1)
	i.use(sc)
	return sc
}

// lend notes that a scan is in use that did not rest.
func (i *idle) lend(sc *scan) {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.use(sc)
}

// use notes that a scan is in use.
func (i *idle) use(sc *scan) {
	sc.place = len(i.used)
	i.used = append(i.used, sc)
}

// leave notes that a scan is not in use any more.
func (i *idle) leave(sc *scan) {
	last := len(i.used) - 1
	if sc.place > last || i.used[sc.place] != sc {
		return
	}
	other := i.used[last]
	i.used[sc.place], other.place = other, sc.place
	i.used[last] = nil
	i.used = i.used[:last]
}

// keep lets a scan rest that is not in use any more. False: it is to be closed.
func (i *idle) keep(sc *scan) bool {
	if i == nil {
		return false
	}
	sound := sc.it != nil && sc.it.Error() == nil && sc.walk.err() == nil && sc.dropLarges() == nil
	i.mu.Lock()
	defer i.mu.Unlock()
	i.leave(sc)
	if !sound || i.closed || len(i.scans) == idleScans {
		return false
	}
	sc.forget()
	i.scans = append(i.scans, sc)
	return true
}

// close closes what rests and what is still in use, and keeps nothing more.
func (i *idle) close(s *Store) error {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var errs []error
	for _, sc := range i.scans {
		errs = append(errs, sc.close())
		s.scans.Put(sc)
	}
	for _, sc := range i.used {
		errs = append(errs, sc.close())
	}
	i.scans, i.used, i.closed = nil, nil, true
	return errors.Join(errs...)
}
