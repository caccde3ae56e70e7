package aggregators

import (
	"context"

	"aion/storage/points"
)

// placer is an orderly Reducer that takes the points of two series at once.
type placer interface {
	orderly

	// addPlaced takes doubles, and others that come among them: each behind so many
	// of them as its place tells. Where that is a complement, the double behind has
	// the time of the other.
	addPlaced(v []float64, places []int, others []float64)
}

// among folds the points before end of two series that take turns, of which one
// has nearly all, as values without times, and where those of the other come among
// them. It leaves to turns what it cannot fold so, which may be all, and what comes
// behind so many that their order does not matter any more.
func (f *frontier) among(ctx context.Context, end int64) error {
	many, few := f.heads[0], f.heads[1]
	if many.pos != many.block.Len() {
		many, few = few, many
	}
	if many.at >= end || few.at >= end || !many.places() || !few.covers(end) {
		return nil
	}
	n := below(few.block.Times[few.pos:], end)
	times, others := few.block.Times[few.pos:][:n], few.block.Floats[few.pos:]
	v, places, at, ok, err := many.vals.(points.Placer).Places(ctx, end, f.room.values[:0], freeFrom, times, f.room.places[:0])
	f.room.values, f.room.places = v, places
	if err != nil {
		return err
	}
	f.placer.addPlaced(v, places, others[:len(places)])
	f.turns.taken += 2 * int64(len(places))
	few.pos += len(places)
	few.at = few.block.Times[few.pos]
	more := true
	if f.turns.reducer.count() >= freeFrom {
		f.turns.took() // which ends the turns, so that summaries will do
	}
	if many.at = at; !ok {
		if more, err = many.load(ctx); err != nil {
			return err
		}
	}
	i := 0
	if f.heads[1] == many {
		i = 1
	}
	if err := f.advanced(i, more); err != nil {
		return err
	}
	f.sink(0)
	return nil
}

// places tells whether the next points may come as values among which others are
// placed.
func (l *lane) places() bool {
	if l.vals == nil || l.pos != l.block.Len() {
		return false
	}
	_, ok := l.vals.(points.Placer)
	return ok
}

// covers tells whether the points before end are decoded, the first one behind
// them too, and none of them is null.
func (l *lane) covers(end int64) bool {
	n := l.block.Len()
	return l.pos < n && l.block.Times[n-1] >= end && l.block.Kind == points.Number && len(l.block.Nulls) == 0
}
