package yggio

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

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

// begin sends the head of the answer. What it returns is called at the end.
func (w *writer) begin(kind string) (end func()) {
	h := w.c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderCacheControl, "no-cache")
	h[echo.HeaderVary] = []string{echo.HeaderAccept, echo.HeaderAcceptEncoding}
	end = func() {}
	if r := w.c.Request(); r.Method != http.MethodHead && takes(r.Header, echo.HeaderAcceptEncoding, "gzip") {
		h.Set(echo.HeaderContentEncoding, "gzip")
		w.zip = w.c.p.compressors.Take(w.c.Response())
		end = func() { w.c.p.compressors.Rest(w.zip) }
	}
	w.c.Response().WriteHeader(http.StatusOK)
	return end
}

// wantsCSV tells whether a client asks for CSV and for JSON less so.
func wantsCSV(h http.Header) bool {
	return takes(h, echo.HeaderAccept, "text/csv") && !takes(h, echo.HeaderAccept, "application/json")
}

// takes tells whether a header that lists what a client takes names something, not
// by refusing it.
func takes(h http.Header, header, what string) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values(header), ","), ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), what) {
			_, q, _ := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return err != nil || weight > 0
		}
	}
	return false
}

// block writes the points of a block: a row for each, or one for as many as there
// are columns.
func (w *writer) block(b *points.Block) error {
	for i := 0; i < b.Len(); i += len(w.columns) {
		if w.csv {
			w.line(b, i)
		} else {
			w.object(b, i)
		}
		w.rows++
		if len(w.text) >= full {
			if err := w.write(); err != nil {
				return err
			}
		}
	}
	return nil
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
	below := at - c.day
	if below < 0 || below >= day || c.date == nil {
		c.day = floor(at, day)
		below = at - c.day
		c.date = appendDate(c.date[:0], time.UnixMilli(at).UTC())
	}
	dst = append(dst, c.date...)
	second := below / 1000
	dst = append(appendPair(dst, second/3600), ':')
	dst = append(appendPair(dst, second/60%60), ':')
	dst = append(appendPair(dst, second%60), '.', byte('0'+below%1000/100))
	return append(appendPair(dst, below%100), 'Z')
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

// appendPair adds a number below a hundred as two digits.
func appendPair(dst []byte, n int64) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
