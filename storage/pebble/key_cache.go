package pebble

import (
	"sync"
	"sync/atomic"

	"aion/storage/points"
)

// How much is kept of keys: so many of them, from selections of up to so many
// series, and none with more tags or longer values than that.
const (
	cachedKeys     = 1 << 16
	cachedTogether = 1 << 14
	cachedTags     = 8
	cachedText     = 256
)

// keyCache keeps the keys of series that have been selected of late. A number
// stands for the same key as long as the store is open, so that what is kept stays
// right. The zero value is empty, and takes no room.
type keyCache struct {
	once  sync.Once
	slots []atomic.Pointer[numberedKey] // by the number's hash
}

// numberedKey is the key of a series.
type numberedKey struct {
	number uint64
	key    points.Key
}

// slot is where the key of a number is kept.
func (c *keyCache) slot(number uint64) *atomic.Pointer[numberedKey] {
	c.once.Do(func() { c.slots = make([]atomic.Pointer[numberedKey], cachedKeys) })
	return &c.slots[number*0x9e3779b97f4a7c15>>48]
}

// find is the key of a number, if it is kept.
func (c *keyCache) find(number uint64) (points.Key, bool) {
	if k := c.slot(number).Load(); k != nil && k.number == number {
		return k.key, true
	}
	return points.Key{}, false
}

// keep keeps a key, in the place of another.
func (c *keyCache) keep(number uint64, key points.Key) {
	text := 0
	for i := range key.Tags {
		text += len(key.Tags[i].Value)
	}
	if len(key.Tags) <= cachedTags && text <= cachedText {
		c.slot(number).Store(&numberedKey{number, key})
	}
}
