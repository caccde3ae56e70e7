package storage

import (
	"context"
	"io"
	"time"

	"aion/storage/points"
)

// measuredCursor measures every block.
type measuredCursor struct {
	points.Cursor
	meter Meter
}

// AtMost passes on how little is wanted.
func (m *measuredCursor) AtMost(n int) {
	if b, ok := m.Cursor.(points.Brief); ok {
		b.AtMost(n)
	}
}

// Held passes on what is kept open.
func (m *measuredCursor) Held() int { return held(m.Cursor) }

// held is what a cursor keeps open, as far as it tells.
func held(c points.Cursor) int {
	if h, ok := c.(points.Holder); ok {
		return h.Held()
	}
	return 0
}

// Next measures the reading of a block and counts its points.
func (m *measuredCursor) Next(ctx context.Context, b *points.Block) error {
	begun := time.Now()
	err := m.Cursor.Next(ctx, b)
	if err == nil {
		m.meter.Points(OpNext, b.Len())
	}
	failed := err
	if err == io.EOF {
		failed = nil
	}
	m.meter.Observe(OpNext, time.Since(begun), failed)
	return err
}

// measuredSummarizer measures summaries too.
type measuredSummarizer struct {
	measuredCursor
	inner  points.Summarizer
	peeked int64 // how many points a Skip would pass over
}

// Peek tells of a failed look alone: reading the clock costs more than a look
// that goes well.
func (m *measuredSummarizer) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	s, ok, err := m.inner.Peek(ctx, until)
	if err != nil {
		m.meter.Observe(OpPeek, 0, err)
	}
	m.peeked = s.Count
	return s, ok, err
}

// Skip counts the points that need not be read.
func (m *measuredSummarizer) Skip() {
	m.meter.Points(OpPeek, int(m.peeked))
	m.inner.Skip()
}
