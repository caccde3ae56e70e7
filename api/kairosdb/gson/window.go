package gson

import (
	"bytes"
	"io"
)

// Reset makes r, which NewReader has made, a reader of another source.
func (r *Reader) Reset(src io.Reader, o Options) {
	buf, stack, made := r.buf, r.stack[:cap(r.stack)], r.rooms
	clear(stack) // which may refer to the text before
	*r = blank(o, stack[:1])
	r.src, r.buf, r.rooms = src, buf, made
	r.rooms.empty()
}

// InArray places r, which has read nothing yet, within an array behind that
// many elements: what its source begins with is another element behind its
// comma, or the array's end.
func (r *Reader) InArray(elements int) error {
	r.top().scope = fullDocument
	if err := r.push(emptyArray); err != nil {
		return err
	}
	if elements > 0 {
		r.top().scope, r.top().index = fullArray, elements
	}
	return nil
}

// Window is what r has at hand of the text and has not read. It is valid until
// the next call. Between the elements of an array it begins behind the last one.
func (r *Reader) Window() []byte { return r.buf[r.pos:r.end] }

// Advance takes n bytes of Window, which the caller knows to hold that many
// elements of the array that r is in, with the commas before them. Where there
// are none, nothing is taken.
func (r *Reader) Advance(n, elements int) {
	if elements == 0 {
		return
	}
	to := r.pos + n
	for {
		i := bytes.IndexByte(r.buf[r.pos:to], '\n')
		if i < 0 {
			break
		}
		r.pos += i + 1
		r.newline()
	}
	r.pos = to
	r.top().scope = fullArray
	r.top().index += elements
}
