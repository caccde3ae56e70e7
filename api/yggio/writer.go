package yggio

import (
	"net/http"
	"strconv"
	"strings"
	"time"

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
	clock   clock
}

// answer gives a success whose rows fill writes, with these columns behind the
// time.
func (c *call) answer(columns []string, fill func(*writer) error) error {
	if !wantsCSV(c.Request().Header) {
		return c.array(func(w *writer) error {
			w.columns = columns
			return fill(w)
		})
	}
	return c.give("text/csv; charset=utf-8; header=present", func(a *wire.Answer) error {
		a.Text = append(append(a.Text, "time,"...), strings.Join(columns, ",")...)
		a.Text = append(a.Text, "\r\n"...)
		return fill(&writer{Answer: a, columns: columns, csv: true})
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
	t := w.Text
	for i, at := range b.Times {
		if w.rows > 0 {
			t = append(t, ',')
		}
		w.rows++
		t = w.clock.append(append(t, `{"time":"`...), at)
		t = append(t, `","value":`...)
		if len(b.Ints)+len(b.Nulls) == 0 && b.Floats[i]-b.Floats[i] == 0 {
			t = encode.AppendDouble(t, b.Floats[i])
		} else {
			t = appendNumber(t, b, i, "null")
		}
		t = append(t, '}')
	}
	w.Text = t
	return w.Pass()
}

// object adds a row as JSON.
func (w *writer) object(b *points.Block, i int) {
	t := w.Text
	if w.rows > 0 {
		t = append(t, ',')
	}
	t = append(w.clock.append(append(t, `{"time":"`...), b.Times[i]), '"')
	for k, name := range w.columns {
		t = append(append(append(t, `,"`...), name...), `":`...)
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
	t := w.clock.append(w.Text, b.Times[i])
	for k := range w.columns {
		t = append(t, ',')
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

// clock writes times as ISO 8601 in UTC with three digits of the second, as a Date
// of JavaScript does. It remembers the date of the last one.
type clock struct {
	day  int64 // where it began
	date []byte
}

// append adds a time.
func (c *clock) append(dst []byte, at int64) []byte {
	const day = 24 * 60 * 60 * 1000
	below := uint64(at - c.day)
	if below >= day || c.date == nil {
		c.day = floor(at, day)
		below = uint64(at - c.day)
		c.date = appendDate(c.date[:0], time.UnixMilli(at).UTC())
	}
	dst = append(dst, c.date...)
	seconds := uint32(below) / 1000
	millis := uint32(below) - seconds*1000
	minutes := seconds / 60
	h, m, s := pair(minutes/60), pair(minutes%60), pair(seconds-minutes*60)
	tenths := millis / 10
	f := pair(tenths)
	return append(dst, h[0], h[1], ':', m[0], m[1], ':', s[0], s[1], '.', f[0], f[1], byte('0'+millis-tenths*10), 'Z')
}

// pair is a number below a hundred as two digits.
func pair(n uint32) string {
	const digits = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"
	return digits[2*n : 2*n+2]
}

// appendDate adds a date and the T behind it: years of more than four digits, and
// those before the first one, have a sign and six digits.
func appendDate(dst []byte, t time.Time) []byte {
	year := t.Year()
	if year >= 0 && year <= 9999 {
		return t.AppendFormat(dst, "2006-01-02T")
	}
	sign := byte('+')
	if year < 0 {
		sign, year = '-', -year
	}
	digits := strconv.Itoa(year)
	dst = append(append(dst, sign), "000000"[:max(0, 6-len(digits))]...)
	return t.AppendFormat(append(dst, digits...), "-01-02T")
}
