package encode

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"

	"aion/storage/points"
)

// maxPair is more than a pair of a time and a number takes as text.
const maxPair = 2*maxNumber + 8

// stride is how many pairs are written between looks at the room that is left.
const stride = 64

// AppendValues writes the points of b as KairosDB's pairs, [at,value],[at,value]
// with nothing before the first and behind the last. Integers are digits, other
// numbers as AppendDouble prints them, nulls null, texts strings. Opaque values
// are strings of base64, but for KairosDB's complex numbers, which are objects.
func AppendValues(dst []byte, b *points.Block) []byte {
	if b.Kind == points.Number {
		return appendNumbers(dst, b)
	}
	for i, at := range b.Times {
		if i > 0 {
			dst = append(dst, ',')
		}
		var text [maxNumber]byte
		text[0] = '['
		n := 1 + putInt(text[1:], at)
		text[n] = ','
		dst = append(dst, text[:n+1]...)
		if b.Kind == points.Text {
			dst = AppendString(dst, b.Texts[i])
		} else {
			dst = appendOpaque(dst, b.Type, b.Bytes[i])
		}
		dst = append(dst, ']')
	}
	return dst
}

// appendOpaque writes a value of an opaque type.
func appendOpaque(dst []byte, stored string, v []byte) []byte {
	if stored != points.TypeComplex || len(v) != 16 {
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v)
		return append(dst, '"')
	}
	dst = append(dst, `{"real":`...)
	dst = AppendDouble(dst, math.Float64frombits(binary.BigEndian.Uint64(v)))
	dst = append(dst, `,"imaginary":`...)
	dst = AppendDouble(dst, math.Float64frombits(binary.BigEndian.Uint64(v[8:])))
	return append(dst, '}')
}

// zerosBeyond is, for a number of decimal places, the power of ten that divides
// those decimals which two places would have held.
var zerosBeyond = [...]int64{1, 1, 1, 1e1, 1e2, 1e3, 1e4}

// pairWriter writes pairs of times and numbers; it remembers what they have in
// common.
type pairWriter struct {
	million int64    // the last time, rounded down to a million
	head    [16]byte // a bracket, and its digits without the last six
	length  int      // of head; 0: none yet
	places  int      // decimal places of the last fraction
}

// appendNumbers is AppendValues for numbers.
func appendNumbers(dst []byte, b *points.Block) []byte {
	w := pairWriter{places: 2}
	ints := len(b.Ints) != 0 && len(b.IsInt) == 0 && len(b.Nulls) == 0
	doubles := len(b.Ints) == 0 && len(b.Nulls) == 0
	for from := 0; from < b.Len(); from += stride {
		to := min(from+stride, b.Len())
		dst = slices.Grow(dst, stride*maxPair)
		n, room := len(dst), dst[:cap(dst)]
		switch {
		case ints:
			n = w.ints(room, n, b.Times[from:to], b.Ints[from:to])
		case doubles:
			n = w.doubles(room, n, b.Times[from:to], b.Floats[from:to])
		default:
			n = w.mixed(room, n, b, from, to)
		}
		dst = dst[:n]
	}
	if n := len(dst); b.Len() > 0 {
		return dst[:n-1]
	}
	return dst
}

// time writes a bracket, the time and a comma to p from i on and tells where
// they end.
func (w *pairWriter) time(p []byte, i int, at int64) int {
	if at < 1_000_000 {
		p[i] = '['
		i += 1 + putInt(p[i+1:], at)
		p[i] = ','
		return i + 1
	}
	below := uint64(at - w.million)
	if below >= 1_000_000 || w.length == 0 {
		w.begin(at / 1_000_000)
		below = uint64(at - w.million)
	}
	*(*[16]byte)(p[i:]) = w.head
	i += w.length
	q := (*[8]byte)(p[i:])
	putMillion(q, below)
	q[6] = ','
	return i + 7
}

// begin remembers how times of this many millions begin.
func (w *pairWriter) begin(millions int64) {
	w.million, w.head[0] = millions*1_000_000, '['
	w.length = 1 + putUint(w.head[1:], uint64(millions))
}

// ints writes pairs of times and integers, each with a comma behind it.
func (w *pairWriter) ints(p []byte, i int, times, v []int64) int {
	v = v[:len(times)]
	for k, at := range times {
		i = w.time(p, i, at)
		i += putInt(p[i:], v[k])
		p[i], p[i+1] = ']', ','
		i += 2
	}
	return i
}

// doubles writes pairs of times and doubles, each with a comma behind it.
func (w *pairWriter) doubles(p []byte, i int, times []int64, v []float64) int {
	v = v[:len(times)]
	for k, at := range times {
		i = w.time(p, i, at)
		i = w.double(p, i, v[k])
		p[i], p[i+1] = ']', ','
		i += 2
	}
	return i
}

// double writes v to p from i on and tells where it ends.
func (w *pairWriter) double(p []byte, i int, v float64) int {
	n, places, ok := decimal(v, w.places)
	if !ok {
		return len(appendSlow(p[:i], v))
	}
	if w.places = places; places > 2 && n%zerosBeyond[places] == 0 {
		w.places = 2
	}
	return i + putDecimal(p[i:], n, places)
}

// mixed writes pairs of which some are integers, doubles or null.
func (w *pairWriter) mixed(p []byte, i int, b *points.Block, from, to int) int {
	for k := from; k < to; k++ {
		i = w.time(p, i, b.Times[k])
		switch {
		case b.Null(k):
			i += copy(p[i:], "null")
		case b.Int(k):
			i += putInt(p[i:], b.Ints[k])
		default:
			i = w.double(p, i, b.Floats[k])
		}
		p[i], p[i+1] = ']', ','
		i += 2
	}
	return i
}
