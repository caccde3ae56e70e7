package pebble

import (
	"hash/maphash"
	"sync/atomic"

	"aion/storage/chunk"
)

// To compute the checksum of a chunk takes longer than to read its directory, and
// a query for summaries reads little else. So a query does not do that for a copy
// of which one has done so before. A copy is so many bytes at a place in memory
// that end with this checksum, as long as no table comes. All that can have
// happened to it since is that its block was dropped and read again, from a table
// that was there already: then Pebble has compared the block with the block's own
// checksum, which is older than the look at the chunk. A chunk that was written
// anew ends with another checksum, and one that a compaction has moved is in a
// table that came; only a snapshot from before may look at a copy of the old table
// later. So what memory itself forgets goes unseen, of a copy that was looked at
// until its block is read again, of one that a compaction moves meanwhile until
// somebody verifies. Who writes again what stands in chunks, or verifies, computes
// the checksum of each.

// vettedFrom is from how many bytes on a chunk is remembered: the checksum of a
// smaller one is as quick, and a walk copies those into one place.
const vettedFrom = soleBytes + 1

// vetted remembers copies of chunks whose checksums are right, about as many as the
// cache of blocks holds by default. Each has a mark, which tells its place among
// the marks, and whoever comes to the same place later takes it. The shelves of
// marks are made when they are needed, 512 KiB at most. nil remembers nothing.
type vetted struct {
	seed    maphash.Seed
	tables  atomic.Uint64 // grows when a table is begun, and when it comes into use
	shelves [vettedShelves]atomic.Pointer[[vettedShelf]atomic.Uint64]
}

// vettedShelves is how many shelves there are, vettedShelf how many marks one holds.
const (
	vettedShelves = 64
	vettedShelf   = 1024
)

// newVetted knows of no chunk yet.
func newVetted() *vetted { return &vetted{seed: maphash.MakeSeed()} }

// changed forgets everything: a table is about to come, or has come.
func (v *vetted) changed() {
	if v != nil {
		v.tables.Add(1)
	}
}

// open opens a chunk, and computes its checksum unless that is known to be right.
func (v *vetted) open(c *chunk.Chunk, data []byte) error {
	if v == nil || len(data) < vettedFrom {
		return c.Open(data)
	}
	place := v.place(data)
	shelf, at := &v.shelves[place%vettedShelves], place/vettedShelves%vettedShelf
	marks, known := shelf.Load(), uint64(0)
	if marks != nil {
		known = marks[at].Load()
	}
	mark := v.mark(place, data)
	if known == mark {
		return c.OpenVetted(data)
	}
	if err := c.Open(data); err != nil {
		return err
	}
	if shelf.Load() == nil {
		shelf.CompareAndSwap(nil, new([vettedShelf]atomic.Uint64))
	}
	shelf.Load()[at].Store(mark)
	return nil
}

// place tells where the mark of a copy stands: its place in memory alone says so, so
// that the mark is looked for while the copy comes from there.
func (v *vetted) place(data []byte) uint64 {
	return maphash.Comparable(v.seed, struct {
		at   *byte
		size uint64
	}{&data[0], uint64(len(data))})
}

// mark tells the copy at a place from others. It is taken before the copy is looked at,
// so that a table that comes meanwhile makes it void.
func (v *vetted) mark(place uint64, data []byte) uint64 {
	return maphash.Comparable(v.seed, [3]uint64{place, uint64(chunk.Checksum(data)), v.tables.Load()}) | 1<<63
}
