package connio

import (
	"context"
	"io"

	"aion/aggregators"
	"aion/storage/points"
)

// turn is an aggregator that turns the order of a stream round. It holds the whole
// stream, within the query's budget.
type turn struct{}

// Kind is the input's.
func (*turn) Kind(in points.Kind) (points.Kind, bool) { return in, true }

// String is the turn as plans print it.
func (*turn) String() string { return "turn" }

// Apply turns one stream.
func (*turn) Apply(g aggregators.Group, in points.Cursor) points.Cursor {
	return &turning{in: in, budget: g.Run.Budget}
}

// turning is the turned stream.
type turning struct {
	in     points.Cursor
	budget aggregators.Budget
	held   []points.Block // in the stream's own order
	bytes  int64
	ended  error // what has ended the stream; nil before it was read
}

// Next hands on the last block that is held.
func (t *turning) Next(ctx context.Context, b *points.Block) error {
	for t.ended == nil {
		t.ended = t.read(ctx)
	}
	if t.ended == io.EOF && len(t.held) > 0 {
		n := len(t.held) - 1
		*b, t.held = t.held[n], t.held[:n]
		b.Reverse()
		return nil
	}
	b.Reset(b.Kind)
	return t.ended
}

// read holds one more block.
func (t *turning) read(ctx context.Context) error {
	var b points.Block
	if err := t.in.Next(ctx, &b); err != nil {
		return err
	}
	size := int64(b.Size())
	t.held, t.bytes = append(t.held, b), t.bytes+size
	if t.budget == nil {
		return nil
	}
	return t.budget.Take(size)
}

// Close gives back what was held.
func (t *turning) Close() error {
	if t.budget != nil && t.bytes > 0 {
		_ = t.budget.Take(-t.bytes) // giving back cannot fail
	}
	t.bytes, t.held = 0, nil
	if t.ended == nil {
		t.ended = io.EOF
	}
	return t.in.Close()
}
