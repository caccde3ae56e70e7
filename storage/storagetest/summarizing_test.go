package storagetest_test

import (
	"context"
	"io"
	"math"

	"aion/storage"
	"aion/storage/points"
)

// pageSize is for how many points the test's driver keeps a summary.
const pageSize = 300

// summarizing gives series of numbers summaries, each changed by alter.
func summarizing(alter func(*points.Summary)) func(storage.Series) storage.Series {
	return func(s storage.Series) storage.Series {
		if k := s.Key(); k.Type != points.TypeLong && k.Type != points.TypeDouble {
			return s
		}
		return pagedSeries{s, alter}
	}
}

// pagedSeries is a series with a summary for every page.
type pagedSeries struct {
	storage.Series
	alter func(*points.Summary)
}

// Summaries reads the range in pages.
func (s pagedSeries) Summaries(r points.Range) points.Summarizer {
	return &pages{cursor: s.Points(r, points.Asc), alter: s.alter}
}

// pages is a summarizer that has read all points at its first call.
type pages struct {
	cursor points.Cursor
	alter  func(*points.Summary)
	read   bool
	all    points.Block
	at     int // the next point
	peeked int // the point behind the run that Peek told of
}

// load reads everything.
func (p *pages) load(ctx context.Context) error {
	var b points.Block
	for !p.read {
		switch err := p.cursor.Next(ctx, &b); err {
		case nil:
			p.all.AppendBlock(&b)
		case io.EOF:
			p.read = true
		default:
			return err
		}
	}
	return nil
}

// Next gives the points up to the end of the page.
func (p *pages) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.Number)
	if err := p.load(ctx); err != nil {
		return err
	}
	end := min(p.all.Len(), (p.at/pageSize+1)*pageSize)
	if p.at == end {
		return io.EOF
	}
	v := p.all.Slice(p.at, end)
	p.at = end
	b.AppendBlock(&v)
	return nil
}

// Peek adds up the whole pages that end before until.
func (p *pages) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	var s points.Summary
	if err := p.load(ctx); err != nil || p.at%pageSize != 0 {
		return s, false, err
	}
	p.peeked = p.at
	for end := p.at + pageSize; end <= p.all.Len() && p.all.Times[end-1] < until; end += pageSize {
		for i := p.peeked; i < end; i++ {
			p.add(&s, i)
		}
		p.peeked = end
	}
	if s.Count != 0 {
		p.alter(&s)
	}
	return s, s.Count != 0, nil
}

// add adds point i.
func (p *pages) add(s *points.Summary, i int) {
	v, at := p.all.Floats[i], p.all.Times[i]
	if s.Count == 0 {
		*s = points.Summary{Min: v, Max: v, First: v, FirstAt: at, Ints: p.all.Int(i)}
		if s.Ints {
			s.FirstInt = p.all.Ints[i]
		}
	}
	if s.Ints {
		s.LastInt = p.all.Ints[i]
	}
	s.Count++
	s.Min, s.Max = math.Min(s.Min, v), math.Max(s.Max, v)
	s.Sum, s.SumAbs = s.Sum+v, s.SumAbs+math.Abs(v)
	s.Last, s.LastAt = v, at
}

// Skip passes over what Peek added up.
func (p *pages) Skip() { p.at = p.peeked }

// Close closes the cursor.
func (p *pages) Close() error { return p.cursor.Close() }
