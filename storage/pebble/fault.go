package pebble

import (
	"fmt"
	"sync"
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
		f.passing[place] = fmt.Errorf("%s: %w", what[place], translate(err))
	}
}

// passes tells whether nothing fails in a place at present.
func (f *fault) passes(place int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.passing[place] == nil
}

// err is what is wrong, or nil.
func (f *fault) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return firstOf(f.final, firstOf(f.passing[:]...))
}

// ended is why no more writes are taken, or nil.
func (f *fault) ended() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.final
}
