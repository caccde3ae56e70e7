package aggregators

import (
	"context"

	"aion/storage/points"
)

// severalRanges is how many ranges are added at once, and mostRanges how many the first of
// a stream are, which the very first joins.
const (
	severalRanges = 4
	mostRanges    = severalRanges + 1
)

// several is ranges that are added at once, and the stamps of their results.
type several struct {
	of     [mostRanges][]float64
	stamps [mostRanges]int64
}

// stepwise is a timeless Reducer each of whose steps waits for the one before, so
// that several ranges at once take little longer than one.
type stepwise interface {
	timeless

	// hopes tells whether summaries are wanted, and values are not.
	hopes() bool

	// flushEach folds ranges of which nothing has been folded yet, whose values are
	// given, and appends their results, stamped at. The last one may have no stamp: its
	// values are as those that AddValues has been given, then.
	flushEach(of [][]float64, at []int64, out *points.Block) error
}

// several folds the ranges that come next, as far as their values are to be had
// without times and without a pause, and tells whether there was one. Of a range
// that it had to leave to feed, the reducer holds all points in the end.
func (c *windowCursor) several(ctx context.Context, b *points.Block) (some bool, err error) {
	l := c.lane
	r := c.stepwise
	if r == nil || l.vals == nil || l.short || l.pos != l.block.Len() || b.Len()+severalRanges*maxResults > points.BlockSize {
		return false, nil
	}
	most := severalRanges
	if r.hopes() {
		most = mostRanges
		if declined, err := c.declinesFirst(ctx); !declined {
			return false, err
		}
	}
	of, stamps := &l.room.several.of, &l.room.several.stamps
	v := l.room.values[:0]
	for n := range most {
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
			if err := r.flushEach(of[:n+1], stamps[:n], b); err != nil {
				return false, err
			}
			return true, c.goOn(ctx, len(of[n]), stamps[n], end, until(start, end))
		}
		l.short = len(of[n]) < shortRange
		if n == 0 && most == mostRanges && (l.short || len(of[n]) >= freeFrom) {
			most = 1 // those behind it are to be asked for otherwise
			break
		}
	}
	return true, r.flushEach(of[:most], stamps[:most], b)
}

// declinesFirst tells whether the reducer, which hopes for summaries, takes none of the
// stream's first range: not that of the pages that come, which is the only one, nor that
// of fewer of them.
func (c *windowCursor) declinesFirst(ctx context.Context) (bool, error) {
	l := c.lane
	t, ok := c.reducer.(taker)
	if c.begun || l.sums == nil || !ok {
		return false, nil
	}
	c.begun = true
	_, end, err := c.ranges.of(l.at)
	if err != nil || end <= l.at {
		return false, nil
	}
	l.sum, ok, err = l.sums.Peek(ctx, end)
	return ok && l.sum.Final && !t.takes(&l.sum), err
}

// sweepEach is sweep for the ranges of doubles that several can be folded of at once.
func (c *windowCursor) sweepEach(b *points.Block) (some bool, err error) {
	l := c.lane
	times, floats := l.block.Times, l.block.Floats
	for n := 0; b.Len()+severalRanges*maxResults <= points.BlockSize; some = true {
		of, stamps := &l.room.several.of, &l.room.several.stamps
		k, pos := 0, l.pos
		for ; k < severalRanges; k++ {
			at := times[pos]
			start, end, err := c.ranges.of(at)
			if n = belowAbout(times[pos:], end, n); err != nil || n == 0 || pos+n == len(times) {
				break
			}
			of[k], stamps[k] = floats[pos:pos+n], c.stamp(at, start, end)
			pos += n
		}
		if k < severalRanges {
			return some, nil
		}
		l.pos = pos
		if err := c.stepwise.flushEach(of[:severalRanges], stamps[:severalRanges], b); err != nil {
			return some, err
		}
	}
	return some, nil
}

// goOn folds a range of which the reducer has so many values.
func (c *windowCursor) goOn(ctx context.Context, given int, stamp, end, next int64) (err error) {
	l := c.lane
	l.given = int64(given)
	c.more, err = l.feed(ctx, c.reducer, end, next)
	l.short = l.given < shortRange
	c.folded, c.stamped = true, stamp
	return err
}

// addEach makes each sum, which is 0, that of the numbers of a range, one after the
// other. Fewer ranges than are added at once are added as if the last one were there
// several times.
func addEach(sums *[mostRanges]float64, of [][]float64) {
	n := 0
	if len(of) == mostRanges {
		n = min(len(of[0]), len(of[1]), len(of[2]), len(of[3]), len(of[4]))
		addFive(sums, of[0][:n], of[1][:n], of[2][:n], of[3][:n], of[4][:n])
	} else if last := len(of) - 1; last > 0 {
		third := min(2, last)
		n = min(len(of[0]), len(of[1]), len(of[third]), len(of[last]))
		sums[0], sums[1], sums[third], sums[last] = addFour(of[0][:n], of[1][:n], of[third][:n], of[last][:n])
	}
	for i, v := range of {
		sums[i] = add(sums[i], v[n:])
	}
}

// addFour is the sums of four ranges of one length, the numbers of each added one after
// the other, which the processor can do at once.
func addFour(v, w, x, y []float64) (a, b, c, d float64) {
	w, x, y = w[:len(v)], x[:len(v)], y[:len(v)]
	for i := range v {
		a += v[i]
		b += w[i]
		c += x[i]
		d += y[i]
	}
	return a, b, c, d
}

// addFive is addFour of five ranges.
func addFive(sums *[mostRanges]float64, v, w, x, y, z []float64) {
	w, x, y, z = w[:len(v)], x[:len(v)], y[:len(v)], z[:len(v)]
	a, b, c, d, e := 0.0, 0.0, 0.0, 0.0, 0.0
	for i := range v {
		a += v[i]
		b += w[i]
		c += x[i]
		d += y[i]
		e += z[i]
	}
	*sums = [mostRanges]float64{a, b, c, d, e}
}
