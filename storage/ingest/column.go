package ingest

import (
	"errors"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// ErrNotFinite is why a point is refused whose value is NaN or infinite.
var ErrNotFinite = errors.New("NaN and infinity are not stored")

// Column holds the points of one series until they are written. Its methods
// take the life of the point, 0 or less being the store's default, and fit the
// stored type of the column's key: Int for longs, Float for doubles, Text for
// strings, Null for nulls, Bytes for all others; Ints and Floats add many at once.
//
// A writer remembers many columns of which few hold points: these stand in its batch.
type Column struct {
	w    *Writer
	key  points.Key
	turn int // of the writer in which the column holds points; 0: none
	at   int // of what it holds among the changes of the batch
	ttl  time.Duration
	mark storage.Mark // what the store is to know the series by
}

// Mark has the store know the series by a mark from the next batch on in which the
// column has points, this one if it has some already.
func (c *Column) Mark(m storage.Mark) {
	if c.mark = m; c.turn == c.w.turn {
		c.w.batch.Changes[c.at].Mark = m
	}
}

// Int adds a long.
func (c *Column) Int(at, v int64, ttl time.Duration) {
	b := c.block(ttl)
	b.Times, b.Floats, b.Ints = append(b.Times, at), append(b.Floats, float64(v)), append(b.Ints, v)
	c.w.batch.Weigh(1, 0)
}

// Float adds a double, or refuses it with ErrNotFinite.
func (c *Column) Float(at int64, v float64, ttl time.Duration) error {
	if v-v != 0 {
		return ErrNotFinite
	}
	b := c.block(ttl)
	b.Times, b.Floats = append(b.Times, at), append(b.Floats, v)
	c.w.batch.Weigh(1, 0)
	return nil
}

// Ints adds longs.
func (c *Column) Ints(at, v []int64, ttl time.Duration) {
	if len(at) == 0 {
		return
	}
	b := c.block(ttl)
	b.Times, b.Ints = append(b.Times, at...), append(b.Ints, v...)
	for _, x := range v {
		b.Floats = append(b.Floats, float64(x))
	}
	c.w.batch.Weigh(len(at), 0)
}

// Floats adds doubles, or refuses all of them with ErrNotFinite if one is not
// finite.
func (c *Column) Floats(at []int64, v []float64, ttl time.Duration) error {
	for _, x := range v {
		if x-x != 0 {
			return ErrNotFinite
		}
	}
	if len(at) == 0 {
		return nil
	}
	b := c.block(ttl)
	b.Times, b.Floats = append(b.Times, at...), append(b.Floats, v...)
	c.w.batch.Weigh(len(at), 0)
	return nil
}

// Text adds a text.
func (c *Column) Text(at int64, v string, ttl time.Duration) {
	c.block(ttl).AppendText(at, v)
	c.w.batch.Weigh(1, len(v))
}

// Null adds a point without a value.
func (c *Column) Null(at int64, ttl time.Duration) {
	c.block(ttl).AppendNull(at)
	c.w.batch.Weigh(1, 0)
}

// Bytes adds a value of an opaque type. v is kept until it is written.
func (c *Column) Bytes(at int64, v []byte, ttl time.Duration) {
	b := c.block(ttl)
	b.Type = c.key.Type
	b.AppendBytes(at, v)
	c.w.batch.Weigh(1, len(v))
}

// block is where the next point of that life belongs.
func (c *Column) block(ttl time.Duration) *points.Block {
	if c.turn != c.w.turn || c.ttl != ttl {
		c.begin(max(ttl, 0))
	}
	return &c.w.batch.Changes[c.at].Points
}

// begin prepares c for points of that life.
func (c *Column) begin(ttl time.Duration) {
	if c.turn == c.w.turn && c.ttl == ttl {
		return
	}
	if c.turn != c.w.turn {
		c.w.uses++
	}
	c.turn, c.ttl = c.w.turn, ttl
	c.at = c.w.batch.Begin(&c.key, ttl)
	c.w.batch.Changes[c.at].Mark = c.mark
	c.w.first.prepare(&c.w.batch.Changes[c.at].Points, c.key.Type)
}

// seal ends a change that c holds, so that all that is added later stands behind it.
func (c *Column) seal() { c.turn = 0 }
