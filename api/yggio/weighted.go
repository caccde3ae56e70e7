package yggio

import (
	"context"
	"errors"
	"fmt"
	"io"

	"aion/aggregators"
	"aion/query"
	"aion/storage/points"
)

// state is what is known of a measurement at a time: nothing, or its value.
type state struct {
	known bool
	value float64
}

// weighted answers the time-weighted mean of each window. A first metric of the
// plan finds the state at the start, a second one the windows, in one snapshot.
func (q *question) weighted(ctx context.Context, w *writer) error {
	first := &state{}
	weighing := &weighing{state: first, width: q.distance, from: q.start, begun: q.begun, end: q.end}
	plan, err := q.plan(numeric[:], query.Metric{}, q.within)
	if err != nil {
		return err
	}
	plan.Metrics[0].Chain = []aggregators.Aggregator{&step{fmt.Sprintf("weighted(%d ms)", q.distance), weighing.apply}}
	if q.begun && q.kept <= q.start {
		before, err := q.before()
		if err != nil {
			return err
		}
		plan.Metrics = append(before.Metrics, plan.Metrics...)
	}
	i := 0
	for answer, err := range q.p.Engine.Run(ctx, q.store, plan, &q.stats) {
		if err != nil {
			return err
		}
		for r, err := range answer.Results {
			if err == nil && i < len(plan.Metrics)-1 {
				err = first.find(ctx, r.Points)
			} else if err == nil {
				err = q.p.copyTo(ctx, w, r.Points)
			}
			if err != nil {
				return err
			}
		}
		i++
	}
	return nil
}

// before is the plan for the last number at or before the start.
func (q *question) before() (*query.Plan, error) {
	return q.plan(numeric[:], query.Metric{Order: points.Desc, Limit: 1}, points.Range{From: q.kept, To: q.start})
}

// find takes the first point of a cursor for the state.
func (s *state) find(ctx context.Context, in points.Cursor) error {
	var b points.Block
	if err := in.Next(ctx, &b); err != nil {
		return ended(err)
	}
	s.known, s.value = true, b.Floats[0]
	return nil
}

// weighing is a time-weighted mean over windows: a number is the state until the
// next one.
type weighing struct {
	*state
	width int64
	from  int64 // the query's start
	begun bool  // it has one; else the first window counts from its beginning
	end   int64 // the query's end, exclusive
}

// apply weighs one stream.
func (w *weighing) apply(_ aggregators.Group, in points.Cursor) points.Cursor {
	c := &weigher{weighing: w, in: in}
	c.sums, _ = in.(points.Summarizer)
	return &reading{in: in, fill: c.fill}
}

// weigher weighs one stream. It holds a block and a window.
type weigher struct {
	*weighing
	in     points.Cursor
	sums   points.Summarizer // nil: there are no summaries
	varied int               // blocks for which no summary is asked for
	block  points.Block
	open   bool  // there is a window under way
	null   bool  // whose first state is not known
	start  int64 // of the window
	low    int64 // from where on it counts
	at     int64 // up to where it is weighed
	area   float64
	done   bool
}

// variedFor is for how many blocks no summary is asked for after one of points that
// differ.
const variedFor = 16

// fill answers windows until b is full or there are none.
func (c *weigher) fill(ctx context.Context, b *points.Block) error {
	for b.Len() < points.BlockSize/2 && !c.done {
		same, err := c.skip(ctx, b)
		switch {
		case err != nil:
			return err
		case same:
			continue
		}
		err = c.in.Next(ctx, &c.block)
		if errors.Is(err, io.EOF) {
			c.close(b)
			c.done = true
			break
		}
		if err != nil {
			return err
		}
		c.varied = max(0, c.varied-1)
		for i, at := range c.block.Times {
			if !c.block.Null(i) {
				c.observe(b, at, c.block.Floats[i])
			}
		}
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// skip passes over a run of points of the window that are all the same.
func (c *weigher) skip(ctx context.Context, b *points.Block) (bool, error) {
	if c.sums == nil || !c.open || c.varied > 0 {
		return false, nil
	}
	s, ok, err := c.sums.Peek(ctx, c.start+c.width)
	if err != nil || !ok {
		return false, err
	}
	if s.Min != s.Max {
		c.varied = variedFor
		return false, nil
	}
	c.observe(b, s.FirstAt, s.Min)
	c.observe(b, s.LastAt, s.Min)
	c.sums.Skip()
	return true, nil
}

// observe takes the next number.
func (c *weigher) observe(b *points.Block, at int64, v float64) {
	if start := floor(at, c.width); !c.open || start != c.start {
		c.close(b)
		c.open, c.start, c.low, c.area = true, start, start, 0
		if c.begun && c.from > start {
			c.low = c.from
		}
		c.at, c.null = c.low, !c.known && at > c.low
	}
	if c.known && at > c.at {
		c.area += c.value * float64(at-c.at)
		c.at = at
	}
	c.known, c.value = true, v
}

// close answers the window under way, if there is one. A window of no length, which
// begins where the query ends, has none.
func (c *weigher) close(b *points.Block) {
	high := min(c.start+c.width, c.end)
	if !c.open || high <= c.low {
		return
	}
	c.open = false
	if c.null {
		b.AppendNull(c.start)
		return
	}
	c.area += c.value * float64(high-c.at)
	b.AppendFloat(c.start, c.area/float64(high-c.low))
}
