package grafana

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"aion/api/wire"
	"aion/query/encode"
)

// body is the body of an answer, growing, or a part of one: JSON.
type body struct{ *wire.Answer }

// answer gives a success whose body fill writes.
func (p *Protocol) answer(c echo.Context, fill func(b *body) error) error {
	return p.answers.Give(c.Response(), c.Request(), "application/json", func(a *wire.Answer) error {
		return fill(&body{a})
	})
}

// piece is a text that becomes a part of an answer.
func piece() *body { return &body{new(wire.Answer)} }

// put adds what stands as it is.
func (b *body) put(s string) *body {
	b.Text = append(b.Text, s...)
	return b
}

// string adds a text between quotes.
func (b *body) string(s string) *body {
	b.Text = encode.AppendString(b.Text, s)
	return b
}

// int adds an integer.
func (b *body) int(v int64) *body {
	b.Text = strconv.AppendInt(b.Text, v, 10)
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
