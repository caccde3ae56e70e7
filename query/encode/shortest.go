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

// scale is how the digits of doubles are found whose last bit is worth as much.
type scale struct {
	power uint64 // of ten that makes that bit worth at least a tenth and less than one, times 2^53
	tail  uint64 // of ten that makes the last digit the sixteenth behind the point, or 1
	lead  uint64 // digits behind the point in front of the last sixteen
}

// scales are those of bits that are worth 1 divided by 2^i.
var scales = func() (s [64]scale) {
	for shift := fewestShift; shift <= mostShift; shift++ {
		places := shift*1233>>12 + 1
		s[shift] = scale{tens[places-1] << max(0, 53-shift) >> max(0, shift-53), tens[max(0, 16-places)], uint64(max(0, places-16))}
	}
	return s
}()

// spelling is a double on its way to the fewest digits that read back as it and, of
// those, to the ones that are nearest to it.
//
// That is done in steps, of many doubles each step first: the processor then has work
// before it that does not wait for what it is at.
type spelling struct {
	head      uint64 // the text up to the point and the digits in front of the last sixteen, the first byte the lowest
	length    uint64 // of head; 0: the double is spelled otherwise
	bare      uint64 // the text's length where the sixteen digits are zeros
	rest      uint64 // the last sixteen digits as a number
	high, low uint64 // and as text
	size      uint64 // the text's length
}

// pick finds the digits of v's size, unless it is out of range, a power of two, or as
// near to one number as to another.
//
// The size is m divided by 2^s. Scaled by a power of ten that makes the distance of
// neighbours at least a tenth and less than one, what reads back as v lies up to half
// of that distance from it: one integer at most, or else tenths, of which the nearest
// one is wanted. The power of ten and the scaled v are exact, and so are the
// comparisons. Which of them it is nobody can foretell, so that none is branched to.
func (t *spelling) pick(v float64) {
	t.length, t.bare, t.rest = 0, 0, 0
	word := math.Float64bits(v) &^ (1 << 63)
	s, m := 1075-word>>52, word<<11
	if s-fewestShift > mostShift-fewestShift || m<<1 == 0 {
		return
	}
	at := &scales[s&63]
	n, down := bits.Mul64(m|1<<63, at.power)
	half := at.power<<10 - word&1 // what lies halfway reads as the even neighbour
	digit, below := bits.Mul64(down, 10)
	if below == 1<<63 && min(down, -down) > half {
		return
	}
	digit += below >> 63
	if -down <= half {
		digit = 10
	}
	if down <= half {
		digit = 0
	}
	n = 10*n + digit
	if at.lead != 0 {
		t.between(n, at.lead)
		return
	}
	whole := uint64(int64(math.Float64frombits(word))) // n is no other integer, which would not read back as v
	n = n*at.tail - whole*1e16
	if whole >= 1000 {
		t.large(whole, n)
		return
	}
	t.rest = n
	t.head = heads[whole&1023]
	t.length = t.head >> 56
	t.bare = t.length - 1
}

// between begins the text of a number of less than a half, which has so many digits
// in front of the last sixteen. All but the last of them are zeros.
func (t *spelling) between(n, lead uint64) {
	first := n / 1e16
	t.rest = n - first*1e16
	t.length = uint64(len("0.")) + lead
	t.bare = t.length
	const zeros = '0' | '.'<<8 | '0'<<16 | '0'<<24 | '0'<<32
	t.head = zeros + first<<((t.length*8-8)&63)
}

// large begins the text of a number of at least 1000, if it is below 1e7.
func (t *spelling) large(whole, rest uint64) {
	if whole >= 1e7 {
		return
	}
	t.rest = rest
	digits := eight(whole)
	zeros := uint64(bits.TrailingZeros64(digits)) &^ 7
	t.bare = 8 - zeros/8
	t.head = (digits|zeros8)>>(zeros&63) | '.'<<(t.bare*8&63)
	t.length = t.bare + 1
}

// spell makes text of the digits that were picked.
func (t *spelling) spell() {
	top := t.rest / 1e8
	high, low := eight(top), eight(t.rest-top*1e8)
	last, before := low, uint64(8)
	if low == 0 {
		last = high
	}
	if low == 0 {
		before = 0
	}
	t.size = t.length + before + filled(last)
	if t.rest == 0 {
		t.size = t.bare
	}
	t.high, t.low = high|zeros8, low|zeros8
}

// filled is how many bytes the digits of up to eight take without the zeros behind them,
// the lowest byte being the first. None is above nine, so that their number as a double,
// whose exponent tells, is rounded to no other one: that is less work than to look for
// the highest bit.
func filled(digits uint64) uint64 {
	exponent := math.Float64bits(float64(int64(digits))) >> 52 // of 1 it is 1023
	return (exponent+1)>>3 - 127
}

// maxSpelled is how far put writes.
const maxSpelled = 32

// put writes the text to p with v's sign before it and tells how long that is. What it
// writes behind it does not count.
func (t *spelling) put(p *[maxSpelled]byte, v float64) uint64 {
	p[0] = '-'
	from := math.Float64bits(v) >> 63
	length := from + t.length&15
	binary.LittleEndian.PutUint64(p[from:], t.head)
	binary.LittleEndian.PutUint64(p[length:], t.high)
	binary.LittleEndian.PutUint64(p[length+8:], t.low)
	return from + t.size
}

// long tells whether the text has more places than decimals have, those in front of
// the last sixteen digits not counted.
func (t *spelling) long() bool { return int(t.size)-int(t.length) >= len(powers) }

// putShortest writes v to p, which has room for maxNumber bytes, and tells how many
// bytes it took and whether they are long. size is 0 if v is spelled otherwise.
func putShortest(p []byte, v float64) (size int, long bool) {
	var t spelling
	if t.pick(v); t.length == 0 {
		return 0, false
	}
	t.spell()
	return int(t.put((*[maxSpelled]byte)(p), v)), t.long()
}

// zeros8 makes digits of eight numbers below ten.
const zeros8 = 0x3030303030303030

// eight is the eight digits of u, which is below 1e8, one in each byte, the first in
// the lowest: four digits in each half, two in each quarter, one in each eighth.
func eight(u uint64) uint64 {
	high := u * 109_951_163 >> 40 // u divided by 10,000
	halves := u<<32 - high*(10_000<<32-1)
	hundreds := halves * 10_486 >> 20 & 0x0000007f_0000007f // four digits divided by 100
	quarters := halves<<16 - hundreds*(100<<16-1)
	tenths := quarters * 103 >> 10 & 0x000f_000f_000f_000f // two digits divided by 10
	return quarters<<8 - tenths*(10<<8-1)
}
