package pebble

import (
	"errors"
	"slices"
	"sync"
)

// idleScans is how many scans of a snapshot rest between two series.
const idleScans = 4

// idle keeps scans of a snapshot with their iterators open, because to open them
// for each of very many short series costs as much as to read those. A nil idle
// keeps none.
type idle struct {
	mu     sync.Mutex
	scans  []*scan
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
	return sc
}

// keep lets a scan rest that is not in use any more. False: it is to be closed.
func (i *idle) keep(sc *scan) bool {
	if i == nil || sc.it == nil || sc.it.Error() != nil || sc.walk.err() != nil || sc.dropLarges() != nil {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || len(i.scans) == idleScans {
		return false
	}
	sc.forget()
	i.scans = append(i.scans, sc)
	return true
}

// close closes what rests, and keeps nothing more.
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
	i.scans, i.closed = nil, true
	return errors.Join(errs...)
}
