package storage

import (
	"time"

	"aion/storage/points"
)

// MaxBatch is up to how many bytes, as Batch.Size counts them, a batch is
// applied whole or not at all by drivers that promise it.
const MaxBatch = 4 << 20

// pointSize is about how many bytes a point weighs beside its text.
const pointSize = 17

// recalledSize is what a number weighs of a series that is recalled: as a point and its
// key, for which it may have to be written after all.
const recalledSize = pointSize + 32

// Batch is a list of changes that are applied in order.
type Batch struct {
	Changes  []Change
	Recalled []Recalled // beside the changes, in their order by Turn; for a Recaller alone
	size     int
	kept     int  // what blocks of changes take that are not in use
	lent     bool // some memory of the blocks is not the batch's
}

// Change puts points into one series or removes some from it.
type Change struct {
	Key    points.Key
	Points points.Block  // to put: any order, the last of a repeated time wins
	TTL    time.Duration // life of the points; 0: the store's default
	Remove []int64       // to remove before the put: these very times
	Mark   Mark          // what a Recaller may know the series by when it is written again; zero: nothing
}

// Put adds points of one series. The batch refers to key and b until Write has
// returned. NaN and infinities are not put: the ways in refuse them.
func (b *Batch) Put(key points.Key, block points.Block, ttl time.Duration) {
	b.Changes = append(b.Changes, Change{Key: key, Points: block, TTL: ttl})
	b.lent = true
	b.size += key.Weight() + pointSize*block.Len()
	for _, s := range block.Texts {
		b.size += len(s)
	}
	for _, s := range block.Bytes {
		b.size += len(s)
	}
}

// Begin adds a change of one series without points, and answers its place in Changes.
// The caller adds points to the change's block and tells Weigh what they weigh. The
// memory of the block is the batch's, and may be that of a change before Recycle.
func (b *Batch) Begin(key *points.Key, ttl time.Duration) int {
	n := len(b.Changes)
	if n == cap(b.Changes) {
		b.Changes = append(b.Changes, Change{})
	}
	b.Changes = b.Changes[:n+1]
	c := &b.Changes[n]
	c.Key, c.TTL, c.Mark = *key, ttl, Mark{}
	b.kept -= c.Points.Size()
	c.Points.Reset(key.Kind())
	b.size += key.Weight()
	return n
}

// Recall adds a number behind all that is in the batch.
func (b *Batch) Recall(r Recalled) {
	r.Turn = int32(len(b.Changes))
	b.Recalled = append(b.Recalled, r)
	b.size += recalledSize
}

// Weigh notes that so many points were added to changes that Begin made, with texts
// and opaque values of so many bytes.
func (b *Batch) Weigh(n, bytes int) { b.size += pointSize*n + bytes }

// Recycle is Reset for a batch that is filled again. It keeps the memory of blocks up
// to so many bytes, and keys until others take their places.
func (b *Batch) Recycle(most int) {
	if b.lent {
		b.Reset()
		return
	}
	for i := range b.Changes {
		c := &b.Changes[i]
		clear(c.Points.Texts)
		clear(c.Points.Bytes)
		c.Points.Reset(c.Points.Kind)
		c.Remove = nil
		if size := c.Points.Size(); b.kept+size > most {
			c.Points = points.Block{}
		} else {
			b.kept += size
		}
	}
	b.Changes, b.Recalled, b.size = b.Changes[:0], b.Recalled[:0], 0
}

// Remove takes the points at these times out of a series.
func (b *Batch) Remove(key points.Key, times ...int64) {
	at := b.Begin(&key, 0)
	b.Changes[at].Remove = times
	b.size += 8 * len(times)
}

// Size is about how many bytes the batch weighs.
func (b *Batch) Size() int { return b.size }

// Len is how many points the batch puts.
func (b *Batch) Len() int {
	n := len(b.Recalled)
	for i := range b.Changes {
		n += b.Changes[i].Points.Len()
	}
	return n
}

// Reset empties b and keeps its memory, but for that of blocks.
func (b *Batch) Reset() {
	if b.kept != 0 {
		b.Changes = b.Changes[:cap(b.Changes)]
	}
	clear(b.Changes)
	*b = Batch{Changes: b.Changes[:0], Recalled: b.Recalled[:0]}
}
