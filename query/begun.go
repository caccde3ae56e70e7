package query

import (
	"context"
	"errors"
	"math"
	"sync"

	"aion/storage/points"
)

// begin tells whether a row has any point, and is the row from its first point
// on. Where the row can tell without it, nothing is decoded. The block of the first
// points is borrowed from pool until they are given out, unless that is nil.
func begin(ctx context.Context, in points.Cursor, pool *sync.Pool) (points.Cursor, bool, error) {
	return beginIn(ctx, nil, in, pool)
}

// beginIn is begin in that memory, or, where it is nil, in memory of its own.
func beginIn(ctx context.Context, room *begunFaces, in points.Cursor, pool *sync.Pool) (points.Cursor, bool, error) {
	if v, ok := in.(points.Valuer); ok {
		if _, _, ok, err := v.Values(ctx, math.MinInt64, nil, 0); ok || err != nil {
			return in, ok, err
		}
	}
	if room == nil {
		room = new(begunFaces)
	}
	b := &room.begun
	*b = begun{Cursor: in, pool: pool}
	b.borrow()
	if err := in.Next(ctx, &b.first); err != nil {
		b.giveBack()
		return in, false, ifEOF(err, nil)
	}
	switch in := in.(type) {
	case points.Valuer:
		room.valuer = begunValuer{begunSummarizer{b, in}, in}
		return &room.valuer, true, nil
	case points.Summarizer:
		room.valuer.begunSummarizer = begunSummarizer{b, in}
		return &room.valuer.begunSummarizer, true, nil
	}
	return b, true, nil
}

// begunFaces are the faces of one begun cursor, which are made together because very
// many are.
type begunFaces struct {
	begun  begun
	valuer begunValuer
}

// atOnce is how many series of a group are begun one after the other before any
// of them is read on. Those of larger groups are only probed: what merges them may
// want to keep none of them open.
const atOnce = 128

// beginAll opens the rows of a group's series and keeps those that have a point
// in the range, and their series with them.
func (r *run) beginAll(ctx context.Context, g *group) (rows []points.Cursor, err error) {
	kept := g.series[:0]
	for i, s := range g.series {
		r.prefetch.reach(ctx, g.first+i)
		row, ok, err := begin(ctx, r.open(s), nil)
		switch {
		case err != nil:
			return nil, errors.Join(err, closeAll(append(rows, row)))
		case ok:
			rows, kept = append(rows, row), append(kept, s)
		default:
			if err := row.Close(); err != nil {
				return nil, errors.Join(err, closeAll(rows))
			}
		}
	}
	g.series = kept
	return rows, nil
}

// closeAll closes all rows.
func closeAll(rows []points.Cursor) error {
	var errs []error
	for _, row := range rows {
		errs = append(errs, row.Close())
	}
	return errors.Join(errs...)
}

// begun is a cursor whose first block has been read.
type begun struct {
	points.Cursor
	first points.Block // empty once it is given out
	pool  *sync.Pool   // where lent came from; nil: nowhere
	lent  *points.Block
}

// borrow takes the memory of the first block from the pool.
func (c *begun) borrow() {
	if c.pool != nil {
		c.lent = c.pool.Get().(*points.Block)
		c.first = *c.lent
		c.first.Reset(c.first.Kind)
	}
}

// giveBack gives the pool back what memory the first block has now.
func (c *begun) giveBack() {
	if c.lent != nil {
		*c.lent, c.first = c.first, points.Block{}
		c.pool.Put(c.lent)
		c.lent = nil
	}
}

// block is the first block.
func (c *begun) block() *points.Block { return &c.first }

// firstBlock is what has been read ahead of a row, nil if nothing has.
func firstBlock(row points.Cursor) *points.Block {
	if b, ok := row.(interface{ block() *points.Block }); ok {
		return b.block()
	}
	return nil
}

// Next gives out the first block, then the others.
func (c *begun) Next(ctx context.Context, b *points.Block) error {
	if c.first.Len() == 0 {
		return c.Cursor.Next(ctx, b)
	}
	*b, c.first = c.first, *b
	c.giveBack()
	c.first = points.Block{}
	return nil
}

// Close closes the cursor.
func (c *begun) Close() error {
	c.giveBack()
	return c.Cursor.Close()
}

// begunSummarizer is a begun Summarizer.
type begunSummarizer struct {
	*begun
	in points.Summarizer
}

// Peek tells of nothing as long as the first block is to come.
func (c *begunSummarizer) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	if c.first.Len() != 0 {
		return points.Summary{}, false, nil
	}
	return c.in.Peek(ctx, until)
}

// Skip passes over what Peek told of.
func (c *begunSummarizer) Skip() { c.in.Skip() }

// begunValuer is a begun Valuer.
type begunValuer struct {
	begunSummarizer
	in points.Valuer
}

// Places gives nothing as long as the first block is to come.
func (c *begunValuer) Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) (values []float64, placed []int, at int64, ok bool, err error) {
	if in, takes := c.in.(points.Placer); takes && c.first.Len() == 0 {
		return in.Places(ctx, until, v, n, times, places)
	}
	return v, places, 0, false, nil
}

// Values gives nothing as long as the first block is to come.
func (c *begunValuer) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	if c.first.Len() != 0 {
		return v, 0, false, nil
	}
	return c.in.Values(ctx, until, v, n)
}
