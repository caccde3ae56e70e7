package gson

import "math"

// part says which part of a number has been read last.
type part uint8

// The parts, in the order in which a number has them.
const (
	noPart part = iota
	signPart
	digitPart
	pointPart
	fractionPart
	exponentPart
	exponentSign
	exponentDigit
)

// step is the part that c is behind last, or not ok where c ends or spoils the
// number.
func (last part) step(c byte) (part, bool) {
	switch {
	case c == '-' && last == noPart:
		return signPart, true
	case (c == '-' || c == '+') && last == exponentPart:
		return exponentSign, true
	case c == '.' && last == digitPart:
		return pointPart, true
	case (c == 'e' || c == 'E') && (last == digitPart || last == fractionPart):
		return exponentPart, true
	case c < '0' || c > '9':
		return last, false
	}
	switch last {
	case noPart, signPart, digitPart:
		return digitPart, true
	case pointPart, fractionPart:
		return fractionPart, true
	}
	return exponentDigit, true
}

// whole tells whether a number may end with that part.
func (last part) whole() bool {
	return last == digitPart || last == fractionPart || last == exponentDigit
}

// number looks at a number. One that fits 64 bits and has neither point nor
// exponent is taken; of another one only the length is noted.
func (r *Reader) number() (peeked, error) {
	var v integer
	last, n := noPart, 0
	for ; r.fill(n + 1); n++ {
		if n == longestNumber {
			return nothing, nil
		}
		c := r.buf[r.pos+n]
		to, ok := last.step(c)
		if !ok {
			if c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E' || '0' <= c && c <= '9' {
				return nothing, nil
			}
			if literal, err := r.literal(c); literal || err != nil {
				return nothing, err
			}
			break
		}
		if to == digitPart && !v.add(c, last == digitPart) {
			return nothing, nil
		}
		last = to
	}
	negative := n > 0 && r.buf[r.pos] == '-'
	if last == digitPart && v.fits(negative, r.o.Old) {
		r.long, r.pos = v.signed(negative), r.pos+n
		return peekedLong, nil
	}
	if !last.whole() {
		return nothing, nil
	}
	r.digits = n
	return peekedNumber, nil
}

// integer gathers the digits of a number below zero, as Gson does, because the
// smallest number has no positive twin.
type integer struct {
	value int64
	over  bool
}

// add takes a digit; more says that there were digits before. It is not ok
// behind a leading zero.
func (v *integer) add(c byte, more bool) bool {
	d := int64(c - '0')
	if more && v.value == 0 {
		return false
	}
	v.over = v.over || v.value < (math.MinInt64+d)/10
	v.value = v.value*10 - d
	return true
}

// fits tells whether the number is one of 64 bits. A negative zero is not, but
// for old gson.
func (v *integer) fits(negative, old bool) bool {
	return !v.over && (v.value != math.MinInt64 || negative) && (v.value != 0 || !negative || old)
}

// signed is the number.
func (v *integer) signed(negative bool) int64 {
	if negative {
		return v.value
	}
	return -v.value
}
