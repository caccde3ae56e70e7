package aggregators

import (
	"context"

	"aion/storage/points"
)

// blockwise is an aggregator that changes each block in place.
type blockwise struct {
	text string
	kind func(points.Kind) (points.Kind, bool)
	// start makes what changes the blocks of one group. A change may leave a
	// block empty; the next one is read then.
	start func(Group) change
}

// change turns a block of the input into one of the output.
type change interface {
	change(ctx context.Context, b *points.Block) error
}

// opener is a change that can fail before anything is read.
type opener interface{ open() error }

// Kind is what comes out.
func (a *blockwise) Kind(in points.Kind) (points.Kind, bool) { return a.kind(in) }

// String is the aggregator for plans.
func (a *blockwise) String() string { return a.text }

// Apply changes the blocks of one stream.
func (a *blockwise) Apply(g Group, in points.Cursor) points.Cursor {
	return &blockCursor{in: in, change: a.start(g)}
}

// blockCursor is the stream of changed blocks.
type blockCursor struct {
	in     points.Cursor
	change change
	opened bool
	ended  error // what ended the stream
}

// Next reads a block and changes it.
func (c *blockCursor) Next(ctx context.Context, b *points.Block) error {
	if c.ended == nil {
		if c.ended = c.fill(ctx, b); c.ended == nil {
			return nil
		}
	}
	b.Reset(b.Kind)
	return c.ended
}

// fill reads on until a block keeps a point.
func (c *blockCursor) fill(ctx context.Context, b *points.Block) error {
	if o, ok := c.change.(opener); ok && !c.opened {
		if err := o.open(); err != nil {
			return err
		}
		c.opened = true
	}
	for {
		if err := c.in.Next(ctx, b); err != nil {
			return err
		}
		if err := c.change.change(ctx, b); err != nil {
			return err
		}
		if b.Len() != 0 {
			return nil
		}
	}
}

// Close ends the input.
func (c *blockCursor) Close() error {
	release(c.change)
	return c.in.Close()
}

// dropFirst takes the first n points out of b.
func dropFirst(b *points.Block, n int) {
	b.Times, b.Floats, b.Ints = dropped(b.Times, n), dropped(b.Floats, n), dropped(b.Ints, n)
	b.IsInt, b.Nulls = dropped(b.IsInt, n), dropped(b.Nulls, n)
	b.Texts, b.Bytes = dropped(b.Texts, n), dropped(b.Bytes, n)
}

// dropped moves a column to its front, so that its memory stays whole.
func dropped[T any](column []T, n int) []T {
	if len(column) == 0 {
		return column
	}
	return column[:copy(column, column[n:])]
}

// keepOnly keeps the points of b whose element of mask is 1, and drops those where it is 0.
func keepOnly(b *points.Block, mask []byte) {
	b.Times, b.Floats, b.Ints = kept(b.Times, mask), kept(b.Floats, mask), kept(b.Ints, mask)
	b.IsInt, b.Nulls = kept(b.IsInt, mask), kept(b.Nulls, mask)
	b.Texts, b.Bytes = kept(b.Texts, mask), kept(b.Bytes, mask)
}

// kept closes the ranks of a column.
func kept[T any](column []T, mask []byte) []T {
	n := 0
	if len(column) == 0 {
		return column
	}
	mask = mask[:len(column)]
	for i, v := range column {
		column[n] = v
		n += int(mask[i])
	}
	return column[:n]
}
