package ingest

import (
	"errors"
	"time"

	"aion/storage/points"
)

// ErrNotFinite is why a point is refused whose value is NaN or infinite.
var ErrNotFinite = errors.New("NaN and infinity are not stored")

// What a point and a key weigh, as storage.Batch counts them.
const (
	pointWeight = 17
	keyOverhead = 16
)

// Column holds the points of one series until they are written. Its methods
// take the life of the point, 0 or less being the store's default, and fit the
// stored type of the column's key: Int for longs, Float for doubles, Text for
// strings, Null for nulls, Bytes for all others; Ints and Floats add many at once.
//
// A writer remembers many columns of which few hold points: one that holds none has
// no memory for them.
type Column struct {
	w      *Writer
	key    points.Key
	hash   uint64 // of the key
	room   *room  // of what is to be written; nil: it is not among the active columns
	ttl    time.Duration
	weight int
}

// Int adds a long.
func (c *Column) Int(at, v int64, ttl time.Duration) {
	if c.room == nil || c.ttl != ttl {
		c.begin(ttl)
	}
	b := &c.room.block
	b.Times, b.Floats, b.Ints = append(b.Times, at), append(b.Floats, float64(v)), append(b.Ints, v)
	c.w.size += pointWeight
}

// Float adds a double, or refuses it with ErrNotFinite.
func (c *Column) Float(at int64, v float64, ttl time.Duration) error {
	if v-v != 0 {
		return ErrNotFinite
	}
	if c.room == nil || c.ttl != ttl {
		c.begin(ttl)
	}
	b := &c.room.block
	b.Times, b.Floats = append(b.Times, at), append(b.Floats, v)
	c.w.size += pointWeight
	return nil
}

// Ints adds longs.
func (c *Column) Ints(at, v []int64, ttl time.Duration) {
	c.begin(ttl)
	b := &c.room.block
	b.Times, b.Ints = append(b.Times, at...), append(b.Ints, v...)
	for _, x := range v {
		b.Floats = append(b.Floats, float64(x))
	}
	c.w.size += pointWeight * len(at)
}

// Floats adds doubles, or refuses all of them with ErrNotFinite if one is not
// finite.
func (c *Column) Floats(at []int64, v []float64, ttl time.Duration) error {
	for _, x := range v {
		if x-x != 0 {
			return ErrNotFinite
		}
	}
	c.begin(ttl)
	b := &c.room.block
	b.Times, b.Floats = append(b.Times, at...), append(b.Floats, v...)
	c.w.size += pointWeight * len(at)
	return nil
}

// Text adds a text.
func (c *Column) Text(at int64, v string, ttl time.Duration) {
	c.begin(ttl)
	c.room.block.AppendText(at, v)
	c.w.size += pointWeight + len(v)
}

// Null adds a point without a value.
func (c *Column) Null(at int64, ttl time.Duration) {
	c.begin(ttl)
	c.room.block.AppendNull(at)
	c.w.size += pointWeight
}

// Bytes adds a value of an opaque type. v is kept until it is written.
func (c *Column) Bytes(at int64, v []byte, ttl time.Duration) {
	c.begin(ttl)
	c.room.block.Type = c.key.Type
	c.room.block.AppendBytes(at, v)
	c.w.size += pointWeight + len(v)
}

// begin prepares c for a point of that life.
func (c *Column) begin(ttl time.Duration) {
	ttl = max(ttl, 0)
	if c.room != nil && c.ttl != ttl {
		c.seal()
	}
	c.ttl = ttl
	if c.room == nil {
		c.room = c.w.rooms.take(c.key.Type)
		c.w.active = append(c.w.active, c)
		c.w.size += c.weight
	}
}

// seal moves what c holds into the batch, before all that is added later.
func (c *Column) seal() {
	if c.room == nil || c.room.block.Len() == 0 {
		return
	}
	c.w.batch.Put(c.key, c.room.block, c.ttl)
	c.w.size += c.weight
	c.room.block = points.Block{Kind: c.key.Kind()} // the batch has the memory
}

// drop leaves what c holds to whoever has it, and ends its being active.
func (c *Column) drop() { c.room = nil }

// clear empties c and ends its being active.
func (c *Column) clear() {
	c.w.rooms.give(c.room)
	c.room = nil
}

// keyWeight is what a key adds to the weight of a batch.
func keyWeight(k *points.Key) int {
	n := len(k.Metric) + keyOverhead
	for i := range k.Tags {
		n += len(k.Tags[i].Name) + len(k.Tags[i].Value)
	}
	return n
}
