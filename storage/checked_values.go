package storage

import (
	"context"

	"aion/storage/points"
)

// checkedValuer checks values without times too.
type checkedValuer struct {
	*checkedSummarizer
	inner points.Valuer
}

// Values checks that values come from a series of doubles that has not ended,
// and that the time behind them comes after all before.
func (c *checkedValuer) Values(ctx context.Context, until int64, v []float64, n int) (values []float64, at int64, ok bool, err error) {
	c.use("Values")
	c.peeked = nil
	values, at, ok, err = c.inner.Values(ctx, until, v, n)
	given := len(values) - len(v)
	switch {
	case given < 0 || given > 0 && (err != nil || c.end != nil || c.key.Type != points.TypeDouble):
		c.broken("%d values of a %s, the error %v and the end %v", given, c.key.Type, err, c.end)
	case ok && (err != nil || c.end != nil || !c.r.Holds(at)):
		c.broken("the time %d, the error %v and the end %v", at, err, c.end)
	case ok && at < until && given < n:
		c.broken("%d of %d values, though there is a point at %d, below %d", given, n, at, until)
	case ok && c.begun && at <= c.last:
		c.broken("time %d after %d", at, c.last)
	}
	return values, at, ok, err
}
