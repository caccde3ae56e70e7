package rollup

import (
	"context"
	"errors"

	"aion/storage/points"
)

// Making is how answers make the wanted one.
type Making uint8

// The ways.
const (
	Given   Making = iota // they are it
	Counted               // their numbers are whole
	Divided               // the first's numbers are divided by the second's
)

// Cursor is the wanted answer, made of those of a Stand's metrics. Closing it
// closes them.
func (m Making) Cursor(in []points.Cursor) points.Cursor {
	switch m {
	case Counted:
		return &counted{Cursor: in[0]}
	case Divided:
		return &divided{sums: side{Cursor: in[0]}, counts: side{Cursor: in[1]}}
	}
	return in[0]
}

// counted makes numbers whole.
type counted struct {
	points.Cursor
	held points.Block
}

// Next reads numbers, and makes them whole.
func (c *counted) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.Number)
	if err := c.Cursor.Next(ctx, &c.held); err != nil {
		return err
	}
	for i, at := range c.held.Times {
		b.AppendInt(at, int64(c.held.Floats[i]))
	}
	return nil
}

// side is one of two cursors, with the points of it that are not used yet.
type side struct {
	points.Cursor
	held points.Block
	at   int
}

// reach reads on where no point is left.
func (s *side) reach(ctx context.Context) error {
	if s.at < s.held.Len() {
		return nil
	}
	s.at = 0
	return s.Cursor.Next(ctx, &s.held)
}

// divided divides the numbers of one cursor by those of another at the same times.
type divided struct {
	sums, counts side
	done         error
}

// Next divides a block.
func (d *divided) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.Number)
	for d.done == nil && b.Len() < points.BlockSize {
		if d.done = d.sums.reach(ctx); d.done == nil {
			d.done = d.counts.reach(ctx)
		}
		if d.done == nil {
			d.step(b)
		}
	}
	if b.Len() > 0 {
		return nil
	}
	return d.done
}

// step adds the quotient where both have a point, and goes on.
func (d *divided) step(b *points.Block) {
	s, c := &d.sums, &d.counts
	x, y := s.held.Times[s.at], c.held.Times[c.at]
	if x == y {
		b.AppendFloat(x, s.held.Floats[s.at]/c.held.Floats[c.at])
	}
	if x <= y {
		s.at++
	}
	if y <= x {
		c.at++
	}
}

// Close closes both.
func (d *divided) Close() error { return errors.Join(d.sums.Close(), d.counts.Close()) }
