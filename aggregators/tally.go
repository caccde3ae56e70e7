package aggregators

import (
	"context"
	"maps"
	"slices"

	"aion/storage/points"
)

// What the two ways of folding several series cost in bytes, about.
const (
	perSeries = 24 * points.BlockSize // a block
	perBucket = 256
	perResult = 48 // of a range, in a block that has grown
)

// manySeries is from how many series on they may be folded one after the other,
// and littleState up to how many bytes of state are worth that, however few series
// there are.
const (
	manySeries  = 16
	littleState = 4 << 20
)

// OneByOne tells whether so many series are folded one after the other, which holds
// the state of each range, or range by range, which holds a block of each series and
// goes from one to the other in each range.
func (w *sideWindow) OneByOne(series int) bool {
	var ranges grid
	if series < manySeries || w.cut.rangesFor(&ranges) != nil || !w.tallies(&ranges) {
		return false
	}
	count := max(1, 1+(float64(w.to)-float64(ranges.origin))/float64(ranges.width))
	return count*float64(w.perRange+perBucket) < max(littleState, float64(series)*perSeries)
}

// newFolds makes the way in which the series are folded.
func (c *sideCursor) newFolds(ranges *grid) folds {
	if c.OneByOne(len(c.in)) {
		return newTally(c, ranges)
	}
	return newFrontier(c, ranges)
}

// tallies tells whether the ranges can be folded series by series.
func (w *sideWindow) tallies(ranges *grid) bool {
	return ranges.width != 0 && ranges.origin <= w.from && w.perRange != 0
}

// tally folds series after series. Its ranges are of one width, and none of the
// points lies before their origin, so that each point belongs to one range
// whatever stands before it.
type tally struct {
	*sideWindow
	ranges  *grid
	buckets map[int64]*bucket // by start; nil once all series have been read
	results points.Block      // of all ranges
	given   int               // of the results, how many have been given out
	budget  claim
	held    int // by the reducers
	room    *room
}

// bucket is the state of a range.
type bucket struct {
	start, end int64
	first      int64 // earliest time seen
	reducer    Reducer
}

// newTally has seen no series.
func newTally(c *sideCursor, ranges *grid) *tally {
	return &tally{sideWindow: c.sideWindow, ranges: ranges, buckets: map[int64]*bucket{}, budget: claim{budget: c.group.budget()}, room: c.room}
}

// holder is a Reducer whose memory grows with its points, up to a bound.
type holder interface{ held() int }

// begin folds all series, one after the other. Behind it the results alone are held:
// they may wait for long, beside those of other groups.
func (t *tally) begin(ctx context.Context, in []points.Cursor) error {
	l := lane{room: t.room}
	kind := t.reduceAll(nil)
	for _, cursor := range in {
		l.open(cursor, kind)
		if err := t.series(ctx, &l); err != nil {
			return err
		}
		if err := cursor.Close(); err != nil {
			return err
		}
	}
	return t.end()
}

// end makes the results of all ranges, and lets go of the ranges.
func (t *tally) end() error {
	starts := slices.Sorted(maps.Keys(t.buckets))
	if err := t.budget.hold(int(t.budget.held) + perResult*len(starts)); err != nil {
		return err
	}
	t.results.Reset(points.Number)
	for _, start := range starts {
		b := t.buckets[start]
		if err := b.reducer.Flush(t.stamp(b.first, b.start, b.end), &t.results); err != nil {
			return err
		}
		delete(t.buckets, start)
	}
	t.buckets, t.room = nil, nil
	t.budget.lower(perResult * len(starts))
	return nil
}

// series folds one series into its ranges.
func (t *tally) series(ctx context.Context, l *lane) error {
	more, err := l.first(ctx)
	for more && err == nil {
		var b *bucket
		if b, err = t.bucket(l.at); err != nil {
			return err
		}
		before := held(b.reducer)
		l.given = 0
		if more, err = l.feed(ctx, b.reducer, b.end, until(b.start, b.end)); err != nil {
			return err
		}
		l.short = l.given < shortRange
		t.held += held(b.reducer) - before
		err = t.charge()
	}
	return err
}

// charge charges the budget for the most that has been held.
func (t *tally) charge() error { return t.budget.hold(perBucket*len(t.buckets) + t.held) }

// held is what a reducer holds besides itself.
func held(r Reducer) int {
	if h, ok := r.(holder); ok {
		return h.held()
	}
	return 0
}

// bucket is the state of the range of a time.
func (t *tally) bucket(at int64) (*bucket, error) {
	start, end, err := t.ranges.of(at)
	if err != nil {
		return nil, err
	}
	b, ok := t.buckets[start]
	if !ok {
		b = &bucket{start: start, end: end, first: at, reducer: t.reduceAll(nil)}
		if g, ok := b.reducer.(guest); ok {
			g.moveIn(t.room)
		}
		t.buckets[start] = b
		err = t.charge()
	}
	b.first = min(b.first, at)
	return b, err
}

// fill gives out as many results as b takes.
func (t *tally) fill(_ context.Context, b *points.Block) error {
	to := min(t.results.Len(), t.given+points.BlockSize)
	some := t.results.Slice(t.given, to)
	b.AppendBlock(&some)
	t.given = to
	return nil
}

// release gives back what the ranges hold.
func (t *tally) release() { t.budget.release() }
