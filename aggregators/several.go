package aggregators

import (
	"context"

	"aion/storage/points"
)

// severalRanges is how many ranges are added at once.
const severalRanges = 4

// stepwise is a timeless Reducer each of whose steps waits for the one before, so
// that several ranges at once take little longer than one.
type stepwise interface {
	timeless

	// hopes tells whether summaries are wanted, and values are not.
	hopes() bool

	// flushEach folds ranges of which nothing has been folded yet, whose values are
	// given, and appends their results, stamped at.
	flushEach(of [][]float64, at []int64, out *points.Block) error
}

// several folds the ranges that come next, as far as their values are to be had
// without times and without a pause, and tells whether there was one. Of a range
// that it had to leave to feed, the reducer holds all points in the end.
func (c *windowCursor) several(ctx context.Context, b *points.Block) (some bool, err error) {
	l := c.lane
	r := c.stepwise
	if r == nil || l.vals == nil || l.short || l.pos != l.block.Len() || r.hopes() || b.Len()+severalRanges*maxResults > points.BlockSize {
		return false, nil
	}
	var of [severalRanges][]float64
	var stamps [severalRanges]int64
	v := l.room.values[:0]
	for n := range of {
		start, end, err := c.ranges.of(l.at)
		if err != nil || end <= l.at {
			return n != 0, r.flushEach(of[:n], stamps[:n], b)
		}
		had := len(v)
		stamps[n] = c.stamp(l.at, start, end)
		var at int64
		var ok bool
		v, at, ok, err = l.vals.Values(ctx, end, v, points.BlockSize)
		l.room.values = v
		if err != nil {
			return false, err
		}
		if of[n] = v[had:]; ok {
			l.at = at
		}
		if !ok || at < end {
			if err := r.flushEach(of[:n], stamps[:n], b); err != nil {
				return false, err
			}
			return true, c.goOn(ctx, of[n], stamps[n], end, until(start, end))
		}
		l.short = len(of[n]) < shortRange
	}
	return true, r.flushEach(of[:], stamps[:], b)
}

// goOn folds a range of which the first values are given.
func (c *windowCursor) goOn(ctx context.Context, v []float64, stamp, end, next int64) (err error) {
	l := c.lane
	if err := c.stepwise.AddValues(v); err != nil {
		return err
	}
	l.given = int64(len(v))
	c.more, err = l.feed(ctx, c.reducer, end, next)
	l.short = l.given < shortRange
	c.folded, c.stamped = true, stamp
	return err
}

// addEach adds to each sum the numbers of a range, one after the other.
func addEach(sums *[severalRanges]float64, of [][]float64) {
	n := 0
	if len(of) == severalRanges {
		n = min(len(of[0]), len(of[1]), len(of[2]), len(of[3]))
		v, w, x, y := of[0][:n], of[1][:n], of[2][:n], of[3][:n]
		a, b, c, d := sums[0], sums[1], sums[2], sums[3]
		for i := range v {
			a += v[i]
			b += w[i]
			c += x[i]
			d += y[i]
		}
		sums[0], sums[1], sums[2], sums[3] = a, b, c, d
	}
	for i, v := range of {
		sums[i] = add(sums[i], v[n:])
	}
}
