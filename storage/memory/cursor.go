package memory

import (
	"context"
	"io"
	"slices"

	"aion/storage/points"
)

// handle is a series as callers hold it: it is looked up when it is read.
type handle struct {
	source source
	id     string
	key    points.Key
}

// Key names the series.
func (h *handle) Key() points.Key { return h.key }

// Any tells whether there is a live point in the range.
func (h *handle) Any(ctx context.Context, r points.Range) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s, now := h.source.find(h.id)
	from, to := s.within(r)
	return s.next(from, to, now) < to, nil
}

// Points reads the live points of a range.
func (h *handle) Points(r points.Range, o points.Order) points.Cursor {
	return &cursor{handle: h, r: r, order: o}
}

// within is where the points of a range stand: from is not below to where there
// are none, as in a nil series.
func (s *series) within(r points.Range) (from, to int) {
	if s == nil {
		return 0, 0
	}
	from, _ = slices.BinarySearch(s.points.Times, r.From)
	to, last := slices.BinarySearch(s.points.Times, r.To)
	if last {
		to++
	}
	return from, to
}

// next is where the first live point of [from, to) stands, to if there is none.
func (s *series) next(from, to int, now int64) int {
	for from < to && !s.live(from, now) {
		from++
	}
	return from
}

// cursor reads [from, to) of a series from one end or the other.
type cursor struct {
	handle   *handle
	r        points.Range
	order    points.Order
	opened   bool
	series   *series
	now      int64
	from, to int
	end      error
}

// Next copies up to a block of points.
func (c *cursor) Next(ctx context.Context, b *points.Block) error {
	b.Reset(c.handle.key.Kind())
	if c.end == nil {
		c.end = ctx.Err()
	}
	if c.end != nil {
		return c.end
	}
	if !c.opened {
		c.opened = true
		c.series, c.now = c.handle.source.find(c.handle.id)
		c.from, c.to = c.series.within(c.r)
	}
	for c.from < c.to && b.Len() == 0 {
		c.take(b)
	}
	if b.Len() == 0 {
		c.end = io.EOF
	}
	return c.end
}

// take copies the live ones among the next points, at most a block.
func (c *cursor) take(b *points.Block) {
	from, to := c.from, min(c.to, c.from+points.BlockSize)
	if c.order == points.Desc {
		from, to = max(c.from, c.to-points.BlockSize), c.to
		c.to = from
	} else {
		c.from = to
	}
	for i := from; i < to; {
		i = c.series.next(i, to, c.now)
		end := i
		for end < to && c.series.live(end, c.now) {
			end++
		}
		if i < end {
			v := c.series.points.Slice(i, end)
			b.AppendBlock(&v)
		}
		i = end
	}
	if c.order == points.Desc {
		b.Reverse()
	}
}

// Close has nothing to give back.
func (c *cursor) Close() error {
	c.series, c.end = nil, io.EOF
	return nil
}
