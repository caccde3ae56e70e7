package connio

import (
	"context"
	"errors"
	"io"

	"aion/aggregators"
	"aion/storage/points"
)

// evenly is an aggregator that changes each point by itself, and leaves nulls as
// they are.
type evenly struct{ aggregators.Aggregator }

// Apply hides the nulls from the aggregator.
func (e *evenly) Apply(g aggregators.Group, in points.Cursor) points.Cursor {
	h := &hidden{Cursor: in}
	return &restored{e.Aggregator.Apply(g, h), h}
}

// hidden is a stream whose nulls look like any number. It keeps where the last
// block had them.
type hidden struct {
	points.Cursor
	nulls []bool
}

// Next reads a block and takes its nulls away.
func (h *hidden) Next(ctx context.Context, b *points.Block) error {
	err := h.Cursor.Next(ctx, b)
	h.nulls, b.Nulls = append(h.nulls[:0], b.Nulls...), b.Nulls[:0]
	return err
}

// restored is the stream of what was computed block by block, with its nulls.
type restored struct {
	points.Cursor
	hidden *hidden
}

// Next reads a block and puts the nulls back.
func (r *restored) Next(ctx context.Context, b *points.Block) error {
	err := r.Cursor.Next(ctx, b)
	if err == nil && len(r.hidden.nulls) == b.Len() {
		b.Nulls = append(b.Nulls[:0], r.hidden.nulls...)
		for i, null := range b.Nulls {
			if null {
				b.Floats[i] = 0
			}
		}
	}
	return err
}

// sparing is an aggregator that is spared nulls. The stamps of its results are
// those of stamps, which sees them; nil: its own.
type sparing struct {
	aggregators.Aggregator
	stamps aggregators.Aggregator
}

// Apply gives the aggregator what is not null.
func (s *sparing) Apply(g aggregators.Group, in points.Cursor) points.Cursor {
	if s.stamps == nil {
		return s.Aggregator.Apply(g, &solid{in})
	}
	t := &tee{in: in, budget: g.Run.Budget}
	return &stamped{
		Cursor: s.Aggregator.Apply(g, &solid{&branch{tee: t, side: 0}}),
		stamps: s.stamps.Apply(g, &branch{tee: t, side: 1}),
	}
}

// solid is a stream without its nulls.
type solid struct{ points.Cursor }

// Next reads on until there is something else than nulls.
func (s *solid) Next(ctx context.Context, b *points.Block) error {
	for {
		if err := s.Cursor.Next(ctx, b); err != nil {
			return err
		}
		if withoutNulls(b); b.Len() != 0 {
			return nil
		}
	}
}

// withoutNulls takes the nulls out of a block.
func withoutNulls(b *points.Block) {
	if len(b.Nulls) == 0 {
		return
	}
	n := 0
	for i, null := range b.Nulls {
		if null {
			continue
		}
		b.Times[n], b.Floats[n] = b.Times[i], b.Floats[i]
		if len(b.Ints) != 0 {
			b.Ints[n] = b.Ints[i]
		}
		if len(b.IsInt) != 0 {
			b.IsInt[n] = b.IsInt[i]
		}
		n++
	}
	b.Times, b.Floats, b.Nulls = b.Times[:n], b.Floats[:n], b.Nulls[:0]
	b.Ints, b.IsInt = b.Ints[:min(n, len(b.Ints))], b.IsInt[:min(n, len(b.IsInt))]
}

// stamped is a stream of results of ranges with the stamps of another one, which
// has a result for each of these ranges, and for others.
type stamped struct {
	points.Cursor
	stamps points.Cursor
	block  points.Block
	pos    int
	at     int64 // the last stamp at or before the result at hand
	ended  bool
}

// Next reads a block and stamps it.
func (s *stamped) Next(ctx context.Context, b *points.Block) error {
	if err := s.Cursor.Next(ctx, b); err != nil {
		return err
	}
	for i, at := range b.Times {
		for !s.ended {
			if s.pos == s.block.Len() {
				s.pos = 0
				if err := s.stamps.Next(ctx, &s.block); errors.Is(err, io.EOF) {
					s.ended = true
					break
				} else if err != nil {
					b.Reset(b.Kind)
					return err
				}
			}
			if s.block.Times[s.pos] > at {
				break
			}
			s.at = s.block.Times[s.pos]
			s.pos++
		}
		b.Times[i] = s.at
	}
	return nil
}

// Close closes both streams.
func (s *stamped) Close() error { return errors.Join(s.Cursor.Close(), s.stamps.Close()) }

// tee is one stream for two readers, of which either may be ahead.
type tee struct {
	in     points.Cursor
	budget aggregators.Budget
	ahead  [2][]points.Block // for each reader what the other one has read already
	ended  error
}

// branch is one reader's end of a tee.
type branch struct {
	*tee
	side int
}

// Next hands on the next block.
func (r *branch) Next(ctx context.Context, b *points.Block) error {
	if mine := r.ahead[r.side]; len(mine) > 0 {
		r.ahead[r.side] = mine[1:]
		*b = mine[0]
		return r.take(-b.Size())
	}
	if r.ended == nil {
		r.ended = r.in.Next(ctx, b)
	}
	if r.ended != nil {
		b.Reset(b.Kind)
		return r.ended
	}
	var kept points.Block
	kept.Reset(b.Kind)
	kept.Type = b.Type
	kept.AppendBlock(b)
	r.ahead[1-r.side] = append(r.ahead[1-r.side], kept)
	return r.take(kept.Size())
}

// take charges what is held.
func (t *tee) take(bytes int) error {
	if t.budget == nil {
		return nil
	}
	return t.budget.Take(int64(bytes))
}

// Close gives back what is held. The stream itself may be closed twice.
func (r *branch) Close() error {
	held := 0
	for _, b := range r.ahead[r.side] {
		held += b.Size()
	}
	r.ahead[r.side] = nil
	return errors.Join(r.take(-held), r.in.Close())
}

// since is an aggregator without the nulls that it makes before a time.
type since struct {
	aggregators.Aggregator
	from int64
}

// Apply takes these nulls away.
func (s *since) Apply(g aggregators.Group, in points.Cursor) points.Cursor {
	return &beginning{s.Aggregator.Apply(g, in), s.from}
}

// beginning is a stream without its first nulls, as far as they are before a time.
type beginning struct {
	points.Cursor
	from int64
}

// Next reads on until there is something else than these nulls.
func (c *beginning) Next(ctx context.Context, b *points.Block) error {
	for {
		if err := c.Cursor.Next(ctx, b); err != nil {
			return err
		}
		n := 0
		for n < b.Len() && b.Null(n) && b.Times[n] < c.from {
			n++
		}
		if n > 0 {
			*b = b.Slice(n, b.Len())
		}
		if b.Len() != 0 {
			return nil
		}
	}
}
