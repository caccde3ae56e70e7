package pebble

import (
	"context"
	"io"

	"aion/storage/points"
)

// numbers is a series of numbers: its chunks keep summaries.
type numbers struct{ *series }

// Summaries reads a range in ascending order.
func (n *numbers) Summaries(r points.Range) points.Summarizer {
	return &summarizer{cursor: cursor{s: n.series, r: r}}
}

// summarizer is a cursor that can tell of pages and chunks without decoding
// them.
type summarizer struct {
	cursor
	lead  *layer
	pages int // how many pages Skip passes over
}

// Peek answers the summary of the coming chunk, or else of the coming page, if
// it lies wholly in the range and below until, and no other layer, hole or
// expiry has a say in it.
func (s *summarizer) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	s.lead, s.pages = nil, 0
	if !s.ready(ctx) {
		return points.Summary{}, false, endOf(s.end)
	}
	s.sc.merge.paged = true
	lead, others, err := s.sc.merge.pick()
	if err != nil {
		return points.Summary{}, false, s.stop(seriesError(&s.s.key, s.r, err))
	}
	if lead == nil || lead.decoded() || lead.pages.unread || lead.pages.off != 0 {
		return points.Summary{}, false, nil
	}
	if others.ok {
		until = min(until, others.at)
	}
	p := lead.pages
	if sum, ok := p.wholeSummary(until); ok {
		s.lead, s.pages = lead, p.left
		return sum, true, nil
	}
	if _, last, _ := p.c.Page(p.i); last >= until || !p.clean(p.i) {
		return points.Summary{}, false, nil
	}
	sum, ok := p.c.PageSummary(p.i)
	if ok {
		s.lead, s.pages = lead, 1
	}
	return sum, ok, nil
}

// endOf is the error that Peek answers where a cursor has ended.
func endOf(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// wholeSummary is the summary of the open chunk, if nothing of it has been read
// and all of it counts.
func (p *pages) wholeSummary(until int64) (points.Summary, bool) {
	n := p.c.Pages()
	if p.left != n || p.c.Last() >= until || p.aware || touches(p.holes, p.c.First(), p.c.Last()) ||
		p.c.First() < p.bounds.From || p.c.Last() > p.bounds.To {
		return points.Summary{}, false
	}
	return p.c.Summary()
}

// Skip passes over what the last Peek told of.
func (s *summarizer) Skip() {
	if s.lead != nil {
		s.lead.pages.step(s.pages)
		s.lead, s.pages = nil, 0
	}
}
