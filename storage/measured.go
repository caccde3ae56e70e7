package storage

import (
	"context"
	"errors"
	"iter"
	"time"

	"aion/storage/points"
)

// Op names what a Meter is told of.
type Op string

// The operations. One reading of a block is an OpNext, one look at a summary that
// fails an OpPeek.
const (
	OpWrite     Op = "write"
	OpDelete    Op = "delete"
	OpSelect    Op = "select"
	OpMetrics   Op = "metrics"
	OpTagNames  Op = "tag_names"
	OpTagValues Op = "tag_values"
	OpSnapshot  Op = "snapshot"
	OpAny       Op = "any"
	OpNext      Op = "next"
	OpPeek      Op = "peek"
)

// Meter is told what a store does. It is called by many at once, after each
// operation, and must be quick.
type Meter interface {
	// Observe tells of one operation: how long the store was busy with it, and
	// how it failed. io.EOF is no failure and comes as nil.
	Observe(op Op, busy time.Duration, err error)

	// Points tells how many points an OpWrite has stored, an OpNext has read,
	// or a Skip has passed over by an OpPeek.
	Points(op Op, n int)
}

// Measured is s with everything it does told to m. Time that a caller spends
// between two series or names is not counted.
func Measured(s Store, m Meter) Store {
	return &measured{measuredReader{s, m}, s}
}

// measured is the store of Measured.
type measured struct {
	measuredReader
	store Store
}

// Unwrap is the store that is measured.
func (m *measured) Unwrap() Store { return m.store }

// Write measures the write and counts what it has stored.
func (m *measured) Write(ctx context.Context, b *Batch) error {
	n, begun := b.Len(), time.Now()
	err := m.store.Write(ctx, b)
	if errors.Is(err, ErrForgotten) { // it comes again
		return err
	}
	m.meter.Observe(OpWrite, time.Since(begun), err)
	if err == nil {
		m.meter.Points(OpWrite, n)
	}
	return err
}

// Recall passes the call on. A store that is no Recaller knows nothing.
func (m *measured) Recall(marks []Mark, refs []Ref) { RecallFrom(m.store, marks, refs) }

// Delete measures the deletion.
func (m *measured) Delete(ctx context.Context, s Selection, r points.Range) error {
	begun := time.Now()
	err := m.store.Delete(ctx, s, r)
	m.meter.Observe(OpDelete, time.Since(begun), err)
	return err
}

// Snapshot measures how long taking it lasts, and then its reads.
func (m *measured) Snapshot(ctx context.Context) (Snapshot, error) {
	begun := time.Now()
	s, err := m.store.Snapshot(ctx)
	m.meter.Observe(OpSnapshot, time.Since(begun), err)
	if err != nil {
		return nil, err
	}
	return &measuredSnapshot{measuredReader{s, m.meter}, s}, nil
}

// Health passes the call on.
func (m *measured) Health(ctx context.Context) error { return m.store.Health(ctx) }

// Close passes the call on.
func (m *measured) Close() error { return m.store.Close() }

// measuredSnapshot is a snapshot of a measured store.
type measuredSnapshot struct {
	measuredReader
	snapshot Snapshot
}

// Close passes the call on.
func (m *measuredSnapshot) Close() error { return m.snapshot.Close() }

// measuredReader measures reads.
type measuredReader struct {
	reader Reader
	meter  Meter
}

// Select measures the selection, and then what is read of its series.
func (m measuredReader) Select(ctx context.Context, s Selection) iter.Seq2[Series, error] {
	return func(yield func(Series, error) bool) {
		made := measuredShelf{meter: m.meter}
		for sr, err := range timed(m.meter, OpSelect, m.reader.Select(ctx, s)) {
			if err == nil {
				sr = made.series(sr)
			}
			if !yield(sr, err) {
				return
			}
		}
	}
}

// Metrics measures the listing.
func (m measuredReader) Metrics(ctx context.Context, s Selection) iter.Seq2[string, error] {
	return timed(m.meter, OpMetrics, m.reader.Metrics(ctx, s))
}

// TagNames measures the listing.
func (m measuredReader) TagNames(ctx context.Context, s Selection) iter.Seq2[string, error] {
	return timed(m.meter, OpTagNames, m.reader.TagNames(ctx, s))
}

// TagValues measures the listing.
func (m measuredReader) TagValues(ctx context.Context, tag string, s Selection) iter.Seq2[string, error] {
	return timed(m.meter, OpTagValues, m.reader.TagValues(ctx, tag, s))
}

// measuredShelf makes measured series. Those of one selection stand side by side
// in memory, because a query holds very many.
type measuredShelf struct {
	meter Meter
	size  int // of the last room that was made
	room  []measuredSummarized
}

// series measures a series; one with summaries keeps them.
func (f *measuredShelf) series(s Series) Series {
	if len(f.room) == 0 {
		f.size = min(2*f.size+1, 127)
		f.room = make([]measuredSummarized, f.size)
	}
	ms := &f.room[0]
	f.room = f.room[1:]
	ms.measuredSeries = measuredSeries{s, f.meter}
	if inner, ok := s.(Summarized); ok {
		ms.inner = inner
		return ms
	}
	return &ms.measuredSeries
}

// measuredSeries measures reading one series.
type measuredSeries struct {
	Series
	meter Meter
}

// Unwrap is the series that is measured.
func (m measuredSeries) Unwrap() Series { return m.Series }

// Any measures the question.
func (m measuredSeries) Any(ctx context.Context, r points.Range) (bool, error) {
	begun := time.Now()
	found, err := m.Series.Any(ctx, r)
	m.meter.Observe(OpAny, time.Since(begun), err)
	return found, err
}

// Points measures the reading.
func (m measuredSeries) Points(r points.Range, o points.Order) points.Cursor {
	return &measuredCursor{m.Series.Points(r, o), m.meter}
}

// measuredSummarized is a measuredSeries with summaries.
type measuredSummarized struct {
	measuredSeries
	inner Summarized
}

// Summaries measures the reading.
func (m measuredSummarized) Summaries(r points.Range) points.Summarizer {
	s := m.inner.Summaries(r)
	if v, ok := s.(points.Valuer); ok {
		return &measuredValuer{measuredSummarizer{measuredCursor{s, m.meter}, s, 0}, v}
	}
	return &measuredSummarizer{measuredCursor{s, m.meter}, s, 0}
}
