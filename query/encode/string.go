package encode

import "unicode/utf8"

// hexDigits are those of org.json, in lower case.
const hexDigits = "0123456789abcdef"

// AppendString writes s between quotes, escaped as org.json's JSONObject.quote
// does: beside what JSON asks for, the characters U+0080 to U+009F and U+2000 to
// U+20FF, and a slash that follows a less-than sign. The half of a UTF-16 pair,
// which texts may hold in three bytes, becomes a question mark, as Java writes
// it; other bytes that are no UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain(c) && (c != '/' || i == 0 || s[i-1] != '<') {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[from:i]...), rune(c))
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			if half(s[i:]) {
				r, n = '?', 3
			}
			dst = utf8.AppendRune(append(dst, s[from:i]...), r)
			from = i + n
		} else if r < 0xa0 || r >= 0x2000 && r < 0x2100 {
			dst = appendEscape(append(dst, s[from:i]...), r)
			from = i + n
		}
		i += n
	}
	return append(append(dst, s[from:]...), '"')
}

// half tells whether s begins with the half of a UTF-16 pair in three bytes.
func half(s string) bool {
	return len(s) >= 3 && s[0] == 0xed && 0xa0 <= s[1] && s[1] <= 0xbf && s[2]&0xc0 == 0x80
}

// plain tells whether an ASCII character needs no escape.
func plain(c byte) bool { return c >= ' ' && c != '"' && c != '\\' }

// appendEscape writes the escape of r, which is below U+10000.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\', '/':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
