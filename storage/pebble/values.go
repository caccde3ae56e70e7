package pebble

import (
	"context"
	"fmt"
	"math"

	"aion/storage/points"
)

// Values gives values without times as long as they come from pages of doubles
// in which no other layer, hole or expiry has a say.
func (s *summarizer) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	s.lead, s.pages = nil, 0
	if !s.ready(ctx) {
		return v, 0, false, endOf(s.end)
	}
	lead, others, err := s.sc.merge.pick()
	if err != nil {
		return v, 0, false, s.stop(seriesError(&s.s.key, s.r, err))
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
			return v[:old], 0, false, s.stop(seriesError(&s.s.key, s.r, err))
		}
		switch {
		case !more || at >= stop:
			return v, 0, false, nil
		case !p.clean(p.i) || p.split(min(until, stop)):
			s.sc.merge.paged = true
			return v, 0, false, nil
		case at >= until || len(v)-old >= n:
			return v, at, true, nil
		case !p.c.Doubles():
			return v, 0, false, nil
		}
		if v, err = p.values(v, min(until, stop)); err != nil {
			return v[:old], 0, false, s.stop(seriesError(&s.s.key, s.r, err))
		}
	}
}

// split tells whether until parts the next page at a place that only decoding all
// its times would tell: they had better be given out, too.
func (p *pages) split(until int64) bool {
	first, last, _ := p.c.Page(p.i)
	return p.off == 0 && first < until && last >= until && !p.c.Searchable(p.i)
}

// values appends the next page's values that come before until, of which there
// is at least one.
func (p *pages) values(v []float64, until int64) ([]float64, error) {
	_, _, size := p.c.Page(p.i)
	n, at, err := p.c.Below(p.i, until)
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
