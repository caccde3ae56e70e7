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

// tens holds the powers of ten.
var tens = func() (t [20]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = 10 * t[i-1]
	}
	return t
}()

// putUint writes the digits of u to p, which has room for them, and tells how
// many they are.
func putUint(p []byte, u uint64) int {
	switch {
	case u < 10:
		p[0] = byte('0' + u)
		return 1
	case u < 100:
		binary.LittleEndian.PutUint16(p, pairs[u])
		return 2
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

// putHundredths writes hundredths, which are below 100, as they stand behind a
// whole number, to p, which has room for four bytes, and tells how many bytes of
// them count.
func putHundredths(p []byte, hundredths uint64) int {
	f := fractions[hundredths]
	binary.LittleEndian.PutUint32(p, f)
	return int(f >> 24)
}

// putMillion writes the six digits of u, which is below a million, to p.
func putMillion(p *[8]byte, u uint64) {
	hundreds, high := u/100, u/10_000
	binary.LittleEndian.PutUint16(p[:], pairs[high])
	binary.LittleEndian.PutUint16(p[2:], pairs[hundreds-high*100])
	binary.LittleEndian.PutUint16(p[4:], pairs[u-hundreds*100])
}
