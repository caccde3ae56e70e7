package stream

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// numberError says in KairosDB's words why a word is no number.
type numberError struct{ problem, word string }

// Error is Java's or KairosDB's message.
func (e *numberError) Error() string { return e.problem + e.word }

// bad is a numberError in the form of KairosDB's Util.parseLong.
func bad(problem string, word []byte) error { return &numberError{problem + ":  ", Text(word)} }

// Long reads an integer as KairosDB's Util.parseLong does: a minus, perhaps, and
// digits.
func Long(word []byte) (int64, error) {
	if len(word) == 0 {
		return 0, &numberError{problem: "String index out of range: 0"}
	}
	digits, negative := word, false
	if word[0] == '-' {
		if digits, negative = word[1:], true; len(digits) == 0 {
			return 0, bad("Missing digits", word)
		}
	}
	n, ok := short(digits)
	if !ok {
		var err error
		if n, err = long(digits, negative, word); err != nil {
			return 0, err
		}
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

// shortDigits is how many digits never are more than a long holds.
const shortDigits = 18

// short reads digits, ok only where they are so few that they fit.
func short(digits []byte) (n uint64, ok bool) {
	if len(digits) > shortDigits {
		return 0, false
	}
	for _, c := range digits {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// long reads digits of word, or tells what is wrong with them.
func long(digits []byte, negative bool, word []byte) (n uint64, err error) {
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	for _, c := range digits {
		d := uint64(c - '0')
		if d > 9 {
			return 0, bad("Malformed", word)
		}
		if n > (limit-d)/10 {
			return 0, bad("Over/underflow", word)
		}
		n = n*10 + d
	}
	return n, nil
}

// Number is what a word says that stands for a value.
type Number struct {
	Long   int64
	Double float64
	IsLong bool
}

// ParseNumber reads a value: a double if it has a point, as Java reads one, else
// an integer. Beyond KairosDB an integer with an exponent is a double. A value
// may come out infinite.
func ParseNumber(word []byte) (Number, error) {
	if v, ok := decimal(word); ok {
		return Number{Double: v}, nil
	}
	if bytes.IndexByte(word, '.') >= 0 {
		v, err := double(word)
		return Number{Double: v}, err
	}
	n, err := Long(word)
	if err != nil && exponent(word) {
		v, err := double(word)
		return Number{Double: v}, err
	}
	return Number{Long: n, IsLong: true}, err
}

// exactDigits is how many digits make a number that surely is an exact double.
const exactDigits = 15

// tens are the powers of ten up to that many digits.
var tens = [exactDigits + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// decimal reads the doubles that most are: digits with a point among them, so
// few that one division rounds as it must. ok is false for all other words.
func decimal(word []byte) (v float64, ok bool) {
	digits := word
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) < 2 || len(digits) > exactDigits+1 {
		return 0, false
	}
	n, places := int64(0), -1
	for i, c := range digits {
		d := c - '0'
		switch {
		case d <= 9:
			n = n*10 + int64(d)
		case c == '.' && places < 0:
			places = len(digits) - 1 - i
		default:
			return 0, false
		}
	}
	if places < 0 {
		return 0, false
	}
	v = float64(n) / tens[places]
	if len(digits) < len(word) {
		v = -v
	}
	return v, true
}

// exponent tells whether a word is digits, e and digits, with signs.
func exponent(word []byte) bool {
	i := bytes.IndexAny(word, "eE")
	return i >= 0 && integer(word[:i]) && integer(word[i+1:])
}

// integer tells whether a word is digits with or without a sign.
func integer(word []byte) bool {
	if len(word) > 0 && (word[0] == '-' || word[0] == '+') {
		word = word[1:]
	}
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) > 0
}

// double reads a number as Java's Double.parseDouble does.
func double(word []byte) (float64, error) {
	plain := Trim(word)
	if n := len(plain); n > 0 && strings.IndexByte("dDfF", plain[n-1]) >= 0 {
		plain = plain[:n-1]
	}
	v, err := strconv.ParseFloat(string(plain), 64)
	if !math.IsInf(v, 0) && err != nil || bytes.ContainsAny(plain, "_inIN") {
		return 0, notDouble(Trim(word))
	}
	return v, nil
}

// notDouble says as Java does why a word is no double.
func notDouble(word []byte) error {
	rest, dots := word, 0
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	for _, c := range rest {
		if c == '.' {
			dots++
		} else if c < '0' || c > '9' {
			break
		}
		if dots > 1 {
			return &numberError{problem: "multiple points"}
		}
	}
	return &numberError{"For input string: ", `"` + Text(word) + `"`}
}
