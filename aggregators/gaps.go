package aggregators

import (
	"context"
	"io"

	"aion/storage/points"
)

// gapsSpec describes gaps: the points as they are, and a null at the start of
// every range without one, up to the query's end or the server's clock.
func gapsSpec() Spec {
	return rangeSpec(Spec{
		Name: "gaps", Label: "Gaps", Description: "Marks gaps in data according to sampling rate with a null data point.",
		Build: newGaps,
	})
}

// newGaps makes gaps.
func newGaps(env Env, v Values) (Aggregator, error) {
	c, err := newCut("gaps", env, v)
	if err != nil {
		return nil, err
	}
	return &gaps{cut: c, last: min(c.end, env.Now), atEnd: env.Release.switches().gapsAtEnd}, nil
}

// gaps is the aggregator.
type gaps struct {
	cut
	last  int64 // what gaps are filled up to
	atEnd bool  // a range that starts at last is filled too
}

// Kind is the input's: nulls belong to every kind of group.
func (g *gaps) Kind(in points.Kind) (points.Kind, bool) { return in, true }

// InTurn is true with trim, which KairosDB heeds in the group that is read
// first alone.
func (g *gaps) InTurn() bool { return g.trim }

// String is the aggregator for plans.
func (g *gaps) String() string { return g.cut.text("gaps") }

// Apply fills the gaps of one stream.
func (g *gaps) Apply(group Group, in points.Cursor) points.Cursor {
	run := group.Run
	if run == nil {
		run = new(Run)
	}
	return &gapsCursor{gaps: g, run: run, lane: lane{in: in, wavers: wavers(in)}}
}

// gapsCursor is the stream with its nulls. Between texts they come in blocks of
// numbers, which alone can hold nulls. Under descending order nulls rise up to the first
// point and behind the last one, while points fall.
type gapsCursor struct {
	*gaps
	run    *Run
	lane   lane
	ranges *grid
	points bool  // lane has found another point
	begun  bool  // a step has been made
	next   int64 // start of the next expected range
	taking bool  // points below next belong to the range under way
	ended  error // what ended the stream
}

// Next fills b with points and nulls.
func (c *gapsCursor) Next(ctx context.Context, b *points.Block) error {
	if c.ended == nil {
		if c.ended = c.fill(ctx, b); c.ended == nil {
			return nil
		}
	}
	b.Reset(b.Kind)
	return c.ended
}

// fill makes step after step until b is full, or what comes is of another kind,
// or nothing comes.
func (c *gapsCursor) fill(ctx context.Context, b *points.Block) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.ranges == nil {
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	b.Reset(b.Kind)
	for fits := true; fits && b.Len() < points.BlockSize; {
		switch {
		case c.taking:
			fits, err = c.take(ctx, b)
		case c.points || !c.trim && c.expected(c.next):
			fits, err = c.step(b)
		case b.Len() == 0:
			return io.EOF
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin finds the ranges and the first point, and refuses what will exceed the
// limit.
func (c *gapsCursor) begin(ctx context.Context) (err error) {
	if c.ranges, err = c.cut.ranges(); err != nil {
		return err
	}
	c.next = c.start
	if c.trim {
		c.next = c.ranges.origin
	}
	width := float64(c.sampling.Value) * float64(c.sampling.Unit.Millis())
	if !c.trim && c.run.MaxGaps > 0 && width > 0 &&
		(float64(c.last)-float64(c.next))/width > float64(c.run.MaxGaps) {
		return c.tooMany()
	}
	c.points, err = c.lane.load(ctx)
	return err
}

// expected tells whether a range that starts at that time is filled when no
// points are left.
func (c *gapsCursor) expected(start int64) bool {
	return start < c.last || start == c.last && c.atEnd
}

// step looks at the next expected range: its points are taken next, or it gets
// a null. Without fits b has no room for a null, and nothing has happened.
func (c *gapsCursor) step(b *points.Block) (fits bool, err error) {
	at := c.next
	leads := !c.begun && c.trim && c.run.Begin(c.gaps)
	if leads {
		at = c.lane.at
	}
	start, end, err := c.ranges.of(at)
	if err != nil {
		return false, err
	}
	if c.points && c.lane.at < end {
		c.begun, c.taking, c.next = true, true, end
		return true, nil
	}
	if !makeRoom(b, points.Number) {
		return false, nil
	}
	if end <= c.next && !leads {
		// A range that does not lead on would be filled for ever.
		return false, &ComputeError{}
	}
	if err := c.count(); err != nil {
		return false, err
	}
	b.AppendNull(start)
	c.begun, c.next = true, end
	return true, nil
}

// take moves points of the range under way to b. Without fits they are of
// another kind than what b holds.
func (c *gapsCursor) take(ctx context.Context, b *points.Block) (fits bool, err error) {
	l := &c.lane
	if !makeRoom(b, l.block.Kind) {
		return false, nil
	}
	n := min(l.below(c.next), points.BlockSize-b.Len())
	l.view = l.block.Slice(l.pos, l.pos+n)
	b.AppendBlock(&l.view)
	l.pos += n
	if l.pos == l.block.Len() {
		if c.points, err = l.load(ctx); err != nil {
			return false, err
		}
		c.taking = c.points
		return true, nil
	}
	l.at = l.block.Times[l.pos]
	c.taking = l.at < c.next
	return true, nil
}

// makeRoom readies b for points of a kind; false where it holds some of
// another.
func makeRoom(b *points.Block, k points.Kind) bool {
	if b.Len() == 0 {
		b.Reset(k)
	}
	return b.Kind == k
}

// count counts a null.
func (c *gapsCursor) count() error {
	if c.run.gaps.Add(1) > c.run.MaxGaps && c.run.MaxGaps > 0 {
		return c.tooMany()
	}
	return nil
}

// tooMany says that the limit is exceeded.
func (c *gapsCursor) tooMany() error {
	return &points.LimitError{Limit: "query.max-gaps", Max: c.run.MaxGaps, What: "nulls of gaps"}
}

// Close ends the input.
func (c *gapsCursor) Close() error { return c.lane.close() }
