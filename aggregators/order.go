package aggregators

import "math"

// ordered is a number whose order as an integer is Java's order of doubles:
// -0.0 below 0.0, and NaN, of whatever bits, above all else.
func ordered(v float64) int64 {
	if v != v {
		return math.MaxInt64
	}
	bits := int64(math.Float64bits(v))
	return bits ^ int64(uint64(bits>>63)>>1)
}

// unordered is the double whose ordered form k is.
func unordered(k int64) float64 {
	if k == math.MaxInt64 {
		return math.NaN()
	}
	return math.Float64frombits(uint64(k ^ int64(uint64(k>>63)>>1)))
}
