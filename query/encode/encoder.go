package encode

import (
	"context"
	"io"
	"iter"
	"time"

	"aion/query"
	"aion/storage/points"
)

// Encoder writes answers as they arrive. It holds some blocks, never a result.
// What it has written when it fails is a part that must not look like a whole.
type Encoder interface {
	// ContentType is the media type of what Encode writes.
	ContentType() string

	// Encode writes the answers to w, and fails as they or w do.
	Encode(ctx context.Context, w io.Writer, answers iter.Seq2[*query.Answer, error]) error
}

// Table says which columns the points of an answer have beside time, metric and
// value, and how times are written. The zero Table has a column tags. Rows tell of a
// tag where the series of their result have one value of it.
type Table struct {
	Numbered bool     // a column query: the number of the metric in the request, from 0
	Split    bool     // a column group: the numbers of the group by time, value and bin
	Columns  []string // tags with a column each, in place of one column of all tags; nil: none

	// Zone makes times RFC 3339 with milliseconds, in that zone; nil: they are
	// Unix milliseconds. Where a zone is off by seconds, times are in UTC. Years
	// of more than four digits have a sign. In Arrow it is the columns' zone.
	Zone *time.Location
}

// Names are the names of the columns in their order.
func (t *Table) Names() []string {
	names := []string{"time"}
	if t.Numbered {
		names = append(names, "query")
	}
	names = append(names, "metric")
	if t.Columns == nil {
		names = append(names, "tags")
	}
	names = append(names, t.Columns...)
	if t.Split {
		names = append(names, "group")
	}
	return append(names, "value")
}

// From which size on a buffer is written: at the beginning of an answer, whose first
// byte is waited for, and when much of it has been written.
const (
	passed     = 64 << 10
	longFrom   = 1 << 20
	longPassed = 192 << 10
)

// writer is a buffer in front of what an encoder writes to.
type writer struct {
	w    io.Writer
	text []byte // what has been appended and not written yet

	written int64
}

// pass writes the text when it is long enough.
func (w *writer) pass() error {
	if len(w.text) < passed || w.written >= longFrom && len(w.text) < longPassed {
		return nil
	}
	return w.write()
}

// write writes the text, however short.
func (w *writer) write() error {
	w.written += int64(len(w.text))
	_, err := w.w.Write(w.text)
	w.text = w.text[:0]
	return err
}

// each hands every result to take, with the number of its metric.
func each(answers iter.Seq2[*query.Answer, error], take func(metric int, r *query.Result) error) error {
	metric := 0
	for a, err := range answers {
		if err != nil {
			return err
		}
		for r, err := range a.Results {
			if err != nil {
				return err
			}
			if err := take(metric, r); err != nil {
				return err
			}
		}
		metric++
	}
	return nil
}

// blocks hands every block of a cursor to take.
func blocks(ctx context.Context, c points.Cursor, b *points.Block, take func(*points.Block) error) error {
	for {
		switch err := c.Next(ctx, b); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := take(b); err != nil {
			return err
		}
	}
}
