package storage

import (
	"context"

	"aion/storage/points"
)

// measuredValuer measures values without times too.
type measuredValuer struct {
	*measuredSummarizer
	inner points.Valuer
}

// Values counts the points and tells of a failure, as Peek does.
func (m *measuredValuer) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	values, at, ok, err = m.inner.Values(ctx, until, v, n)
	if len(values) != len(v) {
		m.meter.Points(OpNext, len(values)-len(v))
	}
	if err != nil {
		m.meter.Observe(OpNext, 0, err)
	}
	return values, at, ok, err
}
