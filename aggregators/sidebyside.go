package aggregators

import (
	"context"
	"errors"
	"io"

	"aion/storage/points"
)

// sideWindow is a window whose reducer answers the same, or what Env.FreeOrder
// allows, whatever the order of a range's points. It folds the series of a
// group side by side, range by range, without merging them.
type sideWindow struct {
	window
	reduceAll func(Budget) Reducer // takes a range's points series by series
}

// ApplyAll folds the ranges of the merged stream of in.
func (w *sideWindow) ApplyAll(g Group, in []points.Cursor) points.Cursor {
	if len(in) == 1 {
		return w.Apply(g, in[0])
	}
	c := &sideCursor{window: &w.window, reducer: w.reduceAll(g.budget())}
	c.all = make([]*lane, len(in))
	for i := range in {
		c.all[i] = newLane(in[i], c.reducer)
	}
	return c
}

// sideCursor is the stream of a sideWindow's results.
type sideCursor struct {
	*window
	reducer Reducer
	all     []*lane
	heads   []*lane // a heap of those with points left, the earliest first
	ranges  *Ranges
	ended   error
}

// Next fills b with results.
func (c *sideCursor) Next(ctx context.Context, b *points.Block) error {
	if c.ended == nil {
		if c.ended = c.fill(ctx, b); c.ended == nil {
			return nil
		}
	}
	b.Reset(b.Kind)
	return c.ended
}

// fill folds range after range until b is full or there are none.
func (c *sideCursor) fill(ctx context.Context, b *points.Block) error {
	if c.ranges == nil {
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	b.Reset(points.Number)
	for len(c.heads) != 0 && b.Len()+maxResults <= points.BlockSize {
		if err := c.fold(ctx, b); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// begin finds the ranges and the head of every series.
func (c *sideCursor) begin(ctx context.Context) (err error) {
	if c.ranges, err = c.cut.ranges(); err != nil {
		return err
	}
	for _, l := range c.all {
		more, err := l.load(ctx)
		if err != nil {
			return err
		}
		if more {
			c.heads = append(c.heads, l)
		} else if err := l.close(); err != nil {
			return err
		}
	}
	for i := len(c.heads)/2 - 1; i >= 0; i-- {
		c.sink(i)
	}
	return nil
}

// fold folds the range of the earliest point.
func (c *sideCursor) fold(ctx context.Context, b *points.Block) error {
	at := c.heads[0].at
	start, end, err := c.ranges.Of(at)
	if err != nil {
		return err
	}
	if end <= at {
		if err := c.foldOne(ctx, at); err != nil {
			return err
		}
	}
	next := until(start, end)
	for len(c.heads) != 0 && c.heads[0].at < end {
		more, err := c.heads[0].feed(ctx, c.reducer, end, next)
		if err != nil {
			return err
		}
		if err := c.advanced(0, more); err != nil {
			return err
		}
	}
	return c.reducer.Flush(c.stamp(at, start, end), b)
}

// foldOne folds the one point that the merged stream yields first: the smallest
// value of those at the earliest time.
func (c *sideCursor) foldOne(ctx context.Context, at int64) error {
	first := -1
	for i, l := range c.heads {
		if l.at != at {
			continue
		}
		if l.pos == l.block.Len() {
			if _, err := l.load(ctx); err != nil {
				return err
			}
		}
		if first < 0 || l.value() < c.heads[first].value() {
			first = i
		}
	}
	l := c.heads[first]
	if err := l.one(ctx, c.reducer); err != nil {
		return err
	}
	more, err := l.head(ctx, at+1)
	if err != nil {
		return err
	}
	return c.advanced(first, more)
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
func (c *sideCursor) advanced(i int, more bool) (err error) {
	if !more {
		err = c.heads[i].close()
		last := len(c.heads) - 1
		c.heads[i], c.heads[last] = c.heads[last], nil
		c.heads = c.heads[:last]
	}
	c.sink(i)
	return err
}

// sink lets heads[i] go down to its place.
func (c *sideCursor) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(c.heads) {
			return
		}
		if right := child + 1; right < len(c.heads) && c.heads[right].at < c.heads[child].at {
			child = right
		}
		if c.heads[i].at <= c.heads[child].at {
			return
		}
		c.heads[i], c.heads[child] = c.heads[child], c.heads[i]
		i = child
	}
}

// Close ends all inputs.
func (c *sideCursor) Close() error {
	release(c.reducer)
	var errs []error
	for _, l := range c.all {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}
