package chunk

import (
	"encoding/binary"
	"math/bits"
)

// The ways in which a column of integers becomes small numbers.
const (
	modeOffset = 0 // v[i] - base
	modeDelta  = 1 // v[i] - v[i-1] - base; the first number is 0
	modeFit    = 2 // v[i] - (v[0] + i*slope) - base: times only
)

// rawCode stands for rawWidth in the six bits that hold a width.
const rawCode = 63

// column is a page's integers on their way to bytes.
type column struct {
	mode       byte
	base       int64
	width      int
	exceptions int
	size       int
	numbers    [PageSize]uint64
}

// best holds the two columns that compete for a page.
type best struct{ a, b column }

// set takes the numbers v[i]-base of a column and lays them out.
func (c *column) set(mode byte, base int64, v []int64) {
	c.mode, c.base = mode, base
	u, all := c.numbers[:len(v)], uint64(0)
	for i, x := range v {
		u[i] = uint64(x) - uint64(base)
		all |= u[i]
	}
	c.width, c.exceptions, c.size = layout(u, all)
}

// setOffsets makes c the offsets of v from its smallest number.
func (c *column) setOffsets(v []int64) {
	low := v[0]
	for _, x := range v {
		low = min(low, x)
	}
	c.set(modeOffset, low, v)
}

// setDeltas makes c the differences of neighbours in v. The first number, which
// has no neighbour, is the smallest difference.
func (c *column) setDeltas(v []int64) {
	var d [PageSize]int64
	low := int64(0)
	if len(v) > 1 {
		low = v[1] - v[0]
	}
	for i := 1; i < len(v); i++ {
		d[i] = v[i] - v[i-1]
		low = min(low, d[i])
	}
	d[0] = low
	c.set(modeDelta, low, d[:len(v)])
}

// setFit makes c the distances of v from a straight line through its first
// number.
func (c *column) setFit(v []int64, slope int64) {
	var d [PageSize]int64
	low := int64(0)
	for i := range v {
		d[i] = v[i] - v[0] - int64(i)*slope>>slopeBits
		low = min(low, d[i])
	}
	c.set(modeFit, low, d[:len(v)])
}

// append writes c's n numbers: mode and width, how many exceptions, base, the
// packed bits, the exceptions.
func (c *column) append(dst []byte, n int) []byte {
	code := byte(c.width)
	if c.width == rawWidth {
		code = rawCode
	}
	u := c.numbers[:n]
	dst = append(dst, c.mode<<6|code, byte(c.exceptions))
	dst = binary.AppendVarint(dst, c.base)
	dst = pack(dst, u, c.width)
	for i := 0; i < n && c.exceptions > 0; i++ {
		if v := u[i]; bits.Len64(v) > c.width {
			dst = append(dst, byte(i))
			dst = binary.AppendUvarint(dst, v>>c.width)
		}
	}
	return dst
}

// appendInts writes v as offsets or as deltas, whichever is shorter. Deltas are
// preceded by the first number.
func (e *best) appendInts(dst []byte, v []int64) []byte {
	e.a.setOffsets(v)
	if e.a.size <= 2 {
		return e.a.append(dst, len(v))
	}
	e.b.setDeltas(v)
	if e.a.size <= e.b.size+2 {
		return e.a.append(dst, len(v))
	}
	return binary.AppendVarint(e.b.append(dst, len(v)), v[0])
}

// sizeInts is about how long appendInts would make v.
func (e *best) sizeInts(v []int64) int {
	e.a.setOffsets(v)
	e.b.setDeltas(v)
	return min(e.a.size, e.b.size+2)
}

// appendTimes writes the times v, whose first is known to the reader, as deltas
// or as distances from a line.
func (e *best) appendTimes(dst []byte, v []int64, slope int64) []byte {
	if e.b.setFit(v, slope); e.b.size == 0 {
		return e.b.append(dst, len(v))
	}
	if e.a.setDeltas(v); e.a.size < e.b.size {
		return e.a.append(dst, len(v))
	}
	return e.b.append(dst, len(v))
}

// packed reads the numbers of a column into v. r's data has slack behind end.
func (r *reader) packed(v []int64, end int) (mode byte, base int64) {
	head, exceptions := r.octet(), int(r.octet())
	base = r.varint()
	width := int(head & 0x3f)
	if width == rawCode {
		width = rawWidth
	}
	size := packedSize(len(v), width)
	if r.bad || width > maxWidth && width != rawWidth || size > end-r.at || end+slack > len(r.data) {
		r.fail()
		return 0, 0
	}
	unpack(v, r.data[r.at:], width)
	r.at += size
	for range exceptions {
		i := int(r.octet())
		if i >= len(v) {
			r.fail()
			return 0, 0
		}
		v[i] |= int64(r.uvarint() << (width & 63))
	}
	return head >> 6, base
}

// integers reads a column of integers that ends before end, as numbers yet to
// be undone: the column is base plus each of v, or their running total from
// start on if deltas is set.
func (r *reader) integers(v []int64, end int) (start, base int64, deltas bool) {
	mode, base := r.packed(v, end)
	switch mode {
	case modeOffset:
		return 0, base, false
	case modeDelta:
		return r.varint() - base, base, true
	}
	r.fail()
	return 0, 0, false
}

// ints reads a column of integers that ends before end.
func (r *reader) ints(v []int64, end int) {
	start, base, deltas := r.integers(v, end)
	if deltas {
		accumulate(v, start, base)
		return
	}
	for i := range v {
		v[i] += base
	}
}

// times reads a column of times that ends before end and begins with first.
func (r *reader) times(v []int64, end int, first, slope int64) {
	switch mode, base := r.packed(v, end); mode {
	case modeDelta:
		accumulate(v, first-base, base)
	case modeFit:
		line, origin := int64(0), first+base
		for i := range v {
			v[i] += origin + line>>slopeBits
			line += slope
		}
	default:
		r.fail()
	}
}

// accumulate turns packed deltas into numbers: their running total from start
// on, base added to each.
func accumulate(v []int64, start, base int64) {
	for i := range v {
		start += v[i] + base
		v[i] = start
	}
}
