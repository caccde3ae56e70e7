package pebble

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"aion/storage"
)

// Where something may fail that is tried again.
const (
	inPebble = iota
	inTidying
	inRoom
	places
)

// fault is what is wrong with a store.
type fault struct {
	mu      sync.Mutex
	final   error         // no more writes
	passing [places]error // what fails at present, nil where all is well

	tables map[string]error // the damage that kept Pebble from joining a table with others, by the table's file

	told map[string]bool // the damage that has been told once

	retries atomic.Bool // what Pebble did last in the background has failed
}

// fail notes that the store takes no more writes. The first reason stays.
func (f *fault) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.final == nil {
		f.final = err
	}
}

// set notes what fails in a place; a nil err that it works again.
func (f *fault) set(place int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.passing[place] = nil; err != nil {
		what := [places]string{inPebble: "the store cannot write its tables", inTidying: "the store cannot tidy up", inRoom: "the store takes no writes"}
		if f.passing[place] = fmt.Errorf("%s: %w", what[place], translate(err)); errors.Is(err, syscall.ENOSPC) {
			f.passing[place] = fmt.Errorf("%w: %w", f.passing[place], storage.ErrFull)
		}
	}
}

// passes tells whether nothing fails in a place at present.
func (f *fault) passes(place int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.passing[place] == nil
}

// damage notes that a table could not be joined with others, until it is gone: that
// Pebble leaves it alone from then on and joins others mends nothing.
func (f *fault) damage(table string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tables == nil {
		f.tables = map[string]error{}
	}
	f.tables[table] = err
}

// mostTold is of how much damage it is remembered that it was told.
const mostTold = 1 << 10

// tell tells whether damage is to be told: what reads of it again and again would bury
// all else in the log.
func (f *fault) tell(damage string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.told[damage] {
		return false
	}
	if f.told == nil || len(f.told) == mostTold {
		f.told = map[string]bool{}
	}
	f.told[damage] = true
	return true
}

// err is what is wrong, or nil. A table that is gone is asked for here: Pebble may tell
// of its damage last.
func (f *fault) err(gone func(table string) bool) error {
	if err := f.present(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.tables, func(table string, _ error) bool { return gone(table) })
	if len(f.tables) == 0 {
		return nil
	}
	first := slices.Min(slices.Collect(maps.Keys(f.tables)))
	return fmt.Errorf("%w: %d of the tables cannot be joined with others, the first %s: %w", storage.ErrDamaged, len(f.tables), first, translate(f.tables[first]))
}

// present is what keeps the store from writing at present, or nil: a full disk where it
// is nothing else.
func (f *fault) present() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.final != nil {
		return f.final
	}
	var worst error
	for _, err := range f.passing {
		if worst == nil || err != nil && errors.Is(worst, storage.ErrFull) {
			worst = err
		}
	}
	return worst
}

// ended is why no more writes are taken, or nil.
func (f *fault) ended() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.final
}
