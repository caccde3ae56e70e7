package query

import (
	"context"
	"errors"
	"io"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// maxPasses is how many sub-groups are read one by one when a group is too
// large to be held.
const maxPasses = 1000

// splitting is a group that the groupers value, bin and time split.
type splitting struct {
	group  *group
	tags   aggregators.Group
	series []storage.Series
	kind   points.Kind
}

// part is one of the groups that a group splits into.
type part struct {
	ids    []int32
	points *points.Block // all its points, unless the group is too large
}

// mostLent is how many points a block may have room for that is kept for the parts
// of other queries.
const mostLent = 1 << 16

// split computes the sub-groups of a group: in memory if its points fit into
// the query's budget, else by reading the group once for each.
func (r *run) split(ctx context.Context, out *emitter, s splitting) error {
	c, err := r.collect(ctx, s)
	defer func() {
		r.use.give(c.charged)
		c.rest(r)
	}()
	if err != nil {
		return err
	}
	for _, p := range c.parts {
		if err := r.use.addGroup(); err != nil {
			return err
		}
		var in points.Cursor = &held{block: p.points}
		if c.over {
			again := &run{engine: r.engine, plan: r.plan, reader: r.reader, use: &usage{limits: Limits{MaxMemory: r.use.limits.MaxMemory}, own: r.use.own}}
			in = &chosen{in: newMerge(again.openMerged(s.series), s.kind, r.plan.Order), ids: p.ids, number: c.number}
		}
		result := r.result(s.tags, s.group.kind, r.plan.groupedBy(s.series, p.ids))
		if err := out.emit(ctx, result, r.chain(s.tags, r.plan.limited(in), s.kind, r.plan.Chain), r.plan.KeepEmpty); err != nil {
			return err
		}
	}
	return nil
}

// collected is what one pass over a group finds: its sub-groups in the order of
// their first points, with their points unless these are too many to hold.
type collected struct {
	number  *numbering
	parts   []*part
	at      map[string]*part
	near    [nearParts]*part // those that were asked for last, by a hash of their numbers
	over    bool
	charged int64
}

// nearParts is how many sub-groups are found without looking among all.
const nearParts = 64

// partCost is about what a sub-group occupies beside its points.
const partCost = 400

// collect reads a group once.
func (r *run) collect(ctx context.Context, s splitting) (c *collected, err error) {
	c = &collected{number: newNumbering(r.plan.Splits), at: map[string]*part{}}
	in := newMerge(r.openMerged(s.series), s.kind, r.plan.Order)
	defer func() { err = errors.Join(err, in.Close()) }()
	var b points.Block
	for {
		if err := in.Next(ctx, &b); err != nil {
			return c, ifEOF(err, nil)
		}
		if err := c.number.number(&b); err != nil {
			return c, err
		}
		if err := r.take(c, &b); err != nil {
			return c, err
		}
	}
}

// take lays a block's points into their parts, run by run of equal numbers.
func (r *run) take(c *collected, b *points.Block) error {
	c.charge(r, int64(b.Len())*int64(b.Size())/int64(cap(b.Times)))
	had := len(c.parts)
	for from, to := 0, 0; from < b.Len(); from = to {
		for to = from + 1; to < b.Len() && c.number.same(from, to); to++ {
		}
		p := c.part(r, from)
		switch {
		case c.over:
		case to == from+1:
			p.points.Kind = b.Kind
			p.points.AppendPoint(b, from)
		default:
			p.points.Kind = b.Kind
			view := b.Slice(from, to)
			p.points.AppendBlock(&view)
		}
	}
	c.charge(r, int64(len(c.parts)-had)*partCost)
	if c.over && len(c.parts) > maxPasses {
		return r.use.tooLarge()
	}
	return nil
}

// part is the sub-group of a point of the block that was numbered last.
func (c *collected) part(r *run, i int) *part {
	near := &c.near[c.number.hash(i)%nearParts]
	if p := *near; p != nil && c.number.are(p.ids, i) {
		return p
	}
	p := c.at[c.number.key(i)]
	if p == nil {
		p = &part{ids: c.number.idsOf(i), points: r.engine.parts.Get().(*points.Block)}
		c.at[c.number.key(i)], c.parts = p, append(c.parts, p)
	}
	*near = p
	return p
}

// charge charges what is held, and gives that up where it is too much.
func (c *collected) charge(r *run, bytes int64) {
	switch {
	case c.over, bytes == 0:
	case r.use.takeHalf(bytes):
		c.charged += bytes
	default:
		c.forget(r)
	}
}

// forget gives up holding the points.
func (c *collected) forget(r *run) {
	c.over = true
	r.use.give(c.charged)
	c.charged = 0
	c.rest(r)
}

// rest gives back the memory of the parts' points, which nobody reads any more.
func (c *collected) rest(r *run) {
	for _, p := range c.parts {
		if p.points != nil && p.points.Kind == points.Number && cap(p.points.Times) <= mostLent {
			p.points.Reset(points.Number)
			r.engine.parts.Put(p.points)
		}
		p.points = nil
	}
}

// held is a cursor over a part's points, a block at a time.
type held struct {
	block *points.Block
	pos   int
}

// Next copies the next points.
func (h *held) Next(_ context.Context, b *points.Block) error {
	b.Reset(h.block.Kind)
	if h.pos >= h.block.Len() {
		return io.EOF
	}
	view := h.block.Slice(h.pos, min(h.pos+points.BlockSize, h.block.Len()))
	b.AppendBlock(&view)
	h.pos += view.Len()
	return nil
}

// Close ends the cursor.
func (h *held) Close() error {
	h.pos = h.block.Len()
	return nil
}

// chosen is a group's stream without the points of its other parts.
type chosen struct {
	in     points.Cursor
	ids    []int32
	number *numbering
	buf    points.Block
}

// Next copies the points that belong to the part.
func (c *chosen) Next(ctx context.Context, b *points.Block) error {
	for {
		if err := c.in.Next(ctx, &c.buf); err != nil {
			b.Reset(c.buf.Kind)
			return err
		}
		if err := c.number.number(&c.buf); err != nil {
			b.Reset(c.buf.Kind)
			return err
		}
		b.Reset(c.buf.Kind)
		for from, to := 0, 0; from < c.buf.Len(); from = to {
			for to = from + 1; to < c.buf.Len() && c.number.same(from, to); to++ {
			}
			if c.number.are(c.ids, from) {
				view := c.buf.Slice(from, to)
				b.AppendBlock(&view)
			}
		}
		if b.Len() > 0 {
			return nil
		}
	}
}

// Close closes the group's stream.
func (c *chosen) Close() error { return c.in.Close() }
