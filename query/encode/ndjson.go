package encode

import (
	"context"
	"io"
	"iter"
	"strconv"

	"aion/query"
)

// NDJSON writes a line for each point: an object with the columns of the table
// as members. Values are as in KairosDB's JSON, tags an object; a tag of which the
// series of a result have several values is left out.
type NDJSON struct{ Table }

// ContentType is that of newline-delimited JSON.
func (n *NDJSON) ContentType() string { return "application/x-ndjson" }

// Encode writes a line for each point, result by result.
func (n *NDJSON) Encode(ctx context.Context, w io.Writer, answers iter.Seq2[*query.Answer, error]) error {
	before, behind := `{"time":`, `,`
	if n.Zone != nil {
		before, behind = `{"time":"`, `",`
	}
	l := newLines(&n.Table, before)
	l.w, l.end, l.null, l.other = w, [2]byte{'}', '\n'}, "null", appendOther
	if err := each(answers, func(metric int, r *query.Result) error {
		l.middle = n.appendMiddle(append(l.middle[:0], behind...), metric, r)
		return l.result(ctx, r)
	}); err != nil {
		return err
	}
	return l.write()
}

// appendMiddle adds the members that the lines of a result have between time
// and value.
func (n *NDJSON) appendMiddle(dst []byte, metric int, r *query.Result) []byte {
	if n.Numbered {
		dst = strconv.AppendInt(append(dst, `"query":`...), int64(metric), 10)
		dst = append(dst, ',')
	}
	dst = AppendString(append(dst, `"metric":`...), nameOf(r))
	if n.Columns == nil {
		dst = appendTags(append(dst, `,"tags":`...), r)
	}
	for _, tag := range n.Columns {
		if value, ok := tagOf(r, tag); ok {
			dst = AppendString(append(dst, ','), tag)
			dst = AppendString(append(dst, ':'), value)
		}
	}
	if n.Split {
		dst = AppendString(append(dst, `,"group":`...), groupOf(r))
	}
	return append(dst, `,"value":`...)
}

// appendTags adds the tags that have one value among a result's series.
func appendTags(dst []byte, r *query.Result) []byte {
	dst = append(dst, '{')
	first := true
	for i := range r.Tags {
		if len(r.Tags[i].Values) != 1 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, r.Tags[i].Name)
		dst = AppendString(append(dst, ':'), r.Tags[i].Values[0])
		first = false
	}
	return append(dst, '}')
}
