package transfer

import (
	"errors"
	"math"
	"strconv"

	"aion/storage/points"
)

// Why a point is refused.
var (
	errNotFinite = errors.New("NaN and infinity are not stored")
	errNoTime    = errors.New("its time is no whole number of milliseconds")
)

// exactDigits is how many digits a mantissa may have that surely is an exact
// double, and exactPower the highest power of ten that is one.
const (
	exactDigits = 15
	exactPower  = 22
)

// tens are the powers of ten that are exact doubles.
var tens = [exactPower + 1]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// plainPoint is a point in the form that exports have: brackets around a time, a
// number and the name of its type, or none, with nothing else between.
type plainPoint struct {
	at    int64
	long  int64
	float float64
	isInt bool
}

// plain reads a point of that form that lies in raw as a whole and tells its
// length; 0: there is none, or it needs a closer look. Without a type's name a
// number is what it looks like, unless the line says otherwise.
func (p *plainPoint) plain(raw []byte, typed bool) int {
	if len(raw) < 5 || raw[0] != '[' {
		return 0
	}
	at, n := digits(raw[1:])
	i := 1 + n
	if n == 0 || i >= len(raw) || raw[i] != ',' {
		return 0
	}
	from := i + 1
	mantissa, n := digits(raw[from:])
	if n == 0 {
		return 0
	}
	i, places := from+n, 0
	if i < len(raw) && raw[i] == '.' {
		if mantissa, places = fraction(raw, i, from, mantissa); places == 0 {
			return 0
		}
		i += 1 + places
	}
	isInt, length := ending(raw[i:], places == 0, typed)
	minusZero := mantissa == 0 && raw[from] == '-'
	inexact := !isInt && (mantissa > 1<<53 || mantissa < -1<<53)
	if length == 0 || isInt && places > 0 || minusZero || inexact {
		return 0
	}
	p.at, p.isInt, p.long, p.float = at, isInt, mantissa, float64(mantissa)/tens[places]
	return i + length
}

// digits reads a whole number of at most 18 digits and tells its length; 0:
// there is none, or a longer one, or one with a zero before it.
func digits(raw []byte) (v int64, n int) {
	i, negative := 0, false
	if len(raw) > 0 && raw[0] == '-' {
		negative, i = true, 1
	}
	from := i
	for ; i < len(raw) && i-from < 19; i++ {
		c := raw[i] - '0'
		if c > 9 {
			break
		}
		v = v*10 + int64(c)
	}
	if i == from || i-from > 18 || i == len(raw) || raw[from] == '0' && i-from > 1 {
		return 0, 0
	}
	if negative {
		v = -v
	}
	return v, i
}

// fraction goes on with a number that begins at from and has that value before its dot and
// tells how many places it has; 0: none, or too many to be exact.
func fraction(raw []byte, dot, from int, v int64) (mantissa int64, places int) {
	negative := raw[from] == '-'
	for i := dot + 1; i < len(raw); i++ {
		c := raw[i] - '0'
		if c > 9 {
			break
		}
		if i-from > exactDigits+1 {
			return 0, 0
		}
		if v *= 10; negative {
			v -= int64(c)
		} else {
			v += int64(c)
		}
		places++
	}
	return v, places
}

// ending reads what follows the number of a point, and tells whether the number
// is a long and how long the ending is; 0: it is none of those expected.
func ending(raw []byte, looksInt, typed bool) (isInt bool, n int) {
	const long, double = `,"long"]`, `,"double"]`
	switch {
	case len(raw) >= len(double) && string(raw[:len(double)]) == double:
		return false, len(double)
	case len(raw) >= len(long) && string(raw[:len(long)]) == long:
		return true, len(long)
	case len(raw) > 0 && raw[0] == ']' && !typed:
		return looksInt, 1
	}
	return false, 0
}

// number reads a number as it is written: whole ones are longs if they fit, all
// others doubles.
func number(word string) (long int64, float float64, isInt bool, err error) {
	if v, err := strconv.ParseInt(word, 10, 64); err == nil && word != "-0" {
		return v, 0, true, nil
	}
	v, err := double(word)
	return 0, v, false, err
}

// double reads a double as it is written, in Java's words, too.
func double(word string) (float64, error) {
	v, err := strconv.ParseFloat(word, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, malformed("%.40q is no number", word)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, errNotFinite
	}
	return v, nil
}

// value is a value of a file before its type is looked at.
type value struct {
	text   string // of a text, or a word as it is written
	quoted bool
	real   float64 // of a complex number
	imag   float64
	object bool // it is a complex number
}

// long is the value as a long.
func (v *value) long() (int64, error) {
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || v.object {
		return 0, malformed("%.40q is no long", v.text)
	}
	return n, nil
}

// kindOf is the name of the type that a value without one has; empty: none.
func (v *value) kindOf() string {
	switch {
	case v.object:
		return complexName
	case v.quoted:
		return textName
	case v.text == "null":
		return nullName
	case v.text == "true" || v.text == "false":
		return textName
	}
	if _, _, isInt, err := number(v.text); err == nil && isInt {
		return longName
	}
	return doubleName
}

// finite tells whether a double can be stored.
func finite(v float64) bool { return v-v == 0 }

// stored is the key of the series of a type.
func stored(key points.Key, typ string) points.Key {
	key.Type = storedType(typ)
	return key
}
