package connio

import (
	"context"
	"io"

	"aion/storage"
	"aion/storage/points"
)

// sole is the group of a question that only limits the points of one series.
type sole struct {
	ask    *ask
	part   *part
	series storage.Series
}

// Key names the group.
func (s *sole) Key() points.Key { return points.Key{Type: s.part.typ} }

// Any is true, as of a group of several series.
func (s *sole) Any(context.Context, points.Range) (bool, error) { return true, nil }

// Points reads the group's points within the limit: where they are asked for as the
// limit counts them, those that the series begins with.
func (s *sole) Points(in points.Range, order points.Order) points.Cursor {
	if in == s.ask.reach && order == s.ask.question.order {
		return &leading{few(s.series.Points(in, order), s.ask.limit), s.part, s.ask.limit}
	}
	d := s.ask.drawing([]storage.Series{s.series})
	d.over = true
	g := group{s.Key(), d, s.part}
	return g.Points(in, order)
}

// leading is the points that a series begins with.
type leading struct {
	points.Cursor
	part *part
	left int64
}

// Next reads on until the limit.
func (l *leading) Next(ctx context.Context, b *points.Block) error {
	if l.left == 0 {
		b.Reset(b.Kind)
		return io.EOF
	}
	if err := l.Cursor.Next(ctx, b); err != nil {
		return err
	}
	if n := int64(b.Len()); n > l.left {
		*b = b.Slice(0, int(l.left))
	}
	l.left -= int64(b.Len())
	l.part.seen.Store(true)
	return nil
}
