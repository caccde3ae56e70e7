package codec

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"aion/storage/points"
)

// maxText is the most bytes that a text has in modified UTF-8.
const maxText = 65535

// replacement is U+FFFD, which takes the place of what is no text.
const replacement = "\ufffd"

// AppendText adds a text as Java's writeUTF does: its length in two bytes, then
// modified UTF-8, in which U+0000 has two bytes and a character beyond U+FFFF
// is a pair of surrogates of three bytes each.
//
// A surrogate without its other half, which KairosDB stores and no UTF-8 can
// hold, stands in s as its three bytes, as AppendPoint leaves it. Any other byte
// of s that is not UTF-8 becomes U+FFFD, as Java's decoder would have made it;
// our JSON does that before. A text that gets longer than 65,535 bytes is a
// points.InvalidError and leaves dst as it is.
func AppendText(dst []byte, s string) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0)
	if plain(s) {
		dst = append(dst, s...)
	} else {
		dst = appendModified(dst, s)
	}
	n := len(dst) - start - 2
	if n > maxText {
		return dst[:start], tooLong(n)
	}
	binary.BigEndian.PutUint16(dst[start:], uint16(n))
	return dst, nil
}

// CheckText is the error that AppendText has for s, or nil.
func CheckText(s string) error {
	if len(s) <= maxText/3 {
		return nil // no byte becomes more than three
	}
	n := len(s)
	if !plain(s) {
		n = len(appendModified(make([]byte, 0, len(s)+len(s)/2), s))
	}
	if n > maxText {
		return tooLong(n)
	}
	return nil
}

// tooLong is the error for a text of n bytes.
func tooLong(n int) error {
	return points.Invalid("a text of %d bytes is longer than the %d that can be stored", n, maxText)
}

// plain tells whether UTF-8 and modified UTF-8 are the same for s: it has
// neither U+0000 nor anything beyond U+FFFF and is valid.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c == 0 || beyond(c) {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(s)
}

// appendModified adds s in modified UTF-8, without a length.
func appendModified(dst []byte, s string) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == 0:
			dst = append(dst, 0xc0, 0x80)
		case r > 0xffff:
			dst = appendUnit(appendUnit(dst, 0xd800+(r-0x10000)>>10), 0xdc00+(r-0x10000)&0x3ff)
		case size == 1 && r == utf8.RuneError && surrogate(s):
			size = 3
			dst = append(dst, s[:size]...)
		case size == 1 && r == utf8.RuneError:
			dst = append(dst, replacement...)
		default:
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return dst
}

// appendUnit adds a surrogate in three bytes.
func appendUnit(dst []byte, r rune) []byte {
	return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0xbf, 0x80|byte(r)&0xbf)
}

// surrogate tells whether s begins with the three bytes of a surrogate.
func surrogate[T string | []byte](s T) bool {
	return len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && s[2]&0xc0 == 0x80
}

// parseText is the text behind its length. It shares no memory with b.
func parseText(b []byte) (string, error) {
	if len(b) < 2 || int(binary.BigEndian.Uint16(b)) != len(b)-2 {
		return "", corrupt("a text of %d bytes is not as long as it says", len(b))
	}
	b = b[2:]
	if utf8.Valid(b) && !slices.ContainsFunc(b, beyond) {
		return string(b), nil
	}
	return parseModified(b)
}

// beyond tells whether a byte begins a character beyond U+FFFF in UTF-8.
func beyond(c byte) bool { return c >= 0xf0 }

// parseModified is the text of modified UTF-8 as Java's readUTF accepts it:
// forms longer than need be among it. Halves of a pair become one character.
func parseModified(b []byte) (string, error) {
	var s strings.Builder
	s.Grow(len(b))
	for i := 0; i < len(b); {
		unit, size := parseUnit(b[i:])
		if size == 0 {
			return "", corrupt("byte %d of a text is no modified UTF-8", i)
		}
		i += size
		if low, n := parseUnit(b[i:]); unit>>10 == 0xd800>>10 && n == 3 && low>>10 == 0xdc00>>10 {
			s.WriteRune(0x10000 + (unit-0xd800)<<10 + (low - 0xdc00))
			i += n
		} else if unit>>11 == 0xd800>>11 {
			s.Write(b[i-size : i])
		} else {
			s.WriteRune(unit)
		}
	}
	return s.String(), nil
}

// parseUnit is the UTF-16 code unit that b begins with and how many bytes it
// has; none is no unit.
func parseUnit(b []byte) (unit rune, size int) {
	switch {
	case len(b) == 0:
		return 0, 0
	case b[0] < 0x80:
		return rune(b[0]), 1
	case b[0]>>5 == 0b110 && len(b) >= 2 && b[1]>>6 == 0b10:
		return rune(b[0]&0x1f)<<6 | rune(b[1]&0x3f), 2
	case b[0]>>4 == 0b1110 && len(b) >= 3 && b[1]>>6 == 0b10 && b[2]>>6 == 0b10:
		return rune(b[0]&0x0f)<<12 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f), 3
	}
	return 0, 0
}

// corrupt is a points.ErrCorrupt that says what is wrong.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{points.ErrCorrupt}, args...)...)
}
