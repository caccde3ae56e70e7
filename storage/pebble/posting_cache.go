package pebble

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"aion/storage/pebble/posting"
)

// cachedPostings is how many postings are kept at most, none of more than few
// numbers and none with a longer key than that. Of what values that fit a pattern
// have, cachedFits at most are kept, of so many numbers each.
const (
	cachedPostings   = 1 << 13
	cachedPostingKey = 256
	cachedFits       = 1 << 9
	fewFits          = 1 << 10
)

// postingCache keeps small postings that have been read of late: a dashboard asks
// for the same series again and again, and to look a posting up costs Pebble as much
// as to read a hundred points. What is kept is what the readers of one turn see,
// whose snapshots were made between the same two changes of the index. The zero
// value is empty, and takes no room.
type postingCache struct {
	changing atomic.Int64  // changes of the index under way
	turn     atomic.Uint64 // how many have been made
	once     sync.Once
	seed     maphash.Seed
	slots    []atomic.Pointer[cachedPosting] // by the key's hash
	fits     []atomic.Pointer[cachedPosting] // by the key's hash, of patterns
}

// cachedPosting is what a posting held in a turn.
type cachedPosting struct {
	turn    uint64
	key     string
	numbers []uint64
}

// noTurn is the turn of a snapshot of which it is not known.
const noTurn = 0

// present is the turn, and noTurn while the index is changed. A snapshot that is
// made between two calls which tell the same turn holds all the changes up to that
// turn and none after it: one that was applied between them has been under way at
// the first call, or is still at the second, or has begun another turn by then.
func (c *postingCache) present() uint64 {
	if c.changing.Load() != 0 { // is read first: whoever ends a change counts it before
		return noTurn
	}
	return c.turn.Load() + 1
}

// change has the index be changed by apply. After an error nobody knows whether it
// has been, and nothing is kept any more.
func (c *postingCache) change(apply func() error) error {
	c.changing.Add(1)
	if err := apply(); err != nil {
		return err
	}
	c.turn.Add(1)
	c.changing.Add(-1)
	return nil
}

// slot is where the posting of a key is kept.
func (c *postingCache) slot(key []byte) *atomic.Pointer[cachedPosting] {
	c.once.Do(func() {
		c.seed, c.slots = maphash.MakeSeed(), make([]atomic.Pointer[cachedPosting], cachedPostings)
		c.fits = make([]atomic.Pointer[cachedPosting], cachedFits)
	})
	hash := maphash.Bytes(c.seed, key)
	if isFit(key) {
		return &c.fits[hash%cachedFits]
	}
	return &c.slots[hash%cachedPostings]
}

// isFit tells whether a key is that of the values that fit a pattern.
func isFit(key []byte) bool { return len(key) > 1 && key[1] == postFit }

// most is up to how many numbers of a key are kept.
func most(key []byte) uint64 {
	if isFit(key) {
		return fewFits
	}
	return posting.Few
}

// find is the posting that readers of a turn see, if it is kept.
func (c *postingCache) find(turn uint64, key []byte) ([]uint64, bool) {
	if turn == noTurn {
		return nil, false
	}
	p := c.slot(key).Load()
	if p == nil || p.turn != turn || p.key != string(key) {
		return nil, false
	}
	return p.numbers, true
}

// keep keeps the posting that a reader of a turn has seen, in the place of another.
func (c *postingCache) keep(turn uint64, key []byte, members *set) {
	if turn != noTurn && len(key) <= cachedPostingKey && members.GetCardinality() <= most(key) {
		c.slot(key).Store(&cachedPosting{turn, string(key), members.ToArray()})
	}
}
