package yggio

import (
	"context"

	"aion/aggregators"
	"aion/storage/points"
)

// step is an aggregator of numbers that is a function of its stream.
type step struct {
	text  string
	apply func(g aggregators.Group, in points.Cursor) points.Cursor
}

// Kind takes numbers and answers numbers.
func (s *step) Kind(in points.Kind) (points.Kind, bool) { return points.Number, in == points.Number }

// Apply computes one stream.
func (s *step) Apply(g aggregators.Group, in points.Cursor) points.Cursor { return s.apply(g, in) }

// String is the aggregator as plans print it.
func (s *step) String() string { return s.text }

// reading is the part that cursors over an input have in common: what fill answers
// in the end is answered again, and the input is closed with them.
type reading struct {
	in    points.Cursor
	fill  func(ctx context.Context, b *points.Block) error
	ended error
}

// Next fills b.
func (r *reading) Next(ctx context.Context, b *points.Block) error {
	if r.ended == nil {
		b.Reset(points.Number)
		if r.ended = r.fill(ctx, b); r.ended == nil {
			return nil
		}
	}
	b.Reset(b.Kind)
	return r.ended
}

// Close closes the input.
func (r *reading) Close() error { return r.in.Close() }

// differing answers, of each number but the first, what it has more than the one
// before, at its own time.
func differing() aggregators.Aggregator {
	return &step{"differing", func(_ aggregators.Group, in points.Cursor) points.Cursor {
		var before, block points.Block
		fill := func(ctx context.Context, b *points.Block) error {
			for b.Len() == 0 {
				if err := in.Next(ctx, &block); err != nil {
					return err
				}
				for i := range block.Times {
					if before.Len() != 0 {
						appendDifference(b, &block, i, &before)
					}
					one := block.Slice(i, i+1)
					before.Reset(points.Number)
					before.AppendBlock(&one)
				}
			}
			return nil
		}
		return &reading{in: in, fill: fill}
	}}
}

// appendDifference adds point i of a block less the only point of another one: an
// integer where both are and it is one.
func appendDifference(dst, b *points.Block, i int, less *points.Block) {
	at := b.Times[i]
	if b.Int(i) && less.Int(0) {
		x, y := b.Ints[i], less.Ints[0]
		if d := x - y; (d < x) == (y > 0) {
			dst.AppendInt(at, d)
			return
		}
	}
	dst.AppendFloat(at, b.Floats[i]-less.Floats[0])
}
