package storage

import (
	"context"
	"time"

	"aion/storage/points"
)

// Leading is a Series whose driver reads the first points of many series in one
// go, for who wants few of each of very many: no cursor is made for any of them.
type Leading interface {
	Series

	// Leading replaces b's contents with the first points that each of the series
	// has in the range, at most n of each, one series behind the other, and adds to
	// ends how many points b has behind each. The series are of one selection, from
	// which this one is too, and of one kind; of opaque points, of one type.
	Leading(ctx context.Context, all []Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) ([]int, error)
}

// Lead is Leading of the series, at least one, or of those that they wrap. It
// answers false where they have none, and nothing was done.
func Lead(ctx context.Context, all []Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) (_ []int, ok bool, err error) {
	if l, ok := all[0].(Leading); ok {
		ends, err := l.Leading(ctx, all, r, o, n, b, ends)
		return ends, true, err
	}
	w, ok := all[0].(leadingWrapper)
	if !ok {
		return ends, false, nil
	}
	inner := make([]Series, len(all))
	for i, s := range all {
		w, ok := s.(leadingWrapper)
		if !ok {
			return ends, false, nil
		}
		inner[i] = w.Unwrap()
	}
	return w.lead(ctx, inner, r, o, n, b, ends)
}

// leadingWrapper is a series that wraps another one, and can be led through: lead
// is Lead of the inner series of some that are wrapped like it.
type leadingWrapper interface {
	Unwrap() Series
	lead(ctx context.Context, inner []Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) ([]int, bool, error)
}

// lead measures the reading of all series as that of one block.
func (m measuredSeries) lead(ctx context.Context, inner []Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) ([]int, bool, error) {
	begun := time.Now()
	ends, ok, err := Lead(ctx, inner, r, o, n, b, ends)
	if !ok {
		return ends, false, err
	}
	if err == nil {
		m.meter.Points(OpNext, b.Len())
	}
	m.meter.Observe(OpNext, time.Since(begun), err)
	return ends, true, err
}

// lead checks what has been read of each series as that of a cursor is.
func (c checkedSeries) lead(ctx context.Context, inner []Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) ([]int, bool, error) {
	c.life.use("Leading")
	scribble(b)
	had := len(ends)
	ends, ok, err := Lead(ctx, inner, r, o, n, b, ends)
	if !ok || err != nil {
		return ends, ok, err
	}
	if len(ends)-had != len(inner) {
		broken("Leading of %d series: %d ends", len(inner), len(ends)-had)
	}
	from := 0
	for i, to := range ends[had:] {
		one := checkedCursor{key: inner[i].Key(), r: r, order: o, life: c.life}
		if to < from || to-from > n || to > b.Len() {
			one.broken("points %d to %d of %d, at most %d", from, to, b.Len(), n)
		}
		if view := b.Slice(from, to); view.Len() != 0 {
			one.check(&view)
		}
		from = to
	}
	if from != b.Len() {
		broken("Leading: %d points behind the last of %d series", b.Len()-from, len(inner))
	}
	return ends, true, nil
}
