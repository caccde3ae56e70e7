package stream

import (
	"bytes"
	"math"
	"strconv"
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
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	var n uint64
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
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
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
	if n := len(plain); n > 0 && bytes.IndexByte([]byte("dDfF"), plain[n-1]) >= 0 {
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
