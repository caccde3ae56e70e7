package aggregators

import (
	"context"
	"errors"
	"io"

	"aion/storage/points"
)

// sideWindow is a window whose reducer answers the same, or what Env.FreeOrder
// allows, whatever the order of a range's points. It folds the series of a group
// side by side, without merging them.
type sideWindow struct {
	window
	reduceAll func(Budget) Reducer // takes a range's points series by series
	perRange  int                  // bytes that such a reducer may hold for a range; 0: any number
	from, to  int64                // the query's time range, up to the server's clock
}

// newSideWindow makes a sideWindow for the series of a query.
func newSideWindow(w window, env Env, perRange int, reduceAll func(Budget) Reducer) *sideWindow {
	return &sideWindow{window: w, reduceAll: reduceAll, perRange: perRange, from: env.Start, to: min(env.End, env.Now)}
}

// ApplyAll folds the ranges of the merged stream of in.
func (w *sideWindow) ApplyAll(g Group, in []points.Cursor) points.Cursor {
	if len(in) == 1 {
		return w.Apply(g, in[0])
	}
	return &sideCursor{sideWindow: w, in: in, group: g, room: g.enter()}
}

// sideCursor is the stream of a sideWindow's results.
type sideCursor struct {
	*sideWindow
	in    []points.Cursor
	group Group
	room  *room // that the series share; nil once they have been read or the cursor is closed
	folds folds // nil before the first Next
	ended error
}

// folds is a way to fold several series.
type folds interface {
	begin(ctx context.Context, in []points.Cursor) error
	fill(ctx context.Context, b *points.Block) error // leaves b empty at the end
	releaser
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

// fill begins, if that has not been done, and folds on.
func (c *sideCursor) fill(ctx context.Context, b *points.Block) error {
	if c.folds == nil {
		ranges := new(grid)
		if err := c.cut.rangesFor(ranges); err != nil {
			return err
		}
		c.folds = c.newFolds(ranges)
		if err := c.folds.begin(ctx, c.in); err != nil {
			return err
		}
		if _, read := c.folds.(*tally); read {
			c.leave()
		}
	}
	b.Reset(points.Number)
	if err := c.folds.fill(ctx, b); err != nil {
		return err
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// leave gives the room back, once.
func (c *sideCursor) leave() {
	if r := c.room; r != nil {
		c.room = nil
		c.group.leave(r)
	}
}

// Close ends all inputs.
func (c *sideCursor) Close() error {
	if c.folds != nil {
		c.folds.release()
	}
	c.leave()
	var errs []error
	for _, in := range c.in {
		errs = append(errs, in.Close())
	}
	return errors.Join(errs...)
}
