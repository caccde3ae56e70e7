package encode

import (
	"context"
	"io"
	"iter"
	"strconv"
	"strings"

	"aion/query"
	"aion/storage/points"
)

// CSV writes RFC 4180 with a header: a row for each point, lines ended by CR and
// LF, numbers as KairosDB's JSON has them. What is missing, and what is no number,
// is an empty field; an empty text is one in quotes.
type CSV struct {
	Table

	// Guard keeps spreadsheets from taking texts for formulas: an apostrophe
	// stands before one that begins like a formula, and quotes round all texts.
	Guard bool
}

// ContentType is that of RFC 4180.
func (c *CSV) ContentType() string { return "text/csv; charset=utf-8; header=present" }

// Encode writes a row for each point, result by result.
func (c *CSV) Encode(ctx context.Context, w io.Writer, answers iter.Seq2[*query.Answer, error]) error {
	l := newLines(&c.Table, "")
	l.w, l.end, l.other = w, [2]byte{'\r', '\n'}, c.appendOther
	l.text = c.appendHeader(l.text, c.Names())
	if err := each(answers, func(metric int, r *query.Result) error {
		l.middle = c.appendMiddle(l.middle[:0], metric, r)
		return l.result(ctx, r)
	}); err != nil {
		return err
	}
	return l.write()
}

// appendHeader adds the names of columns as a line.
func (c *CSV) appendHeader(dst []byte, names []string) []byte {
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.appendText(dst, name)
	}
	return append(dst, '\r', '\n')
}

// appendMiddle adds what the rows of a result have between time and value.
func (c *CSV) appendMiddle(dst []byte, metric int, r *query.Result) []byte {
	if c.Numbered {
		dst = strconv.AppendInt(append(dst, ','), int64(metric), 10)
	}
	dst = c.appendText(append(dst, ','), nameOf(r))
	if c.Columns == nil {
		dst = append(dst, ',')
		if tags := tagsOf(r); tags != "" {
			dst = c.appendText(dst, tags)
		}
	}
	for _, tag := range c.Columns {
		dst = append(dst, ',')
		if value, ok := tagOf(r, tag); ok {
			dst = c.appendText(dst, value)
		}
	}
	if c.Split {
		dst = append(append(dst, ','), groupOf(r)...)
	}
	return append(dst, ',')
}

// appendOther adds the value of a point that is no number: texts as they are,
// others as in KairosDB's JSON.
func (c *CSV) appendOther(dst []byte, b *points.Block, i int) []byte {
	if b.Kind == points.Text {
		return c.appendText(dst, b.Texts[i])
	}
	return c.appendText(dst, opaqueText(b.Type, b.Bytes[i]))
}

// appendText adds a text as a field.
func (c *CSV) appendText(dst []byte, text string) []byte {
	if !c.Guard {
		return AppendField(dst, text)
	}
	dst = append(dst, '"')
	if formula(text) {
		dst = append(dst, '\'')
	}
	return append(appendDoubled(dst, valid(text)), '"')
}

// formula tells whether a spreadsheet might take a text for one.
func formula(text string) bool {
	for _, begin := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}

// AppendField adds a text as a field of RFC 4180, between quotes where it needs
// them, is empty, or begins or ends with a blank. It is made UTF-8 as AppendString
// makes it.
func AppendField(dst []byte, text string) []byte {
	text = valid(text)
	if text != "" && !strings.ContainsAny(text, ",\"\r\n") && !blank(text[0]) && !blank(text[len(text)-1]) {
		return append(dst, text...)
	}
	return append(appendDoubled(append(dst, '"'), text), '"')
}

// blank tells whether c is one.
func blank(c byte) bool { return c == ' ' || c == '\t' }

// appendDoubled adds a text with every quote twice.
func appendDoubled(dst []byte, text string) []byte {
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:i+1]...), '"')
		text = text[i+1:]
	}
}
