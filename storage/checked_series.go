package storage

import (
	"context"
	"errors"
	"io"

	"aion/storage/points"
)

// series wraps a driver's series; one with summaries keeps them.
func (c checkedReader) series(s Series) Series {
	cs := checkedSeries{s, c.life}
	if inner, ok := s.(Summarized); ok {
		if k := s.Key(); k.Kind() != points.Number {
			broken("Select: %s is no series of numbers and has summaries", k)
		}
		return checkedSummarized{cs, inner}
	}
	return cs
}

// checkedSeries checks what a series answers.
type checkedSeries struct {
	Series
	life *life
}

// Unwrap is the series that is checked.
func (c checkedSeries) Unwrap() Series { return c.Series }

// Any checks that nothing is found in an empty range.
func (c checkedSeries) Any(ctx context.Context, r points.Range) (bool, error) {
	c.life.use("Any")
	found, err := c.Series.Any(ctx, r)
	if found && (err != nil || r.Empty()) {
		broken("Any(%v) of %s: true and the error %v", r, c.Key(), err)
	}
	return found, err
}

// Points is the driver's cursor, checked.
func (c checkedSeries) Points(r points.Range, o points.Order) points.Cursor {
	c.life.use("Points")
	return &checkedCursor{cursor: c.Series.Points(r, o), key: c.Key(), r: r, order: o, life: c.life}
}

// checkedSummarized is a checkedSeries with summaries.
type checkedSummarized struct {
	checkedSeries
	inner Summarized
}

// Summaries is the driver's summarizer, checked.
func (c checkedSummarized) Summaries(r points.Range) points.Summarizer {
	c.life.use("Summaries")
	s := c.inner.Summaries(r)
	cs := &checkedSummarizer{checkedCursor{cursor: s, key: c.Key(), r: r, life: c.life}, s, nil}
	if v, ok := s.(points.Valuer); ok {
		return &checkedValuer{cs, v}
	}
	return cs
}

// checkedCursor checks every block of a cursor over one series.
type checkedCursor struct {
	cursor         points.Cursor
	key            points.Key
	r              points.Range
	order          points.Order
	life           *life
	opened, closed bool
	begun          bool  // last is the time of a point that was given
	last           int64 // read only if begun
	end            error // the answer that ended the series
}

// Next overwrites b, asks the driver and checks its answer.
func (c *checkedCursor) Next(ctx context.Context, b *points.Block) error {
	c.use("Next")
	scribble(b)
	err := c.cursor.Next(ctx, b)
	switch {
	case err == nil && c.end != nil:
		c.broken("points after the end, which was %v", c.end)
	case err == nil && b.Len() == 0:
		c.broken("neither points nor an error")
	case err == nil:
		c.check(b)
	case b.Len() != 0:
		c.broken("%d points and the error %v", b.Len(), err)
	case errors.Is(err, io.EOF) && err != io.EOF:
		c.broken("io.EOF is wrapped: %v", err)
	case c.end != nil && err.Error() != c.end.Error():
		c.broken("the end was %v and is now %v", c.end, err)
	default:
		c.end = err
	}
	return err
}

// Held passes on what the driver keeps open, which is nothing after the Close.
func (c *checkedCursor) Held() int {
	n := held(c.cursor)
	if n < 0 || n > 0 && (c.closed || c.end != nil) {
		c.broken("%d bytes held, with the end %v", n, c.end)
	}
	return n
}

// use checks that the cursor may be used, and counts it as open.
func (c *checkedCursor) use(method string) {
	c.life.use(method)
	if c.closed {
		c.broken("%s after Close", method)
	}
	if !c.opened {
		c.opened = true
		c.life.count(1)
	}
}

// broken names the cursor's series.
func (c *checkedCursor) broken(format string, args ...any) {
	broken("cursor over %s in %v %s: "+format, append([]any{c.key, c.r, c.order}, args...)...)
}

// check checks a block of points.
func (c *checkedCursor) check(b *points.Block) {
	if p := BlockProblem(&c.key, b); p != "" {
		c.broken("%s", p)
	}
	for _, at := range b.Times {
		if !c.r.Holds(at) {
			c.broken("time %d lies outside", at)
		}
		c.advance(at)
	}
}

// advance checks that at comes after the last time.
func (c *checkedCursor) advance(at int64) {
	if c.begun && (at == c.last || (at < c.last) != (c.order == points.Desc)) {
		c.broken("time %d after %d", at, c.last)
	}
	c.begun, c.last = true, at
}

// Close closes the cursor, as often as the caller likes.
func (c *checkedCursor) Close() error {
	if c.opened && !c.closed {
		c.life.count(-1)
	}
	c.closed = true
	return c.cursor.Close()
}

// checkedSummarizer checks summaries too.
type checkedSummarizer struct {
	checkedCursor
	inner  points.Summarizer
	peeked *points.Summary // what Skip would pass over
}

// Next reads on, and so forgets what was peeked.
func (c *checkedSummarizer) Next(ctx context.Context, b *points.Block) error {
	c.peeked = nil
	return c.checkedCursor.Next(ctx, b)
}

// Peek checks that a summary is one of coming points below until.
func (c *checkedSummarizer) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	c.use("Peek")
	c.peeked = nil
	s, ok, err := c.inner.Peek(ctx, until)
	if !ok {
		return s, ok, err
	}
	switch {
	case err != nil || c.end != nil:
		c.broken("a summary, the error %v and the end %v", err, c.end)
	case s.Count < 1 || s.FirstAt > s.LastAt || uint64(s.Count-1) > uint64(s.LastAt-s.FirstAt):
		c.broken("a summary of %d points from %d to %d", s.Count, s.FirstAt, s.LastAt)
	case !c.r.Holds(s.FirstAt) || !c.r.Holds(s.LastAt) || s.LastAt >= until:
		c.broken("a summary from %d to %d, until %d", s.FirstAt, s.LastAt, until)
	case c.begun && s.FirstAt <= c.last:
		c.broken("a summary from %d after the time %d", s.FirstAt, c.last)
	case s.Min > s.Max || s.First < s.Min || s.First > s.Max || s.Last < s.Min || s.Last > s.Max:
		c.broken("a summary of %v to %v, first %v, last %v", s.Min, s.Max, s.First, s.Last)
	case s.Ints != (c.key.Type == points.TypeLong):
		c.broken("a summary with integers: %t", s.Ints)
	}
	c.peeked = &s
	return s, ok, err
}

// Skip checks that there is something to skip.
func (c *checkedSummarizer) Skip() {
	c.use("Skip")
	if c.peeked == nil {
		c.broken("Skip without Peek")
	}
	c.begun, c.last, c.peeked = true, c.peeked.LastAt, nil
	c.inner.Skip()
}
