package transfer

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a text.
func (s *scanner) text() (string, error) {
	if err := s.take('"'); err != nil {
		return "", err
	}
	raw, escaped, err := s.rawText()
	if err != nil {
		return "", err
	}
	if !escaped {
		return strings.ToValidUTF8(string(raw), "\ufffd"), nil
	}
	return unescaped(raw)
}

// rawText reads up to the quote that ends a text. What it answers is good until
// the scanner is used again.
func (s *scanner) rawText() (raw []byte, escaped bool, err error) {
	from, i := s.pos, s.pos
	for {
		for ; i < s.end; i++ {
			switch c := s.buf[i]; {
			case c == '"':
				s.pos = i + 1
				return s.buf[from:i], escaped, nil
			case c == '\\':
				escaped = true
				i++
			case c < ' ':
				s.pos = i
				return nil, false, malformed("a text holds the control character %#02x", c)
			}
		}
		if i-from > maxToken {
			return nil, false, malformed("a text is longer than %d bytes", maxToken)
		}
		s.pos = from
		n, more := i-from, s.fill(from)
		if from, i = s.pos, s.pos+n; !more {
			s.pos = s.end
			return nil, false, s.cut()
		}
	}
}

// unescaped is a text with escapes as it is meant. The half of a pair becomes
// U+FFFD.
func unescaped(raw []byte) (string, error) {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			out = append(out, raw...)
			break
		}
		out = append(out, raw[:i]...)
		var r rune
		var err error
		if r, raw, err = escape(raw[i+1:]); err != nil {
			return "", err
		}
		out = utf8.AppendRune(out, r)
	}
	return strings.ToValidUTF8(string(out), "\ufffd"), nil
}

// escape reads what follows a backslash.
func escape(raw []byte) (r rune, rest []byte, err error) {
	if len(raw) == 0 {
		return 0, nil, malformed("a text ends with a backslash")
	}
	switch c := raw[0]; c {
	case '"', '\\', '/', '\'':
		return rune(c), raw[1:], nil
	case 'b', 'f', 'n', 'r', 't':
		return rune("\b\f\n\r\t"[strings.IndexByte("bfnrt", c)]), raw[1:], nil
	case 'u':
		if r, err = unit(raw); err != nil {
			return 0, nil, err
		}
		raw = raw[5:]
		if utf16.IsSurrogate(r) && len(raw) > 5 && raw[0] == '\\' && raw[1] == 'u' {
			low, err := unit(raw[1:])
			if err != nil {
				return 0, nil, err
			}
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return both, raw[6:], nil
			}
		}
		return r, raw, nil
	}
	return 0, nil, malformed("a text holds the escape \\%c", raw[0])
}

// unit reads a u and four hexadecimal digits.
func unit(raw []byte) (rune, error) {
	if len(raw) < 5 {
		return 0, malformed("an escape is cut")
	}
	v, err := strconv.ParseUint(string(raw[1:5]), 16, 16)
	if err != nil {
		return 0, malformed("a text holds the escape \\%s", raw[:5])
	}
	return rune(v), nil
}
