package pebble

import (
	"context"
	"io"

	"aion/storage/points"
)

// numbers is a series of numbers: its chunks keep summaries.
type numbers struct{ series }

// Summaries reads a range in ascending order.
func (n *numbers) Summaries(r points.Range) points.Summarizer {
	return &summarizer{cursor: cursor{s: &n.series, r: n.kept(r)}}
}

// summarizer is a cursor that can tell of pages and chunks without decoding
// them.
type summarizer struct {
	cursor
	lead  *layer
	pages int // how many pages Skip passes over
}

// Peek answers the summary of the coming pages of a chunk that lie wholly in the
// range and below until, if no other layer, hole or expiry has a say in them.
func (s *summarizer) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	s.lead, s.pages = nil, 0
	if !s.ready(ctx) {
		return points.Summary{}, false, endOf(s.end)
	}
	s.sc.merge.paged = true
	lead, others, err := s.sc.merge.pick()
	if err != nil {
		return points.Summary{}, false, s.stop(s.s.failed(s.r, err))
	}
	if lead == nil || lead.decoded() || lead.pages.unread || lead.pages.off != 0 {
		return points.Summary{}, false, nil
	}
	if others.ok {
		until = min(until, others.at)
	}
	p := lead.pages
	n, all := p.cleanBelow(until)
	sum, ok := p.c.PagesSummary(p.i, p.i+n)
	if ok {
		s.lead, s.pages = lead, n
		sum.Final = all && n < p.left && !others.ok
	}
	return sum, ok, nil
}

// cleanBelow counts the coming pages that end below until and can be taken as
// they are: all that there are, one, or none.
func (p *pages) cleanBelow(until int64) (n int, all bool) {
	n = min(p.c.PagesBelow(p.i, until), p.left)
	if n == 0 || p.aware {
		return 0, false
	}
	if n < p.left {
		p.c.FetchPage(p.i + n)
	}
	first, _, _ := p.c.Page(p.i)
	_, last, _ := p.c.Page(p.i + n - 1)
	switch {
	case first >= p.bounds.From && last <= p.bounds.To && !touches(p.holes, first, last):
		return n, true
	case p.clean(p.i):
		return 1, false
	}
	return 0, false
}

// endOf is the error that Peek answers where a cursor has ended.
func endOf(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// Skip passes over what the last Peek told of.
func (s *summarizer) Skip() {
	if s.lead != nil {
		s.lead.pages.step(s.pages)
		s.lead, s.pages = nil, 0
	}
}
