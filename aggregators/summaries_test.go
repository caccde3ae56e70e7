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
			sum, next := summaryOf(s.points[:n]), n+s.page
			sum.Final = next > len(s.points) || s.points[next-1].at >= until
			return sum, true, nil
		}
	}
	return points.Summary{}, false, nil
}

// Skip passes over what Peek offered.
func (s *summarized) Skip() {
	s.points, s.read, s.skipped = s.points[s.peeked:], s.read+s.peeked, s.skipped+s.peeked
}

// valued is a summarized cursor that gives values without times too.
type valued struct{ *summarized }

// Values gives the values of doubles, n of them.
func (s valued) Values(_ context.Context, until int64, v []float64, n int) ([]float64, int64, bool, error) {
	for {
		switch {
		case len(s.points) == 0 || s.points[0].kind != "double":
			return v, 0, false, nil
		case s.points[0].at >= until || n <= 0:
			return v, s.points[0].at, true, nil
		}
		v = append(v, s.points[0].number())
		s.points, s.read, n = s.points[1:], s.read+1, n-1
	}
}

// Places gives values as Values does, and finds the places of others among them.
func (s valued) Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) ([]float64, []int, int64, bool, error) {
	old, begin, last := len(v), s.points, int64(math.MinInt64)
	v, at, ok, err := s.Values(ctx, until, v, n)
	if n := len(v) - old; n != 0 {
		last = begin[n-1].at
	}
	for _, other := range times {
		if (!ok || at < until) && other > last {
			break
		}
		i := 0
		for ; i < len(v)-old && begin[i].at < other; i++ {
		}
		if i < len(v)-old && begin[i].at == other {
			i = ^i
		}
		places = append(places, i)
	}
	return v, places, at, ok, err
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

// A valued cursor is what drivers with doubles in columns offer.
var _ points.Placer = valued{}
