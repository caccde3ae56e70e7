package ingest

import (
	"hash/maphash"
	"slices"

	"aion/storage/points"
)

// table finds columns by their keys. The zero value is empty.
type table struct {
	seed  maphash.Seed
	slots []*Column // by the hash of the key, the next free one where taken; a power of two
	used  int
	spare []Column // memory for the next columns
}

// leastSlots is how large a table is at least.
const leastSlots = 16

// mostSpare is for how many columns memory is taken at once at most.
const mostSpare = 64

// hash is the hash of a key in the form of points.Key.Append.
func (t *table) hash(key []byte) uint64 {
	if t.slots == nil {
		t.seed, t.slots = maphash.MakeSeed(), make([]*Column, leastSlots)
	}
	return maphash.Bytes(t.seed, key)
}

// find is the column of a key with that hash, or nil.
func (t *table) find(hash uint64, key *points.Key) *Column {
	for at := hash; ; at++ {
		c := t.slots[at&uint64(len(t.slots)-1)]
		if c == nil || c.hash == hash && same(&c.key, key) {
			return c
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
	*c = Column{w: w, key: key, hash: hash, weight: keyWeight(&key)}
	if t.used++; 4*t.used > 3*len(t.slots) {
		t.grow()
	}
	t.place(c)
	return c
}

// place puts a column where it is found.
func (t *table) place(c *Column) {
	at := c.hash & uint64(len(t.slots)-1)
	for t.slots[at] != nil {
		at = (at + 1) & uint64(len(t.slots)-1)
	}
	t.slots[at] = c
}

// grow makes room for twice as many columns.
func (t *table) grow() {
	was := t.slots
	t.slots = make([]*Column, 2*len(was))
	for _, c := range was {
		if c != nil {
			t.place(c)
		}
	}
}

// clear forgets all columns. A table that was far too large for them gets smaller.
func (t *table) clear() {
	if 4*t.used < len(t.slots) && len(t.slots) > leastSlots {
		t.slots = make([]*Column, len(t.slots)/2)
	}
	clear(t.slots)
	t.used, t.spare = 0, nil
}
