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
	c.checkValues(until, len(values)-len(v), n, at, ok, err)
	return values, at, ok, err
}

// Places checks values as Values does, and that places lie among them, in order. A
// driver that places nothing gives nothing.
func (c *checkedValuer) Places(ctx context.Context, until int64, v []float64, n int, times []int64, places []int) (values []float64, placed []int, at int64, ok bool, err error) {
	c.use("Places")
	in, takes := c.inner.(points.Placer)
	if !takes {
		return v, places, 0, false, nil
	}
	c.peeked = nil
	values, placed, at, ok, err = in.Places(ctx, until, v, n, times, places)
	given := len(values) - len(v)
	c.checkValues(until, given, n, at, ok, err)
	own := placed[len(places):]
	if len(own) > len(times) || len(own) < len(times) && ok && at >= until || len(own) != 0 && err != nil {
		c.broken("%d of %d times placed, the end known %t and the error %v", len(own), len(times), ok, err)
	}
	for i, place := range own {
		if place < 0 {
			place = ^place + 1
		}
		if place > given || i > 0 && place < max(own[i-1], ^own[i-1]) {
			c.broken("the places %v among %d values", own, given)
		}
	}
	return values, placed, at, ok, err
}

// checkValues checks what Values answers: given values of n.
func (c *checkedValuer) checkValues(until int64, given, n int, at int64, ok bool, err error) {
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
}
