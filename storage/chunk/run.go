package chunk

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"aion/storage/points"
)

// runVersion is in the upper bits of the first byte of every run; the class of
// the points and flagExpiring are in the lower ones.
const runVersion = 0x20

// AppendRun encodes the points of b behind dst as a run: the small form of a few
// fresh points, without summaries and pages. Times come in any order. Kinds and
// expires are as for Append.
func AppendRun(dst []byte, b *points.Block, expires []int64) []byte {
	class, expiring := classOf(b), soonest(expires) != 0
	head := runVersion | class
	if expiring {
		head |= flagExpiring
	}
	dst = binary.AppendUvarint(append(dst, head), uint64(b.Len()))
	if class == classOpaque {
		dst = appendLong(dst, b.Type)
	}
	dst = appendRunValues(appendDifferences(dst, b.Times), b, class)
	if expiring {
		dst = appendDifferences(dst, expires)
	}
	return dst
}

// appendDifferences writes how far each number is from the one before.
func appendDifferences(dst []byte, v []int64) []byte {
	last := int64(0)
	for _, n := range v {
		dst, last = binary.AppendVarint(dst, n-last), n
	}
	return dst
}

// RunSize is how many bytes AppendRun appends.
func RunSize(b *points.Block, expires []int64) int {
	size := 1 + uvarintSize(uint64(b.Len())) + differencesSize(b.Times)
	switch classOf(b) {
	case classDoubles:
		size += 8 * len(b.Floats)
	case classLongs:
		size += differencesSize(b.Ints)
	case classTexts:
		for _, v := range b.Texts {
			size += uvarintSize(uint64(len(v))) + len(v)
		}
	case classOpaque:
		size += uvarintSize(uint64(len(b.Type))) + len(b.Type)
		for _, v := range b.Bytes {
			size += uvarintSize(uint64(len(v))) + len(v)
		}
	}
	if soonest(expires) != 0 {
		size += differencesSize(expires)
	}
	return size
}

// differencesSize is how many bytes appendDifferences appends.
func differencesSize(v []int64) (size int) {
	last := int64(0)
	for _, n := range v {
		d := n - last
		size, last = size+uvarintSize(uint64(d<<1^d>>63)), n
	}
	return size
}

// uvarintSize is how many bytes a uvarint takes.
func uvarintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// appendRunValues writes b's values one by one.
func appendRunValues(dst []byte, b *points.Block, class byte) []byte {
	switch class {
	case classDoubles:
		for _, v := range b.Floats {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	case classLongs:
		dst = appendDifferences(dst, b.Ints)
	case classTexts:
		for _, v := range b.Texts {
			dst = appendLong(dst, v)
		}
	case classOpaque:
		for _, v := range b.Bytes {
			dst = appendLong(dst, v)
		}
	}
	return dst
}

// appendLong writes v behind its length.
func appendLong[T string | []byte](dst []byte, v T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

// ParseRun decodes a run, which is all of data, behind the points of b, whose
// kind is that of the run unless it is empty. expires tells when the points
// that b holds expire, nil if none does; what is answered tells it for all. On
// an error, an ErrCorrupt, b has the points it had. Texts and bytes are copies.
func ParseRun(data []byte, b *points.Block, expires []int64) ([]int64, error) {
	r, old := reader{data: data}, b.Len()
	class, expiring, n, name := r.runHead()
	if old == 0 && !r.bad {
		b.Reset(kindOf(class))
		b.Type = string(name)
	}
	if b.Kind != kindOf(class) {
		r.fail()
	}
	if !r.bad {
		r.points(b, class, n)
	}
	all := expires
	switch {
	case expiring:
		all = r.expiries(zeros(expires, old), n)
	case expires != nil:
		all = zeros(expires, old+n)
	}
	if r.bad || r.left() != 0 {
		truncate(b, old)
		return expires, fmt.Errorf("parse run: %w", points.ErrCorrupt)
	}
	return all, nil
}

// RunLen is how many points a run has, by what it says itself; 0 if it says nothing.
func RunLen(data []byte) int {
	r := reader{data: data}
	_, _, n, _ := r.runHead()
	return n
}

// runHead reads what stands before a run's times.
func (r *reader) runHead() (class byte, expiring bool, n int, name []byte) {
	head := r.octet()
	n, class = r.length(), head&classMask
	if head&^(classMask|flagExpiring) != runVersion || class > classOpaque {
		r.fail()
	}
	if class == classOpaque {
		name = r.take(r.length())
	}
	return class, head&flagExpiring != 0, n, name
}

// zeros is s lengthened to n elements with zeros.
func zeros(s []int64, n int) []int64 {
	for len(s) < n {
		s = append(s, 0)
	}
	return s
}

// points reads n times, and the values behind them, into b. It stops at the
// first that is damaged.
func (r *reader) points(b *points.Block, class byte, n int) {
	if class == classDoubles && len(b.Ints)+len(b.Nulls) == 0 {
		r.doublesOf(b, n)
		return
	}
	times := *r
	for range n {
		r.uvarint()
	}
	at, v := int64(0), int64(0)
	for i := 0; i < n && !r.bad; i++ {
		at += times.varint()
		switch class {
		case classNulls:
			b.AppendNull(at)
		case classDoubles:
			b.AppendFloat(at, math.Float64frombits(r.word()))
		case classLongs:
			v += r.varint()
			b.AppendInt(at, v)
		case classTexts:
			b.AppendText(at, string(r.take(r.length())))
		case classOpaque:
			b.AppendBytes(at, append([]byte{}, r.take(r.length())...))
		}
	}
}

// doublesOf reads n times, and the doubles behind them, into b, which has no other
// numbers.
func (r *reader) doublesOf(b *points.Block, n int) {
	old := len(b.Times)
	b.Times = lengthen(b.Times, n)
	r.ascents(b.Times[old:])
	values := r.take(8 * n)
	if r.bad {
		return
	}
	b.Floats = lengthen(b.Floats, n)
	for i := range b.Floats[old:] {
		b.Floats[old+i] = math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:]))
	}
}

// ascents reads numbers each of which is told by how far it lies from the one before.
func (r *reader) ascents(v []int64) {
	last := int64(0)
	for i := range v {
		if r.left() >= briefBytes {
			if u, next := brief(r.data, r.at); u&tooLong == 0 {
				last += zigzag(u)
				v[i], r.at = last, next
				continue
			}
		}
		last += r.varint()
		v[i] = last
	}
}

// expiries reads n expiries behind dst.
func (r *reader) expiries(dst []int64, n int) []int64 {
	at := int64(0)
	for i := 0; i < n && !r.bad; i++ {
		at += r.varint()
		dst = append(dst, at)
	}
	return dst
}
