package connio

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"aion/api/wire"
	"aion/query/encode"
)

// body is the body of an answer, growing: JSON, compressed if the client likes it
// so.
type body struct {
	c    echo.Context
	zip  *gzip.Writer
	text []byte // what has been appended and not written yet
}

// answer gives a success whose body fill writes.
func (p *Protocol) answer(c echo.Context, fill func(b *body) error) error {
	b := &body{c: c, text: p.texts.take()}
	defer func() { p.texts.rest(b.text) }()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/json; charset=UTF-8")
	h.Set(echo.HeaderCacheControl, "no-cache")
	h.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if c.Request().Method != http.MethodHead && wire.Accepts(c.Request().Header, echo.HeaderAcceptEncoding, "gzip") {
		h.Set(echo.HeaderContentEncoding, "gzip")
		b.zip = p.compressors.Take(c.Response())
		defer p.compressors.Rest(b.zip)
	}
	c.Response().WriteHeader(http.StatusOK)
	if err := fill(b); err != nil {
		return err
	}
	if err := b.write(); err != nil || b.zip == nil {
		return err
	}
	return b.zip.Close()
}

// texts are texts at rest, for answers to be written into. The zero value is ready.
type texts struct{ pool sync.Pool }

// take is a text that is empty and has room.
func (t *texts) take() []byte {
	if text, ok := t.pool.Get().(*[]byte); ok {
		return (*text)[:0]
	}
	return make([]byte, 0, 2*full)
}

// rest lays a text aside, unless it has grown too large to be kept.
func (t *texts) rest(text []byte) {
	if cap(text) <= 4*full {
		t.pool.Put(&text)
	}
}

// put adds what stands as it is.
func (b *body) put(s string) *body {
	b.text = append(b.text, s...)
	return b
}

// string adds a text between quotes.
func (b *body) string(s string) *body {
	b.text = encode.AppendString(b.text, s)
	return b
}

// json adds a value as the library writes it, behind what stands before it.
func (b *body) json(before string, v any) error {
	text, err := json.Marshal(v)
	b.text = append(append(b.text, before...), text...)
	return err
}

// pass writes the text when it is long enough.
func (b *body) pass() error {
	if len(b.text) < full {
		return nil
	}
	return b.write()
}

// write writes the text, however short.
func (b *body) write() error {
	var err error
	if b.zip != nil {
		_, err = b.zip.Write(b.text)
	} else {
		_, err = b.c.Response().Write(b.text)
	}
	b.text = b.text[:0]
	return err
}
