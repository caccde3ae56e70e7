package storage

import (
	"time"

	"aion/storage/points"
)

// MaxBatch is up to how many bytes, as Batch.Size counts them, a batch is
// applied whole or not at all by drivers that promise it.
const MaxBatch = 4 << 20

// Batch is a list of changes that are applied in order.
type Batch struct {
	Changes []Change
	size    int
}

// Change puts points into one series or removes some from it.
type Change struct {
	Key    points.Key
	Points points.Block  // to put: any order, the last of a repeated time wins
	TTL    time.Duration // life of the points; 0: the store's default
	Remove []int64       // to remove before the put: these very times
}

// Put adds points of one series. The batch refers to key and b until Write has
// returned. NaN and infinities are not put: the ways in refuse them.
func (b *Batch) Put(key points.Key, block points.Block, ttl time.Duration) {
	b.Changes = append(b.Changes, Change{Key: key, Points: block, TTL: ttl})
	b.size += keySize(&key) + 17*block.Len()
	for _, s := range block.Texts {
		b.size += len(s)
	}
	for _, s := range block.Bytes {
		b.size += len(s)
	}
}

// Remove takes the points at these times out of a series.
func (b *Batch) Remove(key points.Key, times ...int64) {
	b.Changes = append(b.Changes, Change{Key: key, Remove: times})
	b.size += keySize(&key) + 8*len(times)
}

// Size is about how many bytes the batch weighs.
func (b *Batch) Size() int { return b.size }

// Len is how many points the batch puts.
func (b *Batch) Len() int {
	n := 0
	for i := range b.Changes {
		n += b.Changes[i].Points.Len()
	}
	return n
}

// Reset empties b and keeps its memory.
func (b *Batch) Reset() {
	clear(b.Changes)
	b.Changes, b.size = b.Changes[:0], 0
}

// keySize is about how many bytes a key weighs.
func keySize(k *points.Key) int {
	n := len(k.Metric) + 16
	for i := range k.Tags {
		n += len(k.Tags[i].Name) + len(k.Tags[i].Value)
	}
	return n
}
