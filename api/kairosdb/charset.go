package kairosdb

import (
	"io"
	"strings"
	"unicode/utf8"
)

// charsets are the encodings of one byte a character that are turned into UTF-8,
// under the names that Java knows them by. A text in any other is taken as UTF-8.
var charsets = map[string]charset{
	"iso-8859-1": latin1, "iso8859-1": latin1, "iso8859_1": latin1, "iso_8859-1": latin1, "latin1": latin1, "l1": latin1,
	"us-ascii": ascii, "ascii": ascii, "windows-1252": windows, "cp1252": windows,
}

// charset tells which character a byte is.
type charset func(byte) rune

// latin1 is ISO-8859-1, the beginning of Unicode.
func latin1(c byte) rune { return rune(c) }

// ascii is US-ASCII. Bytes that it does not have are characters that are broken.
func ascii(c byte) rune {
	if c < 0x80 {
		return rune(c)
	}
	return '\uFFFD'
}

// windows is windows-1252: ISO-8859-1 with letters in place of controls.
func windows(c byte) rune {
	if c < 0x80 || c > 0x9f {
		return rune(c)
	}
	return [...]rune{
		'€', '\uFFFD', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\uFFFD', 'Ž', '\uFFFD',
		'\uFFFD', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\uFFFD', 'ž', 'Ÿ',
	}[c-0x80]
}

// inUTF8 is r, whose text has the charset of that name, as UTF-8.
func inUTF8(r io.Reader, name string) io.Reader {
	if set, ok := charsets[strings.ToLower(name)]; ok {
		return &recoder{src: r, set: set}
	}
	return r
}

// recoder turns the bytes of a charset into UTF-8.
type recoder struct {
	src  io.Reader
	set  charset
	buf  [512]byte
	rest []byte
}

// Read reads on.
func (r *recoder) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		n, err := r.src.Read(r.buf[:])
		if n == 0 {
			return 0, err
		}
		r.rest = r.rest[:0]
		for _, c := range r.buf[:n] {
			r.rest = append(r.rest, string(r.set(c))...)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// encodable is a name as Java's UTF-8 encoder writes it: the half of a UTF-16
// pair, which gson leaves in three bytes, becomes a question mark.
func encodable(s string) string {
	if strings.IndexByte(s, 0xed) < 0 || utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if _, size := utf8.DecodeRuneInString(s[i:]); size > 1 || s[i] != 0xed || len(s)-i < 3 {
			b.WriteString(s[i : i+size])
			i += size
			continue
		}
		b.WriteByte('?')
		i += 3
	}
	return b.String()
}
