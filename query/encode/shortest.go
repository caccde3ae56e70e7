package encode

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// fewestShift and mostShift bound the distances of neighbouring doubles, as powers
// of two, of the doubles that shortest takes: those from 2^-8 to 2^24.
const (
	fewestShift = 29
	mostShift   = 60
)

// shortest finds the digits of which the fewest read back as v, which is positive,
// and of those the ones that are nearest to v: v reads as n divided by the places-th
// power of ten. n may end with zeros. ok is false if v is out of its range, a power of
// two, or as near to one as to another.
//
// v is m divided by 2^s. Scaled by a power of ten that makes the distance of
// neighbours at least one and less than ten, what reads back as v lies up to half
// of that distance from it: at least one integer, and one multiple of ten at most.
// Powers of ten and the scaled v are exact, and so are the comparisons. Which of the
// two it is nobody can foretell, so that neither is branched to.
func shortest(v float64) (n uint64, places int, ok bool) {
	const fraction = 1<<52 - 1
	word := math.Float64bits(v)
	s, m := 1075-uint(word>>52), word&fraction
	if s-fewestShift > mostShift-fewestShift || m == 0 {
		return 0, 0, false
	}
	places = int(s*1233>>12) + 1
	power := tens[places]
	high, low := bits.Mul64(m|(fraction+1), power)
	n, below := high<<((64-s)&63)|low>>(s&63), low&(1<<(s&63)-1)
	half := power/2 - m&1 // what lies halfway reads as the even neighbour
	ten := n / 10 * 10
	down := (n-ten)<<(s&63) + below // to the multiple of ten below
	up := 10<<(s&63) - down
	near := min(down, up)
	if below == 1<<((s-1)&63) && near > half {
		return 0, 0, false
	}
	n += below >> ((s - 1) & 63)
	if up <= half {
		ten += 10
	}
	if near <= half {
		n = ten
	}
	return n, places, true
}

// putShortest writes v in the digits that shortest finds to p, which has room for
// maxNumber bytes, and tells how many bytes it took and how many digits stand behind
// the point, which is not there if none does. size is 0 if shortest finds none.
func putShortest(p []byte, v float64) (size, digits int) {
	n, places, ok := shortest(v)
	if !ok {
		return 0, 0
	}
	whole := uint64(int64(v)) // n is no other integer, which would not read back as v
	rest := n - whole*tens[places]
	size = putUint(p, whole)
	p[size] = '.'
	lead := max(0, places-16)
	if lead == 0 {
		rest *= tens[16-places]
	} else {
		first := rest / 1e16
		rest -= first * 1e16
		putLast(p[size+1:], first, lead)
	}
	digits = lead + putSixteen((*[16]byte)(p[size+1+lead:]), rest)
	if digits == 0 {
		return size, 0
	}
	return size + 1 + digits, digits
}

// putSixteen writes the sixteen digits of u, which is below 1e16, to p, and tells how
// many of them stand before the zeros at their end.
func putSixteen(p *[16]byte, u uint64) int {
	high := u / 1e8
	a, b := eight(high), eight(u-high*1e8)
	binary.LittleEndian.PutUint64(p[:], a|zeros8)
	binary.LittleEndian.PutUint64(p[8:], b|zeros8)
	ofA, ofB := bits.LeadingZeros64(a)/8, bits.LeadingZeros64(b)/8
	return 16 - ofB - ofA&-(ofB/8)
}

// zeros8 makes digits of eight numbers below ten.
const zeros8 = 0x3030303030303030

// eight is the eight digits of u, which is below 1e8, one in each byte, the first in
// the lowest: four digits in each half, two in each quarter, one in each eighth.
func eight(u uint64) uint64 {
	high := u / 10_000
	halves := high | (u-high*10_000)<<32
	hundreds := halves * 10_486 >> 20 & 0x0000007f_0000007f // four digits divided by 100
	quarters := hundreds | (halves-hundreds*100)<<16
	tenths := quarters * 103 >> 10 & 0x000f_000f_000f_000f // two digits divided by 10
	return tenths | (quarters-tenths*10)<<8
}

// putLast writes the last digits of u, so many of them, to p.
func putLast(p []byte, u uint64, digits int) {
	for i := digits - 1; i >= 0; i-- {
		p[i] = byte('0' + u%10)
		u /= 10
	}
}
