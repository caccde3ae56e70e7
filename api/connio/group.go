package connio

import (
	"context"
	"io"

	"aion/query"
	"aion/storage/points"
)

// group is a group of a question as a series.
type group struct {
	key     points.Key
	drawing *drawing
	part    *part
}

// Key names the group.
func (g *group) Key() points.Key { return g.key }

// Any is true: a group without points is none.
func (g *group) Any(context.Context, points.Range) (bool, error) { return true, nil }

// Points reads the group's points within the limit. The limit counts those of the
// question's whole range, in the question's order.
func (g *group) Points(in points.Range, order points.Order) points.Cursor {
	d := g.drawing
	if !d.over {
		return &clipped{&held{block: g.part.block, back: order != d.question.order}, in}
	}
	again := d.drawing(d.series)
	if d.limit == 0 {
		return &picked{again, g.part, newStream(d.series, in, order, 0)}
	}
	var c points.Cursor = &picked{again, g.part, newStream(d.series, d.reach, d.question.order, d.limit)}
	if order != d.question.order {
		c = &turning{in: c, budget: &allowance{bounds: d.bounds}}
	}
	return &clipped{c, in}
}

// clipped is a stream without what lies out of a range.
type clipped struct {
	points.Cursor
	within points.Range
}

// Next reads on until something lies in the range.
func (c *clipped) Next(ctx context.Context, b *points.Block) error {
	for {
		if err := c.Cursor.Next(ctx, b); err != nil {
			return err
		}
		from, to := 0, b.Len()
		for from < to && !c.within.Holds(b.Times[from]) {
			from++
		}
		for to > from && !c.within.Holds(b.Times[to-1]) {
			to--
		}
		if to > from {
			*b = b.Slice(from, to)
			return nil
		}
	}
}

// allowance is a budget of half of what may be held.
type allowance struct {
	bounds query.Bounds
	used   int64
}

// Take charges bytes.
func (a *allowance) Take(bytes int64) error {
	if a.used += bytes; a.bounds.Memory() > 0 && a.used > a.bounds.Memory()/2 {
		return a.bounds.TooLarge()
	}
	return nil
}

// held is a cursor over points that are held.
type held struct {
	block *points.Block
	back  bool // the last ones come first
	pos   int
}

// Next copies the next points.
func (h *held) Next(_ context.Context, b *points.Block) error {
	b.Reset(h.block.Kind)
	b.Type = h.block.Type
	n := min(points.BlockSize, h.block.Len()-h.pos)
	if n <= 0 {
		return io.EOF
	}
	from := h.pos
	if h.back {
		from = h.block.Len() - h.pos - n
	}
	view := h.block.Slice(from, from+n)
	b.AppendBlock(&view)
	if h.back {
		b.Reverse()
	}
	h.pos += n
	return nil
}

// Close ends the cursor.
func (h *held) Close() error {
	h.pos = h.block.Len()
	return nil
}

// picked is a cursor over the points of a group that reads those of all groups.
type picked struct {
	again  *drawing
	part   *part
	stream *stream
}

// Next copies points of the group until the block is nearly full.
func (c *picked) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.KindOf(c.part.typ))
	for b.Len() < points.BlockSize && c.again.left != 0 {
		l, run, err := c.stream.next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Reset(b.Kind)
			return err
		}
		c.pick(l, &run, b)
	}
	if b.Len() == 0 {
		return io.EOF
	}
	c.part.seen.Store(true)
	return nil
}

// pick copies the points of a run that belong to the group and are within the
// limit.
func (c *picked) pick(l *lane, run *points.Block, b *points.Block) {
	n := run.Len()
	if c.again.left >= 0 {
		n = int(min(c.again.left, int64(n)))
		c.again.left -= int64(n)
	}
	if l.group != c.part.group {
		return
	}
	b.Type = run.Type
	if len(c.again.groupers) == 0 {
		view := run.Slice(0, n)
		b.AppendBlock(&view)
		return
	}
	c.again.number(run)
	for from, to := 0, 0; from < n; from = to {
		to = min(c.again.alike(run, from), n)
		if c.again.compare(c.again.part(l, from, true), c.part) == 0 {
			view := run.Slice(from, to)
			b.AppendBlock(&view)
		}
	}
}

// Close closes the series.
func (c *picked) Close() error { return c.stream.close() }
