package yggio

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/wire"
	"aion/query/encode"
	"aion/storage/points"
)

// writer writes rows of an answer, as JSON or as CSV.
type writer struct {
	*wire.Answer
	columns []string
	csv     bool
	rows    int64
	times   encode.Rows // of rows of a number, or what stands up to the first column
}

// answer gives a success whose rows fill writes, with these columns behind the
// time.
func (c *call) answer(columns []string, fill func(*writer) error) error {
	if !wantsCSV(c.Request().Header) {
		return c.array(func(w *writer) error {
			w.columns, w.times = columns, rows(`{"time":"`, `","`+columns[0]+`":`, "}")
			return fill(w)
		})
	}
	return c.give("text/csv; charset=utf-8; header=present", func(a *wire.Answer) error {
		a.Text = append(append(a.Text, "time,"...), strings.Join(columns, ",")...)
		a.Text = append(a.Text, "\r\n"...)
		return fill(&writer{Answer: a, columns: columns, csv: true, times: rows("", ",", "")})
	})
}

// array gives a success that is an array of JSON, whose elements fill writes.
func (c *call) array(fill func(*writer) error) error {
	return c.give("application/json; charset=utf-8", func(a *wire.Answer) error {
		a.Text = append(a.Text, '[')
		if err := fill(&writer{Answer: a}); err != nil {
			return err
		}
		a.Text = append(a.Text, ']')
		return nil
	})
}

// give gives a success of a media type, one of several that the client may choose
// from.
func (c *call) give(media string, fill func(*wire.Answer) error) error {
	c.Response().Header().Set(echo.HeaderVary, echo.HeaderAccept)
	return c.p.answers.Give(c.Response(), c.Request(), media, fill)
}

// wantsCSV tells whether a client asks for CSV and for JSON less so.
func wantsCSV(h http.Header) bool {
	csv := wire.Weight(h, echo.HeaderAccept, "text/csv")
	return csv > 0 && csv > wire.Weight(h, echo.HeaderAccept, "application/json")
}

// block writes the points of a block: a row for each, or one for as many as there
// are columns.
func (w *writer) block(b *points.Block) error {
	if !w.csv && len(w.columns) == 1 && b.Kind == points.Number {
		return w.numbers(b)
	}
	for i := 0; i < b.Len(); i += len(w.columns) {
		if w.csv {
			w.line(b, i)
		} else {
			w.object(b, i)
		}
		w.rows++
		if err := w.Pass(); err != nil {
			return err
		}
	}
	return nil
}

// numbers adds rows of one number as JSON, which most are.
func (w *writer) numbers(b *points.Block) error {
	if w.rows > 0 && b.Len() > 0 {
		w.Text = append(w.Text, ',')
	}
	w.rows += int64(b.Len())
	w.Text = w.times.AppendNumbers(w.Text, b)
	return w.Pass()
}

// object adds a row as JSON.
func (w *writer) object(b *points.Block, i int) {
	t := w.Text
	if w.rows > 0 {
		t = append(t, ',')
	}
	t = w.times.AppendTime(t, b.Times[i])
	for k, name := range w.columns {
		if k > 0 {
			t = append(append(append(t, `,"`...), name...), `":`...)
		}
		if b.Kind == points.Text {
			t = encode.AppendString(t, b.Texts[i+k])
		} else {
			t = appendNumber(t, b, i+k, "null")
		}
	}
	w.Text = append(t, '}')
}

// line adds a row as CSV.
func (w *writer) line(b *points.Block, i int) {
	t := w.times.AppendTime(w.Text, b.Times[i])
	for k := range w.columns {
		if k > 0 {
			t = append(t, ',')
		}
		if b.Kind == points.Text {
			t = encode.AppendField(t, b.Texts[i+k])
		} else {
			t = appendNumber(t, b, i+k, "")
		}
	}
	w.Text = append(t, "\r\n"...)
}

// appendNumber adds a number, or null in its place.
func appendNumber(dst []byte, b *points.Block, i int, null string) []byte {
	switch {
	case b.Null(i):
		return append(dst, null...)
	case b.Int(i):
		return strconv.AppendInt(dst, b.Ints[i], 10)
	}
	if v := b.Floats[i]; v-v != 0 { // infinite, or not a number
		return append(dst, null...)
	}
	return encode.AppendDouble(dst, b.Floats[i])
}

// rows writes times as a Date of JavaScript does, with what stands around them and
// the values: ISO 8601 in UTC with three digits of the second.
func rows(before, between, behind string) encode.Rows {
	return encode.Rows{Before: before, Between: between, Behind: behind, Year: appendYear}
}

// appendYear adds a year before 0 or behind 9999, with a sign and six digits.
func appendYear(dst []byte, year int) []byte {
	sign := byte('+')
	if year < 0 {
		sign, year = '-', -year
	}
	digits := strconv.Itoa(year)
	dst = append(append(dst, sign), "000000"[:max(0, 6-len(digits))]...)
	return append(dst, digits...)
}
