package spool

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// reader takes an encoding apart. After the first thing that is not there it is
// bad and answers zeros.
type reader struct {
	data []byte
	at   int
	bad  bool
}

// left is how many bytes are not read.
func (r *reader) left() int { return len(r.data) - r.at }

// uvarint reads an unsigned number.
func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

// varint reads a signed number.
func (r *reader) varint() int64 {
	v, n := binary.Varint(r.data[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

// count reads a number of things of which each takes a byte or more.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(r.left()) {
		r.fail()
		return 0
	}
	return int(n)
}

// take reads n bytes. They are the encoding's own.
func (r *reader) take(n int) []byte {
	if n < 0 || n > r.left() {
		r.fail()
		return nil
	}
	part := r.data[r.at : r.at+n : r.at+n]
	r.at += n
	return part
}

// octet reads a byte.
func (r *reader) octet() byte {
	if part := r.take(1); part != nil {
		return part[0]
	}
	return 0
}

// word reads a number of eight bytes.
func (r *reader) word() uint64 {
	if part := r.take(8); part != nil {
		return binary.LittleEndian.Uint64(part)
	}
	return 0
}

// fail ends the reading.
func (r *reader) fail() { r.at, r.bad = len(r.data), true }

// distances reads n integers.
func (r *reader) distances(n int) []int64 {
	if n == 0 {
		return nil
	}
	numbers := make([]int64, n)
	last := int64(0)
	for i := range numbers {
		last += r.varint()
		numbers[i] = last
	}
	return numbers
}

// changes reads changes to the end into b and adds the digest of each one's
// series to series. Opaque values share the encoding's memory.
func (r *reader) changes(seed maphash.Seed, b *storage.Batch, series []uint64) ([]uint64, bool) {
	var form []byte
	for r.left() > 0 {
		var key points.Key
		form = r.key(form, &key)
		life := time.Duration(r.varint())
		remove := r.distances(r.count())
		block := r.block()
		if r.bad {
			return nil, false
		}
		add(b, &storage.Change{Key: key, Points: block, TTL: life, Remove: remove})
		series = append(series, maphash.Bytes(seed, form))
	}
	return series, true
}

// key reads a key whose beginning may be that of the key of form before, and
// gives its own form back.
func (r *reader) key(before []byte, k *points.Key) []byte {
	shared := r.uvarint()
	rest := r.take(r.count())
	if shared > uint64(len(before)) {
		r.fail()
		return before
	}
	form := append(before[:shared], rest...)
	if !parseKey(form, k) {
		r.fail()
	}
	return form
}

// parseKey reads the form that points.Key.Append makes.
func parseKey(form []byte, k *points.Key) bool {
	parts := reader{data: form}
	text := string(form)
	part := func() string {
		n := parts.count()
		from := parts.at
		parts.take(n)
		if parts.bad {
			return ""
		}
		return text[from : from+n]
	}
	k.Metric, k.Type = part(), part()
	for parts.left() > 0 {
		k.Tags = append(k.Tags, points.Tag{Name: part(), Value: part()})
	}
	return !parts.bad
}

// block reads points.
func (r *reader) block() (b points.Block) {
	shape := r.octet()
	if shape == shapeNone {
		return b
	}
	n := r.count()
	if r.bad || n == 0 || shape > shapeOpaque {
		r.fail()
		return b
	}
	times := r.distances(n)
	switch shape {
	case shapeLongs:
		b.Times, b.Ints, b.Floats = times, r.distances(n), make([]float64, n)
		for i, v := range b.Ints {
			b.Floats[i] = float64(v)
		}
	case shapeDoubles:
		r.doubles(&b, times)
	case shapeMixed:
		r.mixed(&b, times)
	case shapeTexts:
		b.Kind, b.Times, b.Texts = points.Text, times, make([]string, n)
		for i := range b.Texts {
			b.Texts[i] = string(r.take(r.count()))
		}
	case shapeOpaque:
		b.Kind, b.Times, b.Type, b.Bytes = points.Opaque, times, string(r.take(r.count())), make([][]byte, n)
		for i := range b.Bytes {
			b.Bytes[i] = r.take(r.count())
		}
	}
	return b
}

// doubles reads a double for each time.
func (r *reader) doubles(b *points.Block, times []int64) {
	if 8*len(times) > r.left() {
		r.fail()
		return
	}
	b.Times, b.Floats = times, make([]float64, len(times))
	for i := range b.Floats {
		b.Floats[i] = math.Float64frombits(r.word())
	}
}

// mixed reads a number of its own kind for each time.
func (r *reader) mixed(b *points.Block, times []int64) {
	for _, at := range times {
		switch r.octet() {
		case isDouble:
			b.AppendFloat(at, math.Float64frombits(r.word()))
		case isLong:
			b.AppendInt(at, r.varint())
		case isNull:
			b.AppendNull(at)
		default:
			r.fail()
		}
	}
}
