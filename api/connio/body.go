package connio

import (
	"encoding/json"

	"github.com/labstack/echo/v4"

	"aion/api/wire"
	"aion/query/encode"
)

// body is the body of an answer, growing: JSON.
type body struct{ *wire.Answer }

// answer gives a success whose body fill writes.
func (p *Protocol) answer(c echo.Context, fill func(b *body) error) error {
	return p.answers.Give(c.Response(), c.Request(), "application/json; charset=UTF-8", func(a *wire.Answer) error {
		return fill(&body{a})
	})
}

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

// json adds a value as the library writes it, behind what stands before it.
func (b *body) json(before string, v any) error {
	text, err := json.Marshal(v)
	b.Text = append(append(b.Text, before...), text...)
	return err
}
