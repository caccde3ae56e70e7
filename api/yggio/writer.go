package yggio

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"aion/api/wire"
	"aion/query/encode"
	"aion/storage/points"
)

// full is from which size on an answer's text is written.
const full = 64 << 10

// writer writes rows of an answer, as JSON or as CSV, compressed if the client
// likes it so.
type writer struct {
	c       *call
	zip     *gzip.Writer
	text    []byte // what has been appended and not written yet
	columns []string
	csv     bool
	rows    int64
	clock   clock
}

// answer gives a success whose rows fill writes, with these columns behind the
// time.
func (c *call) answer(columns []string, fill func(*writer) error) error {
	w := &writer{c: c, columns: columns, csv: wantsCSV(c.Request().Header)}
	defer c.p.lend(w)()
	kind := "application/json; charset=utf-8"
	if w.csv {
		kind = "text/csv; charset=utf-8; header=present"
		w.text = append(append(w.text, "time,"...), strings.Join(columns, ",")...)
		w.text = append(w.text, "\r\n"...)
	} else {
		w.text = append(w.text, '[')
	}
	defer w.begin(kind)()
	if err := fill(w); err != nil {
		return err
	}
	if !w.csv {
		w.text = append(w.text, ']')
	}
	if err := w.write(); err != nil || w.zip == nil {
		return err
	}
	return w.zip.Close()
}

// lend gives a writer the memory of one that has ended. What it returns takes it
// back.
func (p *Protocol) lend(w *writer) (back func()) {
	text, _ := p.texts.Get().(*[]byte)
	if text == nil {
		text = new([]byte)
	}
	w.text = (*text)[:0]
	return func() {
		*text = w.text
		p.texts.Put(text)
	}
}

// begin sends the head of the answer. What it returns is called at the end.
func (w *writer) begin(kind string) (end func()) {
	h := w.c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderCacheControl, "no-cache")
	h[echo.HeaderVary] = []string{echo.HeaderAccept, echo.HeaderAcceptEncoding}
	end = func() {}
	if r := w.c.Request(); r.Method != http.MethodHead && wire.Accepts(r.Header, echo.HeaderAcceptEncoding, "gzip") {
		h.Set(echo.HeaderContentEncoding, "gzip")
		w.zip = w.c.p.compressors.Take(w.c.Response())
		end = func() { w.c.p.compressors.Rest(w.zip) }
	}
	w.c.Response().WriteHeader(http.StatusOK)
	return end
}

// wantsCSV tells whether a client asks for CSV and for JSON less so.
func wantsCSV(h http.Header) bool {
	return wire.Accepts(h, echo.HeaderAccept, "text/csv") && !wire.Accepts(h, echo.HeaderAccept, "application/json")
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
		if err := w.pass(); err != nil {
			return err
		}
	}
	return nil
}

// numbers adds rows of one number as JSON, which most are.
func (w *writer) numbers(b *points.Block) error {
	t := w.text
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
	w.text = t
	return w.pass()
}

// pass writes the text when it is long enough.
func (w *writer) pass() error {
	if len(w.text) < full {
		return nil
	}
	return w.write()
}

// object adds a row as JSON.
func (w *writer) object(b *points.Block, i int) {
	t := w.text
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
	w.text = append(t, '}')
}

// line adds a row as CSV.
func (w *writer) line(b *points.Block, i int) {
	t := w.clock.append(w.text, b.Times[i])
	for k := range w.columns {
		t = append(t, ',')
		if b.Kind == points.Text {
			t = encode.AppendField(t, b.Texts[i+k])
		} else {
			t = appendNumber(t, b, i+k, "")
		}
	}
	w.text = append(t, "\r\n"...)
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

// write writes the text, however short.
func (w *writer) write() error {
	var err error
	if w.zip != nil {
		_, err = w.zip.Write(w.text)
	} else {
		_, err = w.c.Response().Write(w.text)
	}
	w.text = w.text[:0]
	return err
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
