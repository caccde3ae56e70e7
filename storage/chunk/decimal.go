package chunk

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// powers are the powers of ten that a decimal is scaled by. The quotient of an
// integer below 1<<53 and one of these is rounded once, and so it is the double
// that the decimal's digits read as.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// The shapes of a page of doubles. A shape below 64 says that the column holds
// the doubles' bits, shifted right by that many.
const (
	shapeDecimal = 0x80 // scaled integers
	shapePatched = 0x81 // scaled integers, and behind them the doubles that are none
)

// scaled is v times power as an integer, and whether the integer divided by
// power is v to the bit.
func scaled(v, power float64) (int64, bool) {
	x := v * power
	if !(math.Abs(x) < 1<<53) {
		return 0, false
	}
	n := int64(x + math.Copysign(0.5, x))
	return n, math.Float64bits(float64(n)/power) == math.Float64bits(v)
}

// exponent chooses the power of ten that makes integers of most of the values,
// judging by some that are spread over them; the smallest one of equals.
func exponent(v []float64) int {
	const samples = 48
	step := max(1, len(v)/samples)
	best, most, of := 0, 0, (len(v)+step-1)/step
	for k := range powers {
		n := 0
		for i := 0; i < len(v); i += step {
			if _, ok := scaled(v[i], powers[k]); ok {
				n++
			}
		}
		if n > most {
			best, most = k, n
		}
		if n == of {
			break
		}
	}
	return best
}

// doubles is a page of doubles on its way to bytes.
type doubles struct {
	best
	ints [PageSize]int64 // scaled values, or bits
	odd  []byte          // positions of the values that are no decimals
}

// append writes the values v. whole tells that e.ints holds all of them, scaled
// by power.
func (e *doubles) append(dst []byte, v []float64, power float64) (out []byte, whole bool) {
	e.scale(v, power)
	n := e.ints[:len(v)]
	if len(e.odd) == 0 {
		return e.appendInts(append(dst, shapeDecimal), n), true
	}
	if 9*len(e.odd)+e.sizeInts(n) < e.sizeBits(v) {
		e.scale(v, power)
		dst = e.appendInts(append(dst, shapePatched), n)
		return e.appendOdd(dst, v), false
	}
	return e.appendBits(dst, v), false
}

// scale fills ints with the values times power, and odd with the positions
// where that is not exact. There ints repeats its neighbour.
func (e *doubles) scale(v []float64, power float64) {
	e.odd = e.odd[:0]
	last := int64(0)
	for i, x := range v {
		n, ok := scaled(x, power)
		if !ok {
			e.odd = append(e.odd, byte(i))
			n = last
		}
		e.ints[i], last = n, n
	}
}

// appendOdd writes how many doubles are no decimals, and each with its position.
func (e *doubles) appendOdd(dst []byte, v []float64) []byte {
	dst = append(dst, byte(len(e.odd)))
	for _, i := range e.odd {
		dst = append(dst, i)
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v[i]))
	}
	return dst
}

// shift fills ints with the doubles' bits without the zeros that all of them
// end with, and tells how many those are.
func (e *doubles) shift(v []float64) int {
	var all uint64
	for _, x := range v {
		all |= math.Float64bits(x)
	}
	zeros := bits.TrailingZeros64(all) & 63
	for i, x := range v {
		e.ints[i] = int64(math.Float64bits(x) >> zeros)
	}
	return zeros
}

// appendBits writes the doubles' bits.
func (e *doubles) appendBits(dst []byte, v []float64) []byte {
	zeros := e.shift(v)
	return e.appendInts(append(dst, byte(zeros)), e.ints[:len(v)])
}

// sizeBits is about how long appendBits would make v.
func (e *doubles) sizeBits(v []float64) int {
	e.shift(v)
	return e.sizeInts(e.ints[:len(v)])
}

// doubles reads a page of doubles that ends before end. ints is room for as
// many numbers.
func (r *reader) doubles(v []float64, ints []int64, end int, by divisor) {
	switch shape := r.octet(); {
	case shape < 64:
		r.ints(ints, end)
		for i, n := range ints {
			v[i] = math.Float64frombits(uint64(n) << shape)
		}
	case shape == shapeDecimal:
		r.decimals(v, ints, end, by)
	case shape == shapePatched:
		r.decimals(v, ints, end, by)
		r.patch(v)
	default:
		r.fail()
	}
}

// decimals reads a column of scaled integers as doubles.
func (r *reader) decimals(v []float64, ints []int64, end int, by divisor) {
	start, base, deltas := r.integers(ints, end)
	if by.high != 0 && by.multiply(v, ints, start, base, deltas) {
		return
	}
	v = v[:len(ints)]
	if deltas {
		for i, n := range ints {
			start += n + base
			v[i] = float64(start) / by.power
		}
		return
	}
	for i, n := range ints {
		v[i] = float64(n+base) / by.power
	}
}

// patch puts the doubles that are no decimals into v.
func (r *reader) patch(v []float64) {
	for range int(r.octet()) {
		i, x := int(r.octet()), r.word()
		if i >= len(v) {
			r.fail()
			return
		}
		v[i] = math.Float64frombits(x)
	}
}
