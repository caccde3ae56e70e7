package aggregators

import (
	"context"
	"errors"
	"io"
	"strings"

	"aion/storage/points"
)

// trimSpec describes trim: it drops the first or the last point of the stream,
// or both. When trim is absent it drops nothing.
func trimSpec() Spec {
	return Spec{
		Name: "trim", Label: "Trim", Description: "Trims off the first, last or both (first and last) data points from the results.",
		Properties: []Property{{
			Name: "trim", Label: "Trim", Type: Enum, Optional: true, Default: "both",
			Options:     []string{"FIRST", "LAST", "BOTH"},
			Description: "Which data point to trim",
		}},
		Build: newTrim,
	}
}

// newTrim makes trim.
func newTrim(_ Env, v Values) (Aggregator, error) {
	what := strings.ToLower(get(v, "trim", ""))
	switch what {
	case "", "first", "last", "both":
		return &trim{what: what}, nil
	}
	return nil, &PropertyError{"trim", "trim", "must be first, last or both"}
}

// trim is the aggregator.
type trim struct{ what string }

// Kind is the input's.
func (t *trim) Kind(in points.Kind) (points.Kind, bool) { return in, true }

// String is the aggregator for plans.
func (t *trim) String() string {
	if t.what == "" {
		return call("trim")
	}
	return call("trim", t.what)
}

// Apply trims one stream.
func (t *trim) Apply(_ Group, in points.Cursor) points.Cursor {
	if t.what == "" {
		return in
	}
	return &trimCursor{in: in, first: t.what != "last", last: t.what != "first"}
}

// trimCursor is the trimmed stream.
type trimCursor struct {
	in          points.Cursor
	first, last bool
	begun       bool
	ahead       points.Block // with last: the block behind the one that is given out
	ended       error
}

// Next reads on until a block keeps a point.
func (c *trimCursor) Next(ctx context.Context, b *points.Block) error {
	for c.ended == nil {
		if c.ended = c.fill(ctx, b); c.ended == nil && b.Len() != 0 {
			return nil
		}
	}
	b.Reset(b.Kind)
	return c.ended
}

// fill reads one block. The last one must be known as such.
func (c *trimCursor) fill(ctx context.Context, b *points.Block) error {
	begins := !c.begun
	c.begun = true
	if !c.last {
		if err := c.in.Next(ctx, b); err != nil {
			return err
		}
		if begins {
			dropFirst(b, 1)
		}
		return nil
	}
	if begins {
		if err := c.in.Next(ctx, &c.ahead); err != nil {
			return err
		}
		if c.first {
			dropFirst(&c.ahead, 1)
		}
	}
	return c.advance(ctx, b)
}

// advance gives out the block ahead, without its last point if none follows.
func (c *trimCursor) advance(ctx context.Context, b *points.Block) error {
	b.Reset(c.ahead.Kind)
	b.AppendBlock(&c.ahead)
	err := c.in.Next(ctx, &c.ahead)
	if !errors.Is(err, io.EOF) {
		return err
	}
	if b.Len() <= 1 {
		return err
	}
	truncate(b, b.Len()-1)
	c.ahead.Reset(b.Kind)
	return nil
}

// truncate keeps the first n points of b.
func truncate(b *points.Block, n int) {
	b.Times, b.Floats, b.Ints = upTo(b.Times, n), upTo(b.Floats, n), upTo(b.Ints, n)
	b.IsInt, b.Nulls = upTo(b.IsInt, n), upTo(b.Nulls, n)
	b.Texts, b.Bytes = upTo(b.Texts, n), upTo(b.Bytes, n)
}

// upTo keeps the first n elements of a column in use.
func upTo[T any](column []T, n int) []T { return column[:min(n, len(column))] }

// Close ends the input.
func (c *trimCursor) Close() error { return c.in.Close() }
