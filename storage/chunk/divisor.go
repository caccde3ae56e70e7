package chunk

import "math"

// divisor divides integers by a power of ten. A processor multiplies several
// times while it divides once, so integers of fewer than smallBits bits are
// multiplied by the reciprocal, which is the sum of high and low.
//
// The result is the quotient to the bit: high has 26 bits, so that its product
// with the integer is exact; low has a relative error of 2^-53, and as it is
// below 2^-25 of high, the sum before its rounding is off by less than 2^-76 of
// itself, which is 2^-22 of a unit in the last place. The quotient n/power lies
// at least 1/(2*power) of such a unit away from where rounding changes its mind,
// because n*2^k and an odd multiple of power differ by 1 or more. That is more
// as long as power is at most 10^6.
type divisor struct{ power, high, low float64 }

// smallBits is how many bits, without its sign, an integer may have that is
// multiplied, and mostMultiplied the largest power that is.
const (
	smallBits      = 26
	mostMultiplied = 1e6
)

// newDivisor divides by power.
func newDivisor(power float64) divisor {
	d := divisor{power: power}
	if power == 1 || power > mostMultiplied {
		return d
	}
	const dropped = 53 - smallBits
	d.high = math.Float64frombits(math.Float64bits(1/power) >> dropped << dropped)
	d.low = (1 - d.high*power) / power // the difference is exact
	return d
}

// multiply sets v to the quotients of the numbers base plus each of ints, or of
// their running total from start on if deltas is set. It answers false if one of
// them is too large; v then holds nothing of worth.
func (d *divisor) multiply(v []float64, ints []int64, start, base int64, deltas bool) bool {
	high, low, wide := d.high, d.low, uint64(0)
	v = v[:len(ints)]
	if deltas {
		for i, n := range ints {
			start += n + base
			wide |= uint64(start + 1<<smallBits)
			x := float64(start)
			v[i] = x*high + float64(x*low)
		}
		return wide>>(smallBits+1) == 0
	}
	for i, n := range ints {
		n += base
		wide |= uint64(n + 1<<smallBits)
		x := float64(n)
		v[i] = x*high + float64(x*low)
	}
	return wide>>(smallBits+1) == 0
}
