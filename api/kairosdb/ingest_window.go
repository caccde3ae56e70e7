package kairosdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"aion/api/kairosdb/gson"
)

// The sizes of a window: what it holds of a body, at least twice what it keeps;
// what stands behind that as zeros for scanners that look ahead; and what it
// keeps of the bytes that an exact reader has been given, which is more than
// such a reader holds.
const (
	windowSize = 256 << 10
	windowPad  = 16
	windowKeep = 16 << 10
)

// window is the part of a body that is being looked at. The scanner works on
// its bytes; a gson.Reader reads on through it and gives back what it has not
// used, so that the two can take turns.
type window struct {
	src      io.Reader
	err      error  // what src ended with
	buf      []byte // buf[pos:end] is unread; zeros follow
	pos, end int

	mark         int // buf[mark], at or before pos, is at line and column
	line, column int
	given        int // up to where the exact reader has been given buf
	exact        *gson.Reader
}

// newWindow makes a window of that size.
func newWindow(size int) window {
	return window{buf: make([]byte, size+windowPad), exact: gson.NewReader(nil, gson.Options{})}
}

// size is how many bytes w can hold.
func (w *window) size() int { return len(w.buf) - windowPad }

// reset makes w the beginning of a body.
func (w *window) reset(src io.Reader) {
	*w = window{src: src, buf: w.buf, exact: w.exact, line: 1, column: 1}
}

// more fills the window behind its unread bytes. It is false where there is
// nothing more, or no room for it.
func (w *window) more() bool {
	w.settle()
	w.slide(w.pos)
	had := w.end
	for w.end < w.size() && w.err == nil {
		w.read()
	}
	clear(w.buf[w.end : w.end+windowPad])
	return w.end > had
}

// read reads once.
func (w *window) read() {
	n, err := w.src.Read(w.buf[w.end:w.size()])
	w.end, w.err = w.end+n, err
}

// slide drops the bytes before from.
func (w *window) slide(from int) {
	w.end = copy(w.buf, w.buf[from:w.end])
	w.pos, w.mark = w.pos-from, w.mark-from
}

// settle reckons line and column up to pos.
func (w *window) settle() {
	text := w.buf[w.mark:w.pos]
	w.mark = w.pos
	if n := bytes.Count(text, []byte{'\n'}); n > 0 {
		w.line, w.column = w.line+n, 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	w.column += utf16Units(text)
}

// utf16Units counts the UTF-16 units of a text that is valid UTF-8: one for each
// first byte of a character, and one more for those of four bytes.
func utf16Units(text []byte) int {
	n := len(text)
	for len(text) >= 64 {
		if some := (*[64]byte)(text); !allASCII(some) {
			n += beyondASCII(some[:])
		}
		text = text[64:]
	}
	return n + beyondASCII(text)
}

// allASCII tells whether all bytes are ASCII.
func allASCII(b *[64]byte) bool {
	var all uint64
	for i := 0; i < len(b); i += 16 {
		all |= binary.LittleEndian.Uint64(b[i:i+8]) | binary.LittleEndian.Uint64(b[i+8:i+16])
	}
	return all&0x8080808080808080 == 0
}

// beyondASCII is how many more UTF-16 units than bytes a text has.
func beyondASCII(text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case c&0xc0 == 0x80:
			n--
		case c >= 0xf0:
			n++
		}
	}
	return n
}

// lend is the exact reader of the window from pos on, which knows where that is.
func (w *window) lend(o gson.Options) *gson.Reader {
	w.settle()
	w.given = w.pos
	o.Line, o.Column = w.line, w.column
	w.exact.Reset((*lentWindow)(w), o)
	return w.exact
}

// resume goes on behind what the exact reader has read.
func (w *window) resume() {
	w.pos = w.given - len(w.exact.Window())
	w.mark, w.line, w.column = w.pos, w.exact.Line(), w.exact.Column()
}

// lentWindow is a window as the source of an exact reader.
type lentWindow window

// Read gives what stands in the window and then reads on.
func (l *lentWindow) Read(p []byte) (int, error) {
	w := (*window)(l)
	if w.given == w.end {
		if w.err != nil {
			return 0, w.err
		}
		if w.end == w.size() {
			w.slide(w.end - windowKeep)
			w.given = w.end
		}
		w.read()
		clear(w.buf[w.end : w.end+windowPad])
	}
	n := copy(p, w.buf[w.given:w.end])
	w.given += n
	if n == 0 && w.err != nil && !errors.Is(w.err, io.EOF) {
		return 0, w.err
	}
	return n, nil
}
