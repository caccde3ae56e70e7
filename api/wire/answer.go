package wire

import "net/http"

// How much of an answer is written at once: full, and more of it when a long answer is
// under way, as each piece is a few calls of the system and wakes the client.
const (
	full     = 64 << 10
	longFrom = 1 << 20
	longFull = 192 << 10
)

// Enough is from which size on the text of an answer is written of which so many bytes
// were written before.
func Enough(written int64) int {
	if written < longFrom {
		return full
	}
	return longFull
}

// Answer is the body of an answer, growing, which is compressed if the client likes
// it so. The zero value is a text that nobody sends.
type Answer struct {
	Text []byte // what has been appended and not written yet
	w    http.ResponseWriter
	zip  Zip // given if the client likes it so

	written int64
}

// Pass writes the text when it is long enough.
func (a *Answer) Pass() error {
	if len(a.Text) < Enough(a.written) {
		return nil
	}
	return a.write()
}

// write writes the text, however short.
func (a *Answer) write() error {
	var err error
	a.written += int64(len(a.Text))
	if a.zip.Given() {
		_, err = a.zip.Write(a.Text)
	} else {
		_, err = a.w.Write(a.Text)
	}
	return a.sent(err)
}

// end writes what is left of the text, and what ends a whole body.
func (a *Answer) end() error {
	if a.zip.Given() {
		return a.sent(a.zip.End(a.Text))
	}
	return a.write()
}

// sent begins a new text, in other memory if the last one failed with err: a
// connection of HTTP/2 may still read it.
func (a *Answer) sent(err error) error {
	if a.Text = a.Text[:0]; err != nil {
		a.Text = nil
	}
	return err
}

// Answers gives answers, and lends them memory and compressors. The zero value is
// ready.
type Answers struct {
	compressors Compressors
	texts       Texts
}

// Give gives a success of a media type, whose body fill appends. What fill fails
// with is what Give fails with, and leaves the body without an end. The text is
// fill's until it returns. What else than the encoding a client chooses by a header
// stands in Vary before.
func (s *Answers) Give(w http.ResponseWriter, r *http.Request, media string, fill func(*Answer) error) error {
	a := &Answer{w: w, Text: s.texts.Take()}
	defer func() { s.texts.Rest(a.Text) }()
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	if r.Method != http.MethodHead && Accepts(r.Header, "Accept-Encoding", "gzip") {
		h.Set("Content-Encoding", "gzip")
		a.zip = s.compressors.Zip(w)
		defer a.zip.Rest()
	}
	w.WriteHeader(http.StatusOK)
	if err := fill(a); err != nil {
		return err
	}
	return a.end()
}
