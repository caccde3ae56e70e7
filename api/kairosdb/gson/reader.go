package gson

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// window is how many bytes of a source a Reader holds at a time; longestNumber
// is where Gson gives up on a number and takes it for a text.
const (
	window        = 2 << 10
	longestNumber = 1024
)

// Reader reads a JSON text token by token, like Gson's JsonReader. It serves
// one goroutine. After an error its state is Gson's: most errors come again,
// and a number that does not parse can still be read as a text.
type Reader struct {
	o   Options
	src io.Reader // nil where buf is the whole source
	err error     // what src ended with

	buf      []byte
	pos, end int

	line   int
	lineAt int // where in buf the line begins, or where buf begins
	before int // UTF-16 units of the line that have left buf

	stack  []frame
	peeked peeked
	long   int64  // of peekedLong
	digits int    // of peekedNumber: how many bytes it has
	text   string // of peekedBuffered

	together bool // texts are kept in texts
	texts    texts
	rooms    rooms
	open     bool // the last null that was peeked is none: nothing stands between a separator and the end of the array
}

// scope says where in the text a frame stands.
type scope uint8

// The scopes. One is full behind its first element; a name dangles until its
// value comes.
const (
	emptyDocument scope = iota
	fullDocument
	emptyArray
	fullArray
	emptyObject
	danglingName
	fullObject
)

// frame is one level of nesting.
type frame struct {
	scope scope
	name  string
	index int
}

// peeked is the token that has been looked at and not taken yet.
type peeked uint8

// The tokens. Texts and names are told apart by their quotes: single, double or
// none; a long fits 64 bits, and the text of a buffered value has been read.
const (
	nothing peeked = iota
	peekedBeginObject
	peekedEndObject
	peekedBeginArray
	peekedEndArray
	peekedTrue
	peekedFalse
	peekedNull
	peekedSingle
	peekedDouble
	peekedBare
	peekedBuffered
	peekedSingleName
	peekedDoubleName
	peekedBareName
	peekedLong
	peekedNumber
	peekedEnd
)

// NewReader reads src through a window of a few kilobytes.
func NewReader(src io.Reader, o Options) *Reader {
	r := newReader(o)
	r.src, r.buf = src, make([]byte, window)
	return r
}

// newReader is a Reader without a text.
func newReader(o Options) *Reader {
	r := blank(o, make([]frame, 1, 8))
	return &r
}

// blank is a Reader without a text that has a stack of one frame, which is empty.
func blank(o Options, stack []frame) Reader {
	o.Line, o.Column = max(o.Line, 1), max(o.Column, 1)
	if o.Path == "" {
		o.Path = "$"
	}
	if o.Depth <= 0 {
		o.Depth = 255
	}
	return Reader{o: o, line: o.Line, before: o.Column - 1, stack: stack}
}

// SetLenient switches leniency on or off from the next token on.
func (r *Reader) SetLenient(on bool) { r.o.Lenient = on }

// Lenient tells whether the reader is lenient.
func (r *Reader) Lenient() bool { return r.o.Lenient }

// Line is the number of the line at which the reader stands, counted from 1.
func (r *Reader) Line() int { return r.line }

// Column is the number of the next UTF-16 unit on its line, counted from 1.
func (r *Reader) Column() int { return r.before + units(r.buf[r.lineAt:r.pos]) + 1 }

// Path names what is being read: $.metrics[0].name.
func (r *Reader) Path() string {
	var b strings.Builder
	b.WriteString(r.o.Path)
	for i := range r.stack {
		switch f := &r.stack[i]; f.scope {
		case emptyArray, fullArray:
			b.WriteString("[" + strconv.Itoa(f.index) + "]")
		case emptyObject, danglingName, fullObject:
			b.WriteString("." + f.name)
		}
	}
	return b.String()
}

// fill makes n bytes ready from pos on, unless the source ends before.
func (r *Reader) fill(n int) bool { return r.end-r.pos >= n || r.read(n) }

// read is fill where the window has too little.
func (r *Reader) read(n int) bool {
	for r.end-r.pos < n {
		if r.src == nil || r.err != nil {
			return false
		}
		r.slide()
		m, err := r.src.Read(r.buf[r.end:])
		r.end, r.err = r.end+m, err
	}
	return true
}

// slide drops what has been read from the window, but for the beginning of a
// character whose end is still to come.
func (r *Reader) slide() {
	keep := r.pos
	for back := 1; back < utf8.UTFMax && r.pos-back >= r.lineAt; back++ {
		if utf8.RuneStart(r.buf[r.pos-back]) {
			if _, more := sequence(r.buf[r.pos-back : r.pos]); more {
				keep = r.pos - back
			}
			break
		}
	}
	r.before += units(r.buf[r.lineAt:keep])
	r.end = copy(r.buf, r.buf[keep:r.end])
	r.pos, r.lineAt = r.pos-keep, 0
}

// newline says that pos is the first byte of another line.
func (r *Reader) newline() { r.line, r.lineAt, r.before = r.line+1, r.pos, 0 }

// units counts the UTF-16 units of a text. A character that is cut off counts
// with its first byte, each of two invalid bytes for itself.
func units(text []byte) int {
	n := 0
	for i := 0; i < len(text); {
		if len(text)-i >= 8 && binary.LittleEndian.Uint64(text[i:])&0x8080808080808080 == 0 {
			i, n = i+8, n+8
			continue
		}
		if text[i] < utf8.RuneSelf {
			i, n = i+1, n+1
			continue
		}
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size == 1 {
			size = invalid(text[i:])
		}
		i, n = i+size, n+1
		if c > 0xffff {
			n++
		}
	}
	return n
}

// fail makes an error that names the place, or tells what is wrong with the
// source where that is the reason.
func (r *Reader) fail(class, message string) error {
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return r.err
	}
	return &Error{Class: class, Message: message + r.place()}
}

// place is the end of a message.
func (r *Reader) place() string {
	s := " at line " + strconv.Itoa(r.line) + " column " + strconv.Itoa(r.Column())
	if !r.o.Old {
		s += " path " + r.Path()
	}
	return s
}

// malformed is a syntax error.
func (r *Reader) malformed(message string) error { return r.fail(Malformed, message) }

// needLenient is an error unless the reader is lenient.
func (r *Reader) needLenient() error {
	if r.o.Lenient {
		return nil
	}
	return r.malformed("Use JsonReader.setLenient(true) to accept malformed JSON")
}

// top is the innermost frame.
func (r *Reader) top() *frame { return &r.stack[len(r.stack)-1] }

// push begins an array or object.
func (r *Reader) push(s scope) error {
	if len(r.stack) > r.o.Depth {
		return r.malformed("Nesting limit " + strconv.Itoa(r.o.Depth) + " reached")
	}
	r.stack = append(r.stack, frame{scope: s})
	return nil
}

// pop ends an array or object.
func (r *Reader) pop() { r.stack = r.stack[:len(r.stack)-1] }
