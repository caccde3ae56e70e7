package gson

import (
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// significant reads over blanks and comments and takes the byte behind them.
func (r *Reader) significant() (byte, error) {
	c, ok, err := r.skipBlank()
	if err == nil && !ok {
		err = r.fail(EndOfFile, "End of input")
	}
	return c, err
}

// skipBlank is significant, but not ok at the end of the source.
func (r *Reader) skipBlank() (c byte, ok bool, err error) {
	for r.fill(1) {
		c := r.buf[r.pos]
		r.pos++
		switch c {
		case '\n':
			r.newline()
		case ' ', '\r', '\t':
		case '/':
			comment, err := r.comment()
			if err != nil || !comment {
				return c, true, err
			}
		case '#':
			if err := r.needLenient(); err != nil {
				return c, true, err
			}
			r.skipLine()
		default:
			return c, true, nil
		}
	}
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return 0, false, r.err
	}
	return 0, false, nil
}

// comment reads over a comment whose slash has been taken, if it is one.
func (r *Reader) comment() (bool, error) {
	r.pos-- // the slash stays in the window, so that it can be given back
	more := r.fill(2)
	r.pos++
	if !more {
		return false, nil
	}
	if err := r.needLenient(); err != nil {
		return false, err
	}
	switch r.buf[r.pos] {
	case '*':
		r.pos++
		return true, r.skipComment()
	case '/':
		r.pos++
		r.skipLine()
		return true, nil
	}
	return false, nil
}

// skipComment reads to behind the end of a comment in slashes and stars.
func (r *Reader) skipComment() error {
	for ; r.fill(2); r.pos++ {
		if r.buf[r.pos] == '\n' {
			r.pos++
			r.newline()
			r.pos--
		} else if r.buf[r.pos] == '*' && r.buf[r.pos+1] == '/' {
			r.pos += 2
			return nil
		}
	}
	return r.malformed("Unterminated comment")
}

// skipLine reads to behind the end of the line.
func (r *Reader) skipLine() {
	for r.fill(1) {
		c := r.buf[r.pos]
		r.pos++
		if c == '\n' {
			r.newline()
			return
		}
		if c == '\r' {
			return
		}
	}
}

// literal tells whether c may stand in a text without quotes. Some characters
// that may not are an error of a strict reader.
func (r *Reader) literal(c byte) (bool, error) {
	switch c {
	case '/', '\\', ';', '#', '=':
		return false, r.needLenient()
	case '{', '}', '[', ']', ':', ',', ' ', '\t', '\f', '\r', '\n':
		return false, nil
	}
	return true, nil
}

// bareText takes a text without quotes.
func (r *Reader) bareText() (string, error) {
	var text []byte
	for r.fill(1) {
		c := r.buf[r.pos]
		ok, err := r.literal(c)
		if err != nil {
			return "", err
		}
		if !ok {
			break
		}
		text = append(text, c)
		r.pos++
		if err := r.checkLength(len(text)); err != nil {
			return "", err
		}
	}
	return r.valid(text), nil
}

// quoted takes a text whose opening quote has been taken.
func (r *Reader) quoted(quote byte) (string, error) {
	if n, ok := plain(r.buf[r.pos:r.end], quote); ok {
		whole := r.buf[r.pos : r.pos+n]
		r.pos += n + 1
		return r.valid(whole), r.checkLength(n)
	}
	var text []byte  // what has been decoded before start
	var halves []int // where text has a half of a pair
	start := r.pos
	for {
		if r.pos == r.end {
			text = append(text, r.buf[start:r.pos]...)
			if err := r.checkLength(len(text)); err != nil {
				return "", err
			}
			if !r.fill(1) {
				return "", r.malformed("Unterminated string")
			}
			start = r.pos
		}
		c := r.buf[r.pos]
		r.pos++
		switch c {
		case quote:
			whole := r.buf[start : r.pos-1]
			if len(text) != 0 {
				whole = append(text, whole...)
			}
			return r.validBut(whole, halves), r.checkLength(len(whole))
		case '\\':
			text = append(text, r.buf[start:r.pos-1]...)
			var err error
			before := len(text)
			if text, err = r.escape(text); err != nil {
				return "", err
			}
			if isHalf(text[before:]) {
				halves = append(halves, before)
			}
			start = r.pos
		case '\n':
			r.newline()
		}
	}
}

// plain counts the bytes before a quote that ends a text. Not ok: there is something
// else to be seen to before it, or the quote is not there yet.
func plain(text []byte, quote byte) (n int, ok bool) {
	for i, c := range text {
		switch c {
		case quote:
			return i, true
		case '\\', '\n':
			return 0, false
		}
	}
	return 0, false
}

// checkLength is an error where a text has more bytes than allowed.
func (r *Reader) checkLength(n int) error {
	if r.o.Token > 0 && n > r.o.Token {
		return r.malformed("String too long")
	}
	return nil
}

// escape reads what follows a backslash and appends what it stands for.
func (r *Reader) escape(dst []byte) ([]byte, error) {
	if !r.fill(1) {
		return nil, r.malformed("Unterminated escape sequence")
	}
	c := r.buf[r.pos]
	r.pos++
	switch c {
	case 'u':
		return r.unicode(dst)
	case 't':
		return append(dst, '\t'), nil
	case 'b':
		return append(dst, '\b'), nil
	case 'n':
		return append(dst, '\n'), nil
	case 'r':
		return append(dst, '\r'), nil
	case 'f':
		return append(dst, '\f'), nil
	case '\n':
		r.newline()
		return append(dst, c), nil
	case '\'', '"', '\\', '/':
		return append(dst, c), nil
	}
	if r.o.Old {
		return append(dst, c), nil
	}
	return nil, r.malformed("Invalid escape sequence")
}

// unicode reads four hexadecimal digits and, where they are the first half of a
// pair, the second half. A half without the other becomes the three bytes that
// UTF-8 would have for it.
func (r *Reader) unicode(dst []byte) ([]byte, error) {
	c, err := r.hex()
	if err != nil {
		return nil, err
	}
	r.pos += 4
	if utf16.IsSurrogate(c) && r.fill(6) && r.buf[r.pos] == '\\' && r.buf[r.pos+1] == 'u' {
		r.pos += 2
		second, err := r.hex()
		if err != nil {
			return nil, err
		}
		if pair := utf16.DecodeRune(c, second); pair != utf8.RuneError {
			r.pos += 4
			return utf8.AppendRune(dst, pair), nil
		}
		r.pos -= 2
	}
	if utf16.IsSurrogate(c) {
		return append(dst, 0xe0|byte(c>>12), 0x80|byte(c>>6)&0x3f, 0x80|byte(c)&0x3f), nil
	}
	return utf8.AppendRune(dst, c), nil
}

// hex reads the four digits that come and does not take them.
func (r *Reader) hex() (rune, error) {
	if !r.fill(4) {
		return 0, r.malformed("Unterminated escape sequence")
	}
	var v rune
	for _, c := range r.buf[r.pos : r.pos+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, &Error{Class: NumberText, Message: `\u` + Valid(r.buf[r.pos:r.pos+4])}
		}
		v = v<<4 | rune(c)
	}
	return v, nil
}
