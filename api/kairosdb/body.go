package kairosdb

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/wire"
)

// body is the body of an answer, compressed if the client likes it so.
// Whoever begins one ends it with finish, or gives it up with drop.
type body struct {
	p    *Protocol
	c    echo.Context
	w    io.Writer
	zip  wire.Zip // to w, given if the client likes it so
	text []byte   // what has been appended and not written yet

	written int64 // of the body
}

// answer gives a success whose body, JSON, fill writes.
func (p *Protocol) answer(c echo.Context, fill func(b *body) error) error {
	return p.answerAs(c, "", fill)
}

// answerAs is answer with a body of another media type, one of several that the
// client may choose from; empty: JSON.
func (p *Protocol) answerAs(c echo.Context, media string, fill func(b *body) error) error {
	b := p.begin(c, media)
	defer b.drop()
	if err := fill(b); err != nil {
		return err
	}
	return b.finish()
}

// begin sets status and headers of a success of a media type; empty: JSON.
func (p *Protocol) begin(c echo.Context, media string) *body {
	p.setA(c)
	b := &body{p: p, c: c, w: c.Response(), text: p.texts.Take()}
	h, method := c.Response().Header(), c.Request().Method
	vary := varyJSON
	if media != "" {
		h.Set(echo.HeaderContentType, media)
		vary = varyTable
	}
	switch {
	case method == http.MethodHead:
		h.Set(echo.HeaderContentLength, "0")
	case method == http.MethodGet || method == http.MethodPost:
		h[echo.HeaderVary] = vary
		if acceptsGzip(c.Request().Header) {
			h.Set(echo.HeaderContentEncoding, "gzip")
			b.zip = p.compressors.Zip(b.w)
		}
	}
	c.Response().WriteHeader(http.StatusOK)
	return b
}

// Write writes p, for those who have a buffer of their own.
func (b *body) Write(p []byte) (int, error) {
	b.written += int64(len(p))
	if b.zip.Given() {
		return b.zip.Write(p)
	}
	return b.w.Write(p)
}

// pass writes the text when it is long enough.
func (b *body) pass() error {
	if len(b.text) < wire.Enough(b.written) {
		return nil
	}
	return b.write()
}

// write writes the text, however short.
func (b *body) write() error {
	_, err := b.Write(b.text)
	return b.sent(err)
}

// sent begins a new text, in other memory if the last one failed with err: a
// connection of HTTP/2 may still read it.
func (b *body) sent(err error) error {
	if b.text = b.text[:0]; err != nil {
		b.text = nil
	}
	return err
}

// flush sends what there is on its way, as far as nothing holds it back, as it does the
// beginning.
func (b *body) flush() error {
	if b.written == 0 {
		return nil
	}
	if err := b.write(); err != nil {
		return err
	}
	if b.zip.Given() {
		if err := b.zip.Flush(); err != nil {
			return err
		}
	}
	b.c.Response().Flush()
	return nil
}

// finish ends a whole body.
func (b *body) finish() error {
	var err error
	if b.zip.Given() {
		err = b.sent(b.zip.End(b.text))
	} else {
		err = b.write()
	}
	b.drop()
	return err
}

// drop gives a body up. Nothing is written that would make it look whole.
func (b *body) drop() {
	b.p.texts.Rest(b.text)
	b.text = nil
	b.zip.Rest()
}

// input is the body of a request that is not ingest, with its limit, as UTF-8.
func (p *Protocol) input(c echo.Context) io.Reader {
	m, _ := contentType(c.Request().Header)
	return inUTF8(wire.Body(c.Response(), c.Request(), "http.max-body", p.MaxBody), m.parameters["charset"])
}
