package encode

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"aion/storage/points"
)

// maxNumber is more than any number takes as text.
const maxNumber = 40

// powers are the powers of ten that doubles are tried as integers of.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

// AppendDouble writes v as KairosDB does: Java's Double.toString, without the
// zeros that end a plain fraction and without the point where none is left. NaN
// and infinities, which KairosDB cannot print, are null. Between 2^54 and 2^63,
// where Java before release 19 prints more digits than are needed, so does this.
func AppendDouble(dst []byte, v float64) []byte {
	if n, places, ok := decimal(v, 2); ok {
		var text [maxNumber]byte
		return append(dst, text[:putDecimal(text[:], n, places)]...)
	}
	return appendSlow(dst, v)
}

// decimal finds v as n divided by a power of ten, trying that of some places
// before others. ok is false if v has more than six places, is not printed as
// a plain fraction, or is minus zero.
//
// n is below 1e13. No two decimals of that few digits are the same double, so
// n's digits are the shortest that read back as v.
func decimal(v float64, places int) (n int64, at int, ok bool) {
	if size := math.Abs(v); !(size >= 1e-3 && size < 1e7) {
		return 0, 0, v == 0 && !math.Signbit(v)
	}
	if n, ok = scaled(v, powers[places]); ok {
		return n, places, true
	}
	for at = 3; at < len(powers); at += 3 {
		if n, ok = scaled(v, powers[at]); ok {
			return n, at, true
		}
	}
	return 0, 0, false
}

// scaled is v times power as an integer, and whether the integer divided by
// power, which is rounded once, is v.
func scaled(v, power float64) (int64, bool) {
	n := int64(v*power + math.Copysign(0.5, v))
	return n, float64(n)/power == v
}

// hundredths is decimal for v that is a number of hundredths.
//
// To add shifter, whose last bit is worth 1, rounds what is below 2^51 to an integer,
// which is then by how much the bits are more. Those of what is larger are further off
// than any n here.
func hundredths(v float64) (n int64, ok bool) {
	const shifter = 3 << 51
	shifted := v*100 + shifter
	n = int64(math.Float64bits(shifted) - math.Float64bits(shifter))
	return n, uint64(n+99_999) < 199_999 && math.Float64bits((shifted-shifter)/100) == math.Float64bits(v)
}

// zerosBeyond is, for a number of decimal places, the power of ten that divides
// those decimals which two places would have held.
var zerosBeyond = [...]int64{1, 1, 1, 1e1, 1e2, 1e3, 1e4}

// doubleWriter writes doubles; it remembers the decimal places of the last, and how
// many more values are likely to have more of them than decimals do.
type doubleWriter struct {
	places int // 2 to begin with
	long   int
}

// few tells whether hundredths are tried first.
func (w *doubleWriter) few() bool { return w.long == 0 && w.places == 2 }

// longFor is how many values with few places are written, after one with many, as if
// they had many, too: means of decimals take turns that nobody can foretell.
const longFor = 16

// double writes v to p from i on and tells where it ends.
func (w *doubleWriter) double(p []byte, i int, v float64) int {
	if w.long == 0 {
		if n, ok := hundredths(v); ok && w.places == 2 {
			return putHundredths(p, i, n)
		}
		if n, places, ok := decimal(v, w.places); ok {
			if w.places = places; places > 2 && n%zerosBeyond[places] == 0 {
				w.places = 2
			}
			return i + putDecimal(p[i:], n, places)
		}
	}
	return w.digits(p, i, v)
}

// number writes point k of b, which is a number or null, to p from i on and tells
// where it ends.
func (w *doubleWriter) number(p []byte, i int, b *points.Block, k int) int {
	switch {
	case b.Null(k):
		return i + copy(p[i:], "null")
	case b.Int(k):
		return i + putInt(p[i:], b.Ints[k])
	}
	return w.double(p, i, b.Floats[k])
}

// digits is double for values that are likely to have many decimal places.
func (w *doubleWriter) digits(p []byte, i int, v float64) int {
	n, long := putShortest(p[i:], v)
	if n == 0 {
		w.long = 0
		return len(AppendDouble(p[:i], v))
	}
	if w.long = max(0, w.long-1); long {
		w.long = longFor
	}
	return i + n
}

// spell spells up to longFor values, and tells few what they were like.
func (w *doubleWriter) spell(of *[longFor]spelling, v []float64) {
	v = v[:min(len(v), longFor)]
	for k, v := range v {
		of[k].pick(v)
	}
	more := 0
	for k := range v {
		t := &of[k]
		t.spell()
		more |= 2 - int(t.size) + int(t.length)
	}
	if w.places, w.long = 2, 0; more < 0 {
		w.long = longFor
	}
}

// putDecimal writes n divided by the places-th power of ten to p, which has
// room for maxNumber bytes, and tells how many it took.
func putDecimal(p []byte, n int64, places int) int {
	u, i := uint64(n), 0
	if n < 0 {
		p[0], u, i = '-', -u, 1
	}
	if places == 2 {
		whole := u / 100
		i += putUint(p[i:], whole)
		ending := fractions[u-whole*100]
		binary.LittleEndian.PutUint32(p[i:], ending)
		return i + int(ending>>24)
	}
	whole := u / tens[places]
	fraction := u - whole*tens[places]
	i += putUint(p[i:], whole)
	if fraction == 0 {
		return i
	}
	for fraction%10 == 0 {
		fraction, places = fraction/10, places-1
	}
	p[i] = '.'
	for j := i + places; j > i; j-- {
		p[j] = byte('0' + fraction%10)
		fraction /= 10
	}
	return i + places + 1
}

// appendSlow is AppendDouble for all doubles.
func appendSlow(dst []byte, v float64) []byte {
	size, digits := math.Abs(v), -1
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return append(dst, "null"...)
	case size == 0 || size >= 1e-3 && size < 1e7:
		return appendPlain(dst, v)
	case size >= 1<<54 && size < 1<<63:
		return appendWhole(dst, v)
	case size == math.SmallestNonzeroFloat64:
		digits = 1 // Java's 4.9E-324
	}
	var text [maxNumber]byte
	return appendScientific(dst, strconv.AppendFloat(text[:0], v, 'e', digits, 64))
}

// appendPlain writes v as a plain fraction.
func appendPlain(dst []byte, v float64) []byte {
	var text [maxNumber]byte
	n, _ := putShortest(text[:], v)
	if n == 0 {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return append(dst, text[:n]...)
}

// appendScientific writes a number of strconv's form 1e+07 in Java's form, 1.0E7.
func appendScientific(dst, text []byte) []byte {
	mantissa, exponent, _ := bytes.Cut(text, []byte{'e'})
	dst = append(dst, mantissa...)
	if bytes.IndexByte(mantissa, '.') < 0 {
		dst = append(dst, ".0"...)
	}
	dst = append(dst, 'E')
	if exponent[0] == '-' {
		dst = append(dst, '-')
	}
	return append(dst, bytes.TrimLeft(exponent[1:], "0")...)
}

// appendWhole writes v, whose size lies between 2^54 and 2^63, as Java before
// release 19 does: FloatingDecimal prints such a double as the long that it is,
// and drops only one or two digits of the largest.
func appendWhole(dst []byte, v float64) []byte {
	if v < 0 {
		dst = append(dst, '-')
	}
	n, step := uint64(math.Abs(v)), uint64(1)
	switch e := bits.Len64(n) - 1; {
	case e > 60:
		step = 100
	case e > 57:
		step = 10
	}
	n = (n + step/2) / step * step
	var text [maxNumber]byte
	length := putUint(text[:], n)
	digits := bytes.TrimRight(text[1:length], "0")
	if len(digits) == 0 {
		digits = text[1:2]
	}
	dst = append(append(dst, text[0], '.'), digits...)
	return strconv.AppendInt(append(dst, 'E'), int64(length-1), 10)
}
