package pebble

import (
	"context"
	"fmt"
	"math"
	"slices"

	"aion/storage/points"
)

// Values gives values without times as long as they come from pages of doubles
// in which no other layer, hole or expiry has a say.
func (s *summarizer) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	return s.strip(ctx, until, v, n, nil)
}

// Places is Values beside the times of others.
func (s *summarizer) Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) (values []float64, placed []int, at int64, ok bool, err error) {
	w := placing{times: times, places: places, from: len(v)}
	values, at, ok, err = s.strip(ctx, until, v, n, &w)
	switch {
	case err != nil:
		return values, places, 0, false, err
	case ok && at >= until:
		w.rest(len(values))
	}
	return values, w.places, at, ok, nil
}

// strip is Values that places the times of others, unless w is nil.
func (s *summarizer) strip(ctx context.Context, until int64, v []float64, n int, w *placing) (values []float64, at int64, ok bool, err error) {
	s.lead, s.pages = nil, 0
	if !s.ready(ctx) {
		return v, 0, false, endOf(s.end)
	}
	lead, others, err := s.sc.merge.pick()
	if err != nil {
		return v, 0, false, s.stop(s.s.failed(s.r, err))
	}
	if lead == nil || lead.decoded() || lead.pages.unread {
		return v, 0, false, nil
	}
	stop := int64(math.MaxInt64)
	if others.ok {
		stop = others.at
	}
	old, p := len(v), lead.pages
	for {
		var more bool
		if at, more, err = p.head(); err != nil {
			return v[:old], 0, false, s.stop(s.s.failed(s.r, err))
		}
		switch {
		case !more || at >= stop:
			return v, 0, false, nil
		case !p.clean(p.i):
			s.sc.merge.paged = true
			return v, 0, false, nil
		case at >= until || len(v)-old >= n:
			return v, at, true, nil
		case !p.c.Doubles():
			return v, 0, false, nil
		}
		if v, err = p.values(v, min(until, stop), w); err != nil {
			return v[:old], 0, false, s.stop(s.s.failed(s.r, err))
		}
	}
}

// values appends the next page's values that come before until, of which there
// is at least one. Before that it places the times of others, unless w is nil.
func (p *pages) values(v []float64, until int64, w *placing) ([]float64, error) {
	_, _, size := p.c.Page(p.i)
	n, at, err := p.below(until)
	if err == nil && w != nil {
		err = p.place(w, n, len(v))
	}
	if err != nil {
		return v, err
	}
	if n == size && p.off == 0 {
		v, err = p.c.AppendFloats(v, p.i)
		p.step(1)
		return v, err
	}
	if p.off == 0 {
		if p.floats, err = p.c.AppendFloats(p.floats[:0], p.i); err != nil {
			return v, err
		}
	}
	if n <= p.off {
		return v, fmt.Errorf("find times below %d: %w", until, points.ErrCorrupt)
	}
	v = append(v, p.floats[p.off:n]...)
	if p.off, p.at = n, at; n == size {
		p.step(1)
	}
	return v, nil
}

// below counts the next page's points that come before until, and tells the time
// of the first that does not, if there is one. Times that have to be decoded for
// that are, once for the page.
func (p *pages) below(until int64) (n int, at int64, err error) {
	if _, last, size := p.c.Page(p.i); last < until {
		return size, 0, nil
	}
	if p.c.Searchable(p.i) {
		return p.c.Below(p.i, until)
	}
	if !p.timed {
		if p.times, err = p.c.AppendTimes(p.times[:0], p.i); err != nil {
			return 0, 0, err
		}
		p.timed = true
	}
	if n, _ = slices.BinarySearch(p.times, until); n < len(p.times) {
		at = p.times[n]
	}
	return n, at, nil
}
