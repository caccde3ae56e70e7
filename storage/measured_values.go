package storage

import (
	"context"

	"aion/storage/points"
)

// measuredValuer measures values without times too.
type measuredValuer struct {
	measuredSummarizer
	inner points.Valuer
}

// Values counts the points and tells of a failure, as Peek does.
func (m *measuredValuer) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	values, at, ok, err = m.inner.Values(ctx, until, v, n)
	m.valued(len(values)-len(v), err)
	return values, at, ok, err
}

// Places counts as Values does. A series that places nothing gives nothing.
func (m *measuredValuer) Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) (values []float64, placed []int, at int64, ok bool, err error) {
	in, takes := m.inner.(points.Placer)
	if !takes {
		return v, places, 0, false, nil
	}
	values, placed, at, ok, err = in.Places(ctx, until, v, n, times, places)
	m.valued(len(values)-len(v), err)
	return values, placed, at, ok, err
}

// valued tells of n values.
func (m *measuredValuer) valued(n int, err error) {
	if n != 0 {
		m.meter.Points(OpNext, n)
	}
	if err != nil {
		m.meter.Observe(OpNext, 0, err)
	}
}
