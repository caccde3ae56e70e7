package aggregators

import (
	"context"

	"aion/storage/points"
)

// frontier folds range by range: it holds a block of every series, and goes to
// those alone that have points in the range.
type frontier struct {
	*window
	reducer Reducer
	heads   []*lane // a heap of those with points left, the earliest first
	ranges  *grid
	group   *Group
	room    *room // that the lanes share
	turns   turns
	placer  placer // reducer, if it is one; else nil
}

// newFrontier has seen no range.
func newFrontier(c *sideCursor, ranges *grid) *frontier {
	r := c.reduceAll(c.group.budget())
	if g, ok := r.(guest); ok {
		g.moveIn(c.room)
	}
	f := &frontier{window: &c.window, reducer: r, ranges: ranges, group: &c.group, room: c.room, turns: newTurns(r)}
	f.placer, _ = r.(placer)
	return f
}

// begin finds the head of every series.
func (f *frontier) begin(ctx context.Context, in []points.Cursor) error {
	for _, cursor := range in {
		l := f.group.lane(cursor, f.reducer, f.room)
		more, err := l.first(ctx)
		if err != nil {
			return err
		}
		if more {
			f.heads = append(f.heads, l)
		} else if err := f.group.end(l); err != nil {
			return err
		}
	}
	for i := len(f.heads)/2 - 1; i >= 0; i-- {
		f.sink(i)
	}
	return nil
}

// fill folds range after range until b is full or there are none.
func (f *frontier) fill(ctx context.Context, b *points.Block) error {
	for len(f.heads) != 0 && b.Len()+maxResults <= points.BlockSize {
		if err := f.fold(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// release gives back what the reducer holds.
func (f *frontier) release() { release(f.reducer) }

// fold folds the range of the earliest point.
func (f *frontier) fold(ctx context.Context, b *points.Block) error {
	at := f.heads[0].at
	start, end, err := f.ranges.of(at)
	if err != nil {
		return err
	}
	f.turns.begin()
	if end <= at {
		if err := f.foldOne(ctx, at); err != nil {
			return err
		}
	}
	if err := f.foldAll(ctx, end, until(start, end)); err != nil {
		return err
	}
	return f.reducer.Flush(f.stamp(at, start, end), b)
}

// foldAll folds all points before end. next is where the range behind ends,
// about.
func (f *frontier) foldAll(ctx context.Context, end, next int64) error {
	if f.turns.on && f.placer != nil && len(f.heads) == 2 {
		if err := f.among(ctx, end); err != nil {
			return err
		}
	}
	for len(f.heads) != 0 && f.heads[0].at < end {
		if err := f.turn(ctx, end, next); err != nil {
			return err
		}
		f.turns.took()
	}
	f.turns.end()
	return nil
}

// turn folds points of the series that is next: all of them before end, or, where
// the series take turns, those that come before the next one's.
func (f *frontier) turn(ctx context.Context, end, next int64) error {
	if f.turns.on {
		at := f.heads[0].at
		if end = f.second(end); end == at {
			return f.foldOne(ctx, at)
		}
	}
	more, err := f.heads[0].feed(ctx, f.reducer, end, next)
	if err != nil {
		return err
	}
	return f.advanced(0, more)
}

// second is where the series that follows the earliest one begins, or end, if
// that comes first.
func (f *frontier) second(end int64) int64 {
	for _, l := range f.heads[1:min(3, len(f.heads))] {
		end = min(end, l.at)
	}
	return end
}

// foldOne folds the one point that the merged stream yields first: the smallest
// value of those at the earliest time.
func (f *frontier) foldOne(ctx context.Context, at int64) error {
	first := -1
	for i, l := range f.heads {
		if l.at != at {
			continue
		}
		if l.pos == l.block.Len() {
			if _, err := l.load(ctx); err != nil {
				return err
			}
		}
		if first < 0 || l.value() < f.heads[first].value() {
			first = i
		}
	}
	l := f.heads[first]
	if err := l.one(ctx, f.reducer); err != nil {
		return err
	}
	more, err := l.head(ctx, true, at+1)
	if err != nil {
		return err
	}
	return f.advanced(first, more)
}

// value ranks the next point, which is in the block, among points of its time.
func (l *lane) value() int64 {
	if l.block.Kind != points.Number {
		return 0
	}
	return ordered(l.block.Floats[l.pos])
}

// advanced restores the heap after the head of heads[i], which was among the
// earliest, has moved to a later time or, without more, its series has ended and
// is closed.
func (f *frontier) advanced(i int, more bool) (err error) {
	if !more {
		err = f.group.end(f.heads[i])
		last := len(f.heads) - 1
		f.heads[i], f.heads[last] = f.heads[last], nil
		f.heads = f.heads[:last]
	}
	f.sink(i)
	return err
}

// sink lets heads[i] go down to its place.
func (f *frontier) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(f.heads) {
			return
		}
		if right := child + 1; right < len(f.heads) && f.heads[right].at < f.heads[child].at {
			child = right
		}
		if f.heads[i].at <= f.heads[child].at {
			return
		}
		f.heads[i], f.heads[child] = f.heads[child], f.heads[i]
		i = child
	}
}
