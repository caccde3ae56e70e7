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

// shortest finds the fewest digits that read back as v, which is positive, and of
// those the ones that are nearest to v: v reads as n divided by the places-th power
// of ten, and n does not end with a zero that places count. ok is false if v is out
// of its range, a power of two, or as near to one as to another.
//
// v is m divided by 2^s. Scaled by a power of ten that makes the distance of
// neighbours at least one and less than ten, what reads back as v lies up to half
// of that distance from it: at least one integer, and one multiple of ten at most.
// Powers of ten and the scaled v are exact, and so are the comparisons.
func shortest(v float64) (n uint64, places int, ok bool) {
	const fraction = 1<<52 - 1
	word := math.Float64bits(v)
	s, m := 1075-uint(word>>52), word&fraction
	if s-fewestShift > mostShift-fewestShift || m == 0 {
		return 0, 0, false
	}
	places = int(s*1233>>12) + 1
	power := tens[places]
	m |= fraction + 1
	high, low := bits.Mul64(m, power)
	n, below := high<<(64-s)|low>>s, low&(1<<s-1)
	half := power/2 - m&1 // what lies halfway reads as the even neighbour
	digit := n % 10
	switch one := uint64(1) << s; {
	case digit*one+below <= half:
		n -= digit
	case (10-digit)*one-below <= half:
		n += 10 - digit
	case below == one/2:
		return 0, 0, false
	default:
		return n + below>>(s-1), places, true
	}
	for n, places = n/10, places-1; n%10 == 0 && places > 0; places-- {
		n /= 10
	}
	return n, places, true
}

// putShortest writes n divided by the places-th power of ten, which shortest has
// found, to p, which has room for maxNumber bytes, and tells how many it took.
func putShortest(p []byte, n uint64, places int) int {
	whole := n / tens[places]
	i := putUint(p, whole)
	if places == 0 {
		return i
	}
	p[i] = '.'
	putLast(p[i+1:], n-whole*tens[places], places)
	return i + 1 + places
}

// putLast writes the last digits of u, so many of them, to p.
func putLast(p []byte, u uint64, digits int) {
	for digits >= 8 {
		rest := u / 1e8
		digits -= 8
		putEight((*[8]byte)(p[digits:]), uint32(u-rest*1e8))
		u = rest
	}
	for ; digits >= 2; digits -= 2 {
		rest := u / 100
		binary.LittleEndian.PutUint16(p[digits-2:], pairs[u-rest*100])
		u = rest
	}
	if digits == 1 {
		p[0] = byte('0' + u%10)
	}
}

// putEight writes the eight digits of u, which is below 1e8, to p.
func putEight(p *[8]byte, u uint32) {
	high := u / 10_000
	low := u - high*10_000
	a, b := high/100, low/100
	binary.LittleEndian.PutUint16(p[:], pairs[a])
	binary.LittleEndian.PutUint16(p[2:], pairs[high-a*100])
	binary.LittleEndian.PutUint16(p[4:], pairs[b])
	binary.LittleEndian.PutUint16(p[6:], pairs[low-b*100])
}
