package aggregators

import (
	"context"
	"io"

	"aion/storage/points"
)

// window is a range aggregator: it cuts a stream into ranges and gives each to
// a Reducer.
type window struct {
	cut
	text   string
	kind   func(points.Kind) (points.Kind, bool)
	reduce func(Budget) Reducer
	empty  bool // a range that ends before its point is a failure, as KairosDB's fold of nothing is
}

// Kind is the kind of the reducer's results.
func (w *window) Kind(in points.Kind) (points.Kind, bool) { return w.kind(in) }

// String is the aggregator with its ranges.
func (w *window) String() string { return w.text }

// Apply folds the ranges of one stream.
func (w *window) Apply(g Group, in points.Cursor) points.Cursor {
	r := w.reduce(g.budget())
	_, keeps := r.(keeper)
	several, _ := r.(stepwise)
	bare, _ := r.(timeless)
	short, _ := r.(brief)
	l := g.lane(in, r, g.enter())
	l.wavers = wavers(in)
	return &windowCursor{window: w, reducer: r, stepwise: several, bare: bare, brief: short, group: g, lane: l, keeps: keeps}
}

// Boundary is where a range begins. Only ranges of a fixed width, counted from
// before the stream, are sure to lie beside each other.
func (w *window) Boundary(from, at int64) (int64, bool) {
	ranges, err := w.cut.ranges()
	if err != nil || ranges.width == 0 || ranges.origin > from || at >= plainReach {
		return 0, false
	}
	start, end, err := ranges.of(at)
	if start == at {
		return at, err == nil
	}
	return end, err == nil
}

// maxResults is how many results a reducer appends at most for one range.
const maxResults = 2

// windowCursor is the stream of a window's results.
type windowCursor struct {
	*window
	reducer  Reducer
	stepwise stepwise // reducer, if it is one; else nil
	bare     timeless // reducer, if values may do for it; else nil
	brief    brief    // reducer, if it folds many short ranges at once; else nil
	group    Group
	lane     *lane
	ranges   *grid // own, once it is made; else nil
	own      grid
	keeps    bool  // the reducer is a keeper, which may need another block
	more     bool  // lane has found another point
	begun    bool  // the first range has been looked at
	folded   bool  // the reducer holds a range whose result is not given out yet
	stamped  int64 // stamp of that range
	ended    error // what ended the stream
}

// Next fills b with results.
func (c *windowCursor) Next(ctx context.Context, b *points.Block) error {
	if c.ended == nil {
		if c.ended = c.fill(ctx, b); c.ended == nil {
			return nil
		}
	}
	b.Reset(b.Kind)
	return c.ended
}

// fill folds range after range until b is full or there are none.
func (c *windowCursor) fill(ctx context.Context, b *points.Block) (err error) {
	if c.ranges == nil {
		if err := c.cut.rangesFor(&c.own); err != nil {
			return err
		}
		c.ranges = &c.own
		if c.more, err = c.lane.first(ctx); err != nil {
			return err
		}
	}
	b.Reset(points.Number)
	for (c.more || c.folded) && b.Len()+maxResults <= points.BlockSize {
		if !c.folded {
			if some, err := c.sweep(b); err != nil {
				return err
			} else if some {
				continue
			}
			if some, err := c.several(ctx, b); err != nil {
				return err
			} else if some {
				continue
			}
			if err := c.fold(ctx); err != nil {
				return err
			}
		}
		if !makeRoom(b, resultKind(c.reducer)) {
			return nil
		}
		c.folded = false
		if err := c.reducer.Flush(c.stamped, b); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// sweep folds the ranges that end within the block that is decoded, until b is
// full, and tells whether there was one.
func (c *windowCursor) sweep(b *points.Block) (some bool, err error) {
	l := c.lane
	if c.keeps || l.pos == l.block.Len() {
		return false, nil
	}
	doubles := plain(&l.block) && !l.wavers
	if doubles && c.brief != nil {
		some = c.sweepShort(b)
	}
	if doubles && c.stepwise != nil {
		each, err := c.sweepEach(b)
		if some = some || each; err != nil {
			return some, err
		}
	}
	for times := l.block.Times; b.Len()+maxResults <= points.BlockSize; some = true {
		at := times[l.pos]
		start, end, err := c.ranges.of(at)
		n := l.below(end)
		if l.at = at; err != nil || n == 0 || l.pos+n == len(times) {
			return some, err
		}
		if doubles && c.bare != nil && c.bare.untimed() {
			err = c.bare.AddValues(l.block.Floats[l.pos : l.pos+n])
		} else {
			l.look(l.pos, l.pos+n)
			err = c.reducer.Add(&l.view)
		}
		if l.pos += n; err != nil {
			return some, err
		}
		if err := c.reducer.Flush(c.stamp(at, start, end), b); err != nil {
			return some, err
		}
	}
	l.at = l.block.Times[l.pos]
	return some, nil
}

// keeper is a Reducer that answers points of the kind that it was given.
type keeper interface{ kind() points.Kind }

// resultKind is the kind of the result that r is about to append.
func resultKind(r Reducer) points.Kind {
	if k, ok := r.(keeper); ok {
		return k.kind()
	}
	return points.Number
}

// fold folds the range of the next point. A range that ends at or before its
// point (KairosDB then folds nothing, for ever) takes that point along.
func (c *windowCursor) fold(ctx context.Context) error {
	at := c.lane.at
	start, end, err := c.ranges.of(at)
	if err != nil {
		return err
	}
	if end <= at {
		if c.empty {
			return &ComputeError{}
		}
		if err := c.lane.one(ctx, c.reducer); err != nil {
			return err
		}
	}
	c.lane.given = 0
	if c.more, err = c.lane.feed(ctx, c.reducer, end, until(start, end)); err != nil {
		return err
	}
	c.lane.short = c.lane.given < shortRange
	c.folded, c.stamped = true, c.stamp(at, start, end)
	return nil
}

// Close ends the input.
func (c *windowCursor) Close() error {
	release(c.reducer)
	l := c.lane
	if c.lane = nil; l == nil {
		return nil
	}
	c.group.leave(l.room)
	return c.group.end(l)
}
