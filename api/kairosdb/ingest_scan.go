package kairosdb

import (
	"encoding/binary"
	"strconv"
)

// The scanners below read text that is followed by at least windowPad zeros, so
// that they need not ask for its end: a zero is nothing they take. They take
// only what is written plainly, and answer -1 for all else, which is then read
// by Gson's rules.

// longestPlain is how long a plain number may be. Gson takes numbers of more
// than a thousand bytes for texts.
const longestPlain = 1000

// blank is i moved over blanks.
func blank(b []byte, i int) int {
	for b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// digits reads on the digits at i. More than 19 of them wrap around.
func digits(b []byte, i int, v uint64) (uint64, int) {
	for {
		c := b[i] - '0'
		if c > 9 {
			return v, i
		}
		v = v*10 + uint64(c)
		i++
	}
}

// manyDigits is digits where eight or more of them are likely.
func manyDigits(b []byte, i int) (uint64, int) {
	x := binary.LittleEndian.Uint64(b[i:])
	if !eightDigits(x) {
		return digits(b, i, 0)
	}
	v, i := parseEight(x), i+8
	if x := uint64(binary.LittleEndian.Uint32(b[i:])); eightDigits(x<<32 | 0x30303030) {
		v = v*10_000 + parseEight(x<<32|0x30303030)
		i += 4
	}
	return digits(b, i, v)
}

// eightDigits tells whether eight bytes are all digits.
func eightDigits(x uint64) bool {
	const high, zeros, six = 0xf0f0f0f0f0f0f0f0, 0x3030303030303030, 0x0606060606060606
	return x&high == zeros && (x+six)&high == zeros
}

// parseEight is the number that eight digits write: pairs of digits, then of
// pairs, then of fours are joined in one multiplication each.
func parseEight(x uint64) uint64 {
	x = (x & 0x0f0f0f0f0f0f0f0f) * (10<<8 + 1) >> 8
	x = (x & 0x00ff00ff00ff00ff) * (100<<16 + 1) >> 16
	return (x & 0x0000ffff0000ffff) * (10_000<<32 + 1) >> 32
}

// scanWhole reads a plain integer of up to 18 digits.
func scanWhole(b []byte, i int) (v int64, next int) {
	negative := b[i] == '-'
	if negative {
		i++
	}
	u, next := manyDigits(b, i)
	if n := next - i; n == 0 || n > 18 || b[i] == '0' && (n > 1 || negative) {
		return 0, -1
	}
	if negative {
		return -int64(u), next
	}
	return int64(u), next
}

// number is a plain number: a long, or a double that is finite.
type number struct {
	long   int64
	double float64
	kind   rowKind
}

// scanNumber reads a plain number: an integer of up to 18 digits, or a number
// with a point.
func scanNumber(b []byte, i int) (v number, next int) {
	start, negative := i, b[i] == '-'
	if negative {
		i++
	}
	u, point := digits(b, i, 0)
	n := point - i
	if n == 0 || n > 1 && b[i] == '0' {
		return v, -1
	}
	if b[point] != '.' {
		if n > 18 || negative && u == 0 || b[point]|0x20 == 'e' {
			return v, -1
		}
		if v.long = int64(u); negative {
			v.long = -v.long
		}
		return v, point
	}
	v.kind = rowDouble
	u, next = digits(b, point+1, u)
	fraction := next - point - 1
	if fraction == 0 {
		return v, -1
	}
	if b[next]|0x20 == 'e' || n+fraction > 19 || u >= 1<<53 {
		v.double, next = scanSlowly(b, start, next)
		return v, next
	}
	if v.double = float64(u) / tens[fraction]; negative {
		v.double = -v.double
	}
	return v, next
}

// tens are the powers of ten that a double holds exactly. A quotient of two such
// numbers is rounded once, and so is the double nearest to the decimal.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	1e16, 1e17, 1e18, 1e19}

// scanSlowly reads the number with a point at start whose digits end at i,
// together with its exponent.
func scanSlowly(b []byte, start, i int) (v float64, next int) {
	if b[i]|0x20 == 'e' {
		i++
		if b[i] == '+' || b[i] == '-' {
			i++
		}
		from := i
		if _, i = digits(b, i, 0); i == from {
			return 0, -1
		}
	}
	if i-start > longestPlain {
		return 0, -1
	}
	v, err := strconv.ParseFloat(string(b[start:i]), 64)
	if err != nil || v-v != 0 {
		return 0, -1
	}
	return v, i
}

// scanRows reads the plain data points of an array at i, whose first element
// comes without a comma, and tells where the last one ended and how many there
// were.
func scanRows(b []byte, i int, first bool, r *rows) (next, n int) {
	var page *rowPage
	for ; ; n++ {
		j := blank(b, i)
		if !first || n > 0 {
			if b[j] != ',' {
				return i, n
			}
			j = blank(b, j+1)
		}
		if b[j] != '[' {
			return i, n
		}
		at, j := scanWhole(b, blank(b, j+1))
		if j < 0 {
			return i, n
		}
		if j = blank(b, j); b[j] != ',' {
			return i, n
		}
		v, j := scanNumber(b, blank(b, j+1))
		if j < 0 {
			return i, n
		}
		if j = blank(b, j); b[j] != ']' {
			return i, n
		}
		if page == nil || page.n == pageRows {
			page = r.page()
		}
		r.doubles = r.doubles || v.kind == rowDouble
		page.add(at, v)
		i = j + 1
	}
}
