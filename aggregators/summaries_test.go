package aggregators

import (
	"context"
	"math"

	"aion/storage/points"
)

// summarized is a cursor with a summary for each page of points.
type summarized struct {
	*cursor
	page    int
	read    int // points given out or passed over
	peeked  int
	skipped int
}

// Next reads up to the end of a page.
func (s *summarized) Next(ctx context.Context, b *points.Block) error {
	size := s.size
	s.size = min(size, s.page-s.read%s.page)
	err := s.cursor.Next(ctx, b)
	s.size = size
	s.read += b.Len()
	return err
}

// Peek offers a whole number of pages.
func (s *summarized) Peek(_ context.Context, until int64) (points.Summary, bool, error) {
	s.peeked = 0
	if s.read%s.page != 0 {
		return points.Summary{}, false, nil
	}
	for _, pages := range []int{8, 3, 1} {
		if n := pages * s.page; n <= len(s.points) && s.points[n-1].at < until {
			s.peeked = n
			return summaryOf(s.points[:n]), true, nil
		}
	}
	return points.Summary{}, false, nil
}

// Skip passes over what Peek offered.
func (s *summarized) Skip() {
	s.points, s.read, s.skipped = s.points[s.peeked:], s.read+s.peeked, s.skipped+s.peeked
}

// summaryOf summarizes points.
func summaryOf(all []point) points.Summary {
	first, last := all[0], all[len(all)-1]
	s := points.Summary{
		Count: int64(len(all)), First: first.number(), Last: last.number(), FirstAt: first.at, LastAt: last.at, Ints: true,
		FirstInt: int64(first.bits), LastInt: int64(last.bits), Min: first.number(), Max: first.number(),
	}
	for _, p := range all {
		v := p.number()
		s.Sum, s.SumAbs, s.Ints = s.Sum+v, s.SumAbs+math.Abs(v), s.Ints && p.kind == "long"
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	}
	return s
}

// A summarized cursor is what drivers with summaries offer.
var _ points.Summarizer = (*summarized)(nil)
