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
		dst = append(appendOther(dst, b, i), ']')
	}
	return dst
}

// appendOther writes the value of a point that is no number.
func appendOther(dst []byte, b *points.Block, i int) []byte {
	if b.Kind == points.Text {
		return AppendString(dst, b.Texts[i])
	}
	return appendOpaque(dst, b.Type, b.Bytes[i])
}

// opaqueText is a value of an opaque type as a text: that which appendOpaque
// writes between quotes, or the object.
func opaqueText(stored string, v []byte) string {
	text := appendOpaque(nil, stored, v)
	if text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	return string(text)
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

// pairWriter writes pairs of times and numbers; it remembers what they have in
// common.
type pairWriter struct {
	epochWriter
	doubleWriter
}

// appendNumbers is AppendValues for numbers.
func appendNumbers(dst []byte, b *points.Block) []byte {
	w := pairWriter{epochWriter{before: "["}, doubleWriter{places: 2}}
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
	i = w.epoch(p, i, at)
	p[i] = ','
	return i + 1
}

// ints writes pairs of times and integers, each with a comma behind it.
func (w *pairWriter) ints(p []byte, i int, times, v []int64) int {
	v = v[:len(times)]
	f := w.front()
	for k, at := range times {
		if f.holds(at) {
			i = f.put(p, i, at)
		} else {
			i = w.time(p, i, at)
			f = w.front()
		}
		i += putInt(p[i:], v[k])
		p[i], p[i+1] = ']', ','
		i += 2
	}
	return i
}

// doubles writes pairs of times and doubles, each with a comma behind it.
func (w *pairWriter) doubles(p []byte, i int, times []int64, v []float64) int {
	for k := 0; k < len(times); {
		if w.few() {
			i, k = w.hundredths(p, i, k, times, v)
		} else {
			i, k = w.many(p, i, k, times, v)
		}
	}
	return i
}

// hundredths is doubles from point k on, up to one that has more than two decimal
// places; it tells which point is next.
func (w *pairWriter) hundredths(p []byte, i, k int, times []int64, v []float64) (end, next int) {
	v = v[:len(times)]
	f := w.front()
	for ; k < len(times); k++ {
		if at := times[k]; f.holds(at) {
			i = f.put(p, i, at)
		} else {
			i = w.time(p, i, at)
			f = w.front()
		}
		n, ok := hundredths(v[k])
		if ok {
			i = putHundredths(p, i, n)
		} else {
			i = w.double(p, i, v[k])
		}
		p[i], p[i+1] = ']', ','
		i += 2
		if !ok && !w.few() {
			return i, k + 1
		}
	}
	return i, k
}

// many is doubles from point k on, as long as the next ones are likely to have more than
// two decimal places; it tells which point is next.
func (w *pairWriter) many(p []byte, i, k int, times []int64, v []float64) (end, next int) {
	var of [longFor]spelling // cleared once, not for each sixteen, and not for those with few
	for k < len(times) && !w.few() {
		to := min(k+longFor, len(times))
		i = w.spelled(&of, p, i, times[k:to], v[k:to])
		k = to
	}
	return i, k
}

// spelled is many for up to longFor points, which it spells in of.
func (w *pairWriter) spelled(of *[longFor]spelling, p []byte, i int, times []int64, v []float64) int {
	w.spell(of, v)
	f := w.front()
	for k, at := range times {
		if f.holds(at) {
			i = f.put(p, i, at)
		} else {
			i = w.time(p, i, at)
			f = w.front()
		}
		t := &of[k&(longFor-1)]
		if t.length == 0 {
			i = len(AppendDouble(p[:i], v[k]))
		} else {
			i += int(t.put((*[maxSpelled]byte)(p[i:]), v[k]))
		}
		p[i], p[i+1] = ']', ','
		i += 2
	}
	return i
}

// mixed writes pairs of which some are integers, doubles or null.
func (w *pairWriter) mixed(p []byte, i int, b *points.Block, from, to int) int {
	for k := from; k < to; k++ {
		i = w.time(p, i, b.Times[k])
		i = w.number(p, i, b, k)
		p[i], p[i+1] = ']', ','
		i += 2
	}
	return i
}
