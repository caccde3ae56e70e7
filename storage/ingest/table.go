package ingest

import (
	"hash/maphash"
	"slices"

	"aion/storage/points"
)

// table finds columns by their keys. The zero value is empty.
type table struct {
	seed  maphash.Seed
	slots []slot // by the hash of the key, the next free one where taken; a power of two
	used  int
	spare []Column // memory for the next columns
}

// slot is a place for a column, free where it has none. It has the hash of its key, so
// that who looks for another does not look at the column.
type slot struct {
	hash   uint64
	column *Column
}

// leastSlots is how large a table is at least.
const leastSlots = 16

// mostSpare is for how many columns memory is taken at once at most.
const mostSpare = 64

// hash is the hash of a key in the form of points.Key.Append.
func (t *table) hash(key []byte) uint64 {
	if t.slots == nil {
		t.seed, t.slots = maphash.MakeSeed(), make([]slot, leastSlots)
	}
	return maphash.Bytes(t.seed, key)
}

// find is the column of a key with that hash, or nil.
func (t *table) find(hash uint64, key *points.Key) *Column {
	for at := hash; ; at++ {
		s := &t.slots[at&uint64(len(t.slots)-1)]
		if s.column == nil || s.hash == hash && same(&s.column.key, key) {
			return s.column
		}
	}
}

// same tells whether two keys name one series.
func same(a, b *points.Key) bool {
	return a.Metric == b.Metric && a.Type == b.Type && slices.Equal(a.Tags, b.Tags)
}

// add adds an empty column for a key that has none.
func (t *table) add(w *Writer, hash uint64, key points.Key) *Column {
	if len(t.spare) == 0 {
		t.spare = make([]Column, min(1+t.used, mostSpare))
	}
	c := &t.spare[0]
	t.spare = t.spare[1:]
	*c = Column{w: w, key: key}
	if t.used++; 4*t.used > 3*len(t.slots) {
		t.grow()
	}
	t.place(slot{hash, c})
	return c
}

// place puts a column where it is found.
func (t *table) place(s slot) {
	at := s.hash & uint64(len(t.slots)-1)
	for t.slots[at].column != nil {
		at = (at + 1) & uint64(len(t.slots)-1)
	}
	t.slots[at] = s
}

// grow makes room for twice as many columns.
func (t *table) grow() {
	was := t.slots
	t.slots = make([]slot, 2*len(was))
	for _, s := range was {
		if s.column != nil {
			t.place(s)
		}
	}
}

// clear forgets all columns. A table that was far too large for them gets smaller.
func (t *table) clear() {
	if 4*t.used < len(t.slots) && len(t.slots) > leastSlots {
		t.slots = make([]slot, len(t.slots)/2)
	}
	clear(t.slots)
	t.used, t.spare = 0, nil
}
