package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// scanWindow is how many bytes are read at once; a text or number may be
// longer, up to maxToken.
const scanWindow = 256 << 10

// maxToken is how long a text may be.
const maxToken = 64 << 20

// maxNesting is how deep a value that is passed over may be nested.
const maxNesting = 1000

// syntaxError is what is wrong with a line as JSON.
type syntaxError struct{ reason string }

// Error is the reason.
func (e *syntaxError) Error() string { return e.reason }

// malformed makes a syntaxError.
func malformed(format string, args ...any) error {
	return &syntaxError{fmt.Sprintf(format, args...)}
}

// scanner reads JSON from a stream through a window that moves. Line feeds count
// lines; a text that holds one is malformed, so that the next line is always a
// fresh start.
type scanner struct {
	src  io.Reader
	buf  []byte
	pos  int
	end  int
	base int64 // offset in the stream of buf[0]
	line int64
	err  error // of src, io.EOF included
}

// newScanner reads a stream from an offset and a line on.
func newScanner(src io.Reader, offset, line int64) *scanner {
	return &scanner{src: src, buf: make([]byte, scanWindow), base: offset, line: line}
}

// offset is where the scanner stands in the stream.
func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

// fill reads more behind what the window holds from keep on, which may become its
// beginning: pos moves along, other places must be found anew. It answers false
// at the end.
func (s *scanner) fill(keep int) bool {
	if s.err != nil {
		return false
	}
	if keep > 0 {
		copy(s.buf, s.buf[keep:s.end])
		s.base += int64(keep)
		s.pos, s.end = s.pos-keep, s.end-keep
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for tries := 0; tries < 100; tries++ {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		s.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// failed is what a source failed with, or nil at its end.
func (s *scanner) failed() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// peek passes over blanks and tells the byte that follows; ok is false at the
// end of the source.
func (s *scanner) peek() (c byte, ok bool) {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case '\n':
				s.line++
			case ' ', '\t', '\r':
			default:
				return c, true
			}
			s.pos++
		}
		if !s.fill(s.pos) {
			return 0, false
		}
	}
}

// take takes the byte c, which must follow.
func (s *scanner) take(c byte) error {
	got, ok := s.peek()
	if !ok {
		return s.cut()
	}
	if got != c {
		return malformed("got %q where %q must be", got, c)
	}
	s.pos++
	return nil
}

// cut is the error of a value that has no end.
func (s *scanner) cut() error {
	if err := s.failed(); err != nil {
		return err
	}
	return malformed("it ends too early")
}

// more tells whether another element of an array or object that ends with c
// follows, and takes the comma before it. The first element has none.
func (s *scanner) more(c byte, first bool) (bool, error) {
	got, ok := s.peek()
	switch {
	case !ok:
		return false, s.cut()
	case got == c:
		s.pos++
		return false, nil
	case first:
		return true, nil
	}
	return true, s.take(',')
}

// word reads a number, true, false or null as it is written. It is good until
// the scanner is used again.
func (s *scanner) word() ([]byte, error) {
	if _, ok := s.peek(); !ok {
		return nil, s.cut()
	}
	from, i := s.pos, s.pos
	for {
		for ; i < s.end; i++ {
			if c := s.buf[i]; c <= ' ' || c == ',' || c == ']' || c == '}' || c == ':' || c == '"' || c == '[' || c == '{' {
				s.pos = i
				if i == from {
					return nil, malformed("got %q where a value must be", c)
				}
				return s.buf[from:i], nil
			}
		}
		if i-from > maxToken {
			return nil, malformed("a number is longer than %d bytes", maxToken)
		}
		n, more := i-from, s.fill(from)
		if from, i = s.pos, s.pos+n; !more {
			s.pos = s.end
			return s.buf[from:s.end], s.failed()
		}
	}
}

// skip passes over a value.
func (s *scanner) skip(depth int) error {
	c, ok := s.peek()
	switch {
	case !ok:
		return s.cut()
	case depth > maxNesting:
		return malformed("it is nested too deep")
	case c == '"':
		s.pos++
		_, _, err := s.rawText()
		return err
	case c != '[' && c != '{':
		_, err := s.word()
		return err
	}
	s.pos++
	for first := true; ; first = false {
		more, err := s.more(c+2, first) // ] is [+2 and } is {+2
		if !more || err != nil {
			return err
		}
		if c == '{' {
			if err := s.name(); err != nil {
				return err
			}
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
	}
}

// name passes over the name of a member and its colon.
func (s *scanner) name() error {
	if err := s.take('"'); err != nil {
		return err
	}
	if _, _, err := s.rawText(); err != nil {
		return err
	}
	return s.take(':')
}

// nextLine passes over the rest of a line.
func (s *scanner) nextLine() {
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '\n'); i >= 0 {
			s.pos += i + 1
			s.line++
			return
		}
		s.pos = s.end
		if !s.fill(s.pos) {
			return
		}
	}
}
