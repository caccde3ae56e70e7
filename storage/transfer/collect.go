package transfer

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"aion/storage/ingest"
	"aion/storage/points"
)

// held is how many points, and heldBytes how many bytes of texts, are gathered
// before they are given to the writer. Of an object whose points stand before
// its name and tags, maxHeld are gathered.
const (
	held      = points.BlockSize
	heldBytes = 64 << 10
	maxHeld   = 1 << 20
)

// collected are the points of one series of a file: its numbers as columns, all
// else one by one.
type collected struct {
	longAt, longs []int64
	floatAt       []int64
	floats        []float64
	others        []other
	bytes         int // of texts
}

// other is a point that is no long or double.
type other struct {
	at   int64
	typ  string
	text string
	data []byte
}

// len is how many points are held.
func (c *collected) len() int { return len(c.longs) + len(c.floats) + len(c.others) }

// full tells whether it is time to give the points to the writer.
func (c *collected) full() bool { return c.len() >= held || c.bytes >= heldBytes }

// reset empties c and keeps its memory.
func (c *collected) reset() {
	clear(c.others)
	c.longAt, c.longs, c.floatAt, c.floats = c.longAt[:0], c.longs[:0], c.floatAt[:0], c.floats[:0]
	c.others, c.bytes = c.others[:0], 0
}

// long adds a long.
func (c *collected) long(at, v int64) {
	c.longAt, c.longs = append(c.longAt, at), append(c.longs, v)
}

// double adds a double.
func (c *collected) double(at int64, v float64) {
	c.floatAt, c.floats = append(c.floatAt, at), append(c.floats, v)
}

// add adds a value under the name of a type; empty: the one that it looks like.
func (c *collected) add(at int64, typ string, v *value) error {
	if typ == "" {
		typ = v.kindOf()
	}
	switch storedType(typ) {
	case points.TypeLong:
		n, err := v.long()
		if err == nil {
			c.long(at, n)
		}
		return err
	case points.TypeDouble:
		f, err := double(v.text)
		if err == nil {
			c.double(at, f)
		}
		return err
	case points.TypeLegacy:
		return c.add(at, "", v)
	}
	o, err := v.other(at, typ)
	if err == nil {
		c.others = append(c.others, o)
		c.bytes += len(o.text) + len(o.data)
	}
	return err
}

// other is the value as a point that is no long or double.
func (v *value) other(at int64, typ string) (o other, err error) {
	o = other{at: at, typ: typ}
	switch storedType(typ) {
	case points.TypeText:
		if v.object || !v.quoted && v.text == "null" {
			return o, malformed("it has no text")
		}
		o.text = v.text
	case points.TypeNull:
		if v.quoted || v.text != "null" {
			return o, malformed("%.40q is no null", v.text)
		}
	case points.TypeComplex:
		if !v.object || !finite(v.real) || !finite(v.imag) {
			return o, malformed("it is no complex number")
		}
		o.data = binary.BigEndian.AppendUint64(nil, math.Float64bits(v.real))
		o.data = binary.BigEndian.AppendUint64(o.data, math.Float64bits(v.imag))
	default:
		if o.data, err = base64.StdEncoding.DecodeString(v.text); err != nil || !v.quoted {
			return o, malformed("a value of the type %.40q is given as base64", typ)
		}
	}
	return o, nil
}

// cut takes out the points that no store keeps, because the names of their series
// are too long, and tells how many and why.
func (c *collected) cut(key points.Key) (n int, why error) {
	fits := func(typ string) bool {
		k := stored(key, typ)
		err := k.CheckSize()
		if err != nil {
			why = err
		}
		return err == nil
	}
	all := c.len()
	if len(c.longs) > 0 && !fits(longName) {
		c.longAt, c.longs = c.longAt[:0], c.longs[:0]
	}
	if len(c.floats) > 0 && !fits(doubleName) {
		c.floatAt, c.floats = c.floatAt[:0], c.floats[:0]
	}
	c.others = slices.DeleteFunc(c.others, func(o other) bool { return !fits(o.typ) })
	return all - c.len(), why
}

// give gives all points to the writer, as those of key, and empties c.
func (c *collected) give(w *ingest.Writer, key points.Key, ttl time.Duration) error {
	defer c.reset()
	if len(c.longs) > 0 {
		w.Column(stored(key, longName)).Ints(c.longAt, c.longs, ttl)
	}
	if len(c.floats) > 0 {
		if err := w.Column(stored(key, doubleName)).Floats(c.floatAt, c.floats, ttl); err != nil {
			return err
		}
	}
	for i := range c.others {
		o := &c.others[i]
		column := w.Column(stored(key, o.typ))
		switch storedType(o.typ) {
		case points.TypeText:
			column.Text(o.at, o.text, ttl)
		case points.TypeNull:
			column.Null(o.at, ttl)
		default:
			column.Bytes(o.at, o.data, ttl)
		}
	}
	return nil
}
