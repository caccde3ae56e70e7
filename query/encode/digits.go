package encode

import (
	"encoding/binary"
	"math/bits"
)

// pairs holds the two digits of the numbers below 100, the first in the lower
// byte.
var pairs = func() (p [100]uint16) {
	for i := range p {
		p[i] = uint16('0'+i/10) | uint16('0'+i%10)<<8
	}
	return p
}()

// fractions holds how a number of hundredths stands behind a whole number: up
// to three bytes, the first the lowest, and in the fourth how many they are.
var fractions = func() (f [100]uint32) {
	for i := range f {
		f[i] = '.' | uint32(pairs[i])<<8
		switch {
		case i == 0:
		case i%10 == 0:
			f[i] |= 2 << 24
		default:
			f[i] |= 3 << 24
		}
	}
	return f
}()

// triples holds the three digits of the numbers below 1000, the first in the lowest
// byte.
var triples = func() (t [1024]uint32) {
	for i := range t[:1000] {
		t[i] = uint32('0'+i/100) | uint32(pairs[i%100])<<8
	}
	return t
}()

// wholes holds the digits of the numbers below 1000 without zeros in front, the first
// in the lowest byte, and in the fourth how many they are.
var wholes = func() (w [1024]uint32) {
	for i := range w[:1000] {
		n := length(uint64(max(i, 1)))
		w[i] = triples[i]>>(8*(3-n)) | uint32(n)<<24
	}
	return w
}()

// heads holds the numbers below 1000 with a point behind them, the first byte the
// lowest, and in the eighth byte how long that is.
var heads = func() (h [1024]uint64) {
	for i := range h[:1000] {
		digits := uint64(wholes[i])
		n := digits >> 24
		h[i] = digits&(1<<24-1) | '.'<<(8*n) | (n+1)<<56
	}
	return h
}()

// tens holds the powers of ten.
var tens = func() (t [20]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = 10 * t[i-1]
	}
	return t
}()

// putUint writes the digits of u to p, which has room for them and for eight bytes,
// and tells how many they are.
func putUint(p []byte, u uint64) int {
	switch {
	case u < 10:
		p[0] = byte('0' + u)
		return 1
	case u < 100:
		binary.LittleEndian.PutUint16(p, pairs[u])
		return 2
	case u < 1e8:
		digits := eight(u)
		zeros := bits.TrailingZeros64(digits) / 8
		binary.LittleEndian.PutUint64(p, (digits|zeros8)>>(zeros*8&63))
		return 8 - zeros
	}
	n := length(u)
	i := n
	for u >= 100 {
		rest := u / 100
		i -= 2
		binary.LittleEndian.PutUint16(p[i:], pairs[u-rest*100])
		u = rest
	}
	if u >= 10 {
		binary.LittleEndian.PutUint16(p, pairs[u])
	} else {
		p[0] = byte('0' + u)
	}
	return n
}

// length is how many digits u has; u is not 0.
func length(u uint64) int {
	n := bits.Len64(u) * 1233 >> 12
	if u >= tens[n] {
		n++
	}
	return n
}

// putInt writes v to p, which has room for it, and tells how many bytes it took.
func putInt(p []byte, v int64) int {
	if v < 0 {
		p[0] = '-'
		return 1 + putUint(p[1:], -uint64(v))
	}
	return putUint(p, uint64(v))
}

// putHundredths writes n divided by 100, which is between -1000 and 1000, to p from i
// on and tells where it ends. What it writes behind that does not count.
func putHundredths(p []byte, i int, n int64) int {
	sign := n >> 63
	u := uint64((n ^ sign) - sign)
	p[i] = '-'
	i -= int(sign)
	whole := u / 100
	digits, fraction := wholes[whole&1023], fractions[u-whole*100]
	binary.LittleEndian.PutUint64(p[i:], uint64(digits&(1<<24-1))|uint64(fraction)<<(digits>>24*8))
	return i + int(digits>>24+fraction>>24)
}

// million is the six digits of u, which is below a million, the first in the lowest
// byte.
func million(u uint64) uint64 {
	high := u / 1000
	return uint64(triples[high&1023]) | uint64(triples[(u-high*1000)&1023])<<24
}
