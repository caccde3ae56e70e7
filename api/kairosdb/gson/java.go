package gson

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// badNumber is Java's exception for a text that is no number.
func badNumber(text string) error {
	return &Error{Class: NumberText, Message: `For input string: "` + text + `"`}
}

// parseLong reads a text as Java's Long.parseLong does: an optional sign and
// decimal digits of any script.
func parseLong(text string) (int64, error) { return parseInteger(text, 64) }

// parseInt reads a text as Java's Integer.parseInt does.
func parseInt(text string) (int32, error) {
	v, err := parseInteger(text, 32)
	return int32(v), err
}

// parseInteger is parseLong for integers of that many bits.
func parseInteger(text string, bits int) (int64, error) {
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < 0x80
	}
	plain := text
	if !ascii {
		plain = strings.Map(digit, text)
	}
	v, err := strconv.ParseInt(plain, 10, bits)
	if err != nil {
		return 0, badNumber(text)
	}
	return v, nil
}

// digit is c, or the ASCII digit of the same value.
func digit(c rune) rune {
	if !unicode.IsDigit(c) {
		return c
	}
	for _, r := range unicode.Nd.R16 {
		if rune(r.Lo) <= c && c <= rune(r.Hi) {
			return '0' + (c-rune(r.Lo))%10
		}
	}
	for _, r := range unicode.Nd.R32 {
		if rune(r.Lo) <= c && c <= rune(r.Hi) {
			return '0' + (c-rune(r.Lo))%10
		}
	}
	return c
}

// parseDouble reads a text as Java's Double.parseDouble does: blanks around it,
// the suffixes d and f, hexadecimal numbers, NaN and Infinity are taken; a
// number that is too large is infinite.
func parseDouble(text string) (float64, error) {
	t := strings.TrimFunc(text, func(c rune) bool { return c <= ' ' })
	if t == "" {
		return 0, &Error{Class: NumberText, Message: "empty String"}
	}
	body := strings.TrimLeft(t, "+-")
	if len(t)-len(body) > 1 {
		return 0, badNumber(t)
	}
	switch body {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1 - 2*strings.Count(t[:1], "-")), nil
	}
	hex := len(body) > 1 && body[0] == '0' && body[1]|0x20 == 'x'
	if !hex && pointsTwice(body) {
		return 0, &Error{Class: NumberText, Message: "multiple points"}
	}
	return parseFloat(t, body, hex)
}

// parseFloat reads a decimal or hexadecimal number t with a sign that body
// lacks.
func parseFloat(t, body string, hex bool) (float64, error) {
	const suffixes = "dDfF"
	number := t
	if strings.ContainsRune(suffixes, rune(t[len(t)-1])) && (!hex || strings.ContainsAny(body, "pP")) {
		number = t[:len(t)-1]
	}
	for _, c := range []byte(body) {
		if c == '_' || !hex && c > '9' && !strings.ContainsRune("eE"+suffixes, rune(c)) {
			return 0, badNumber(t)
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if errors.Is(err, strconv.ErrSyntax) || hex && !strings.ContainsAny(body, "pP") {
		return 0, badNumber(t)
	}
	return v, nil
}

// pointsTwice tells whether a second point comes before anything that is no
// digit.
func pointsTwice(body string) bool {
	points := 0
	for _, c := range []byte(body) {
		if c == '.' {
			points++
		} else if c < '0' || c > '9' {
			break
		}
	}
	return points > 1
}

// truncate is a JSON number as BigDecimal.longValue gives it: without its
// fraction, modulo 2^64.
func truncate(number string) (int64, error) {
	mantissa, exponent, negative := number, 0, strings.HasPrefix(number, "-")
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		e, err := parseExponent(number[i+1:])
		if err != nil {
			return 0, err
		}
		mantissa, exponent = number[:i], int(e)
	}
	digits, fraction, _ := strings.Cut(strings.TrimLeft(mantissa, "-"), ".")
	digits += fraction
	if scale := len(fraction) - exponent; exponent != 0 && scale != int(int32(scale)) {
		return 0, &Error{Class: NumberText, Message: "Scale out of range."}
	}
	exponent -= len(fraction)
	if exponent < 0 {
		digits, exponent = digits[:max(0, len(digits)+exponent)], 0
	}
	v := wrap(digits, exponent)
	if negative {
		v = -v
	}
	return int64(v), nil
}

// parseExponent reads the exponent of a BigDecimal, which has a sign at most and
// digits.
func parseExponent(text string) (int64, error) {
	if len(strings.TrimLeft(strings.TrimLeft(text, "+-"), "0")) > 10 {
		return 0, &Error{Class: NumberText, Message: "Too many nonzero exponent digits."}
	}
	e, err := strconv.ParseInt(text, 10, 64)
	if err != nil || e != int64(int32(e)) {
		return 0, &Error{Class: NumberText, Message: "Exponent overflow."}
	}
	return e, nil
}

// wrap is digits times a power of ten, modulo 2^64.
func wrap(digits string, exponent int) uint64 {
	var v uint64
	for _, c := range []byte(digits) {
		v = v*10 + uint64(c-'0')
	}
	for range min(exponent, 64) {
		v *= 10
	}
	return v
}
