package grafana

import (
	"net/http"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"aion/api/wire"
	"aion/query/encode"
)

// full is from which size on a body's text is written.
const full = 64 << 10

// body is the body of an answer, growing: JSON, compressed if the client likes it
// so.
type body struct {
	c    echo.Context
	zip  *gzip.Writer
	text []byte // what has been appended and not written yet
}

// answer gives a success whose body fill writes.
func (p *Protocol) answer(c echo.Context, fill func(b *body) error) error {
	b := &body{c: c}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/json")
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
	return b.finish()
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

// int adds an integer.
func (b *body) int(v int64) *body {
	b.text = strconv.AppendInt(b.text, v, 10)
	return b
}

// comma adds a comma before all elements but the first.
func (b *body) comma(i int) *body {
	if i > 0 {
		b.put(",")
	}
	return b
}

// member adds a member of text to an object that has others already, unless the
// text is empty.
func (b *body) member(name, text string) *body {
	if text != "" {
		b.put(",").string(name).put(":").string(text)
	}
	return b
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

// finish ends a whole body.
func (b *body) finish() error {
	if err := b.write(); err != nil {
		return err
	}
	if b.zip != nil {
		return b.zip.Close()
	}
	return nil
}
