package connio

import (
	"context"
	"errors"
	"io"
	"math"
	"testing"

	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// lurking is a series of numbers. Whenever a block is read of it, it looks whether
// that block can be had by others, too.
type lurking struct {
	storage.Series
	p      *Protocol
	shared bool
}

// Key names the series.
func (*lurking) Key() points.Key { return points.Key{Metric: "temperature", Type: points.TypeLong} }

// Points is a cursor over some blocks.
func (s *lurking) Points(points.Range, points.Order) points.Cursor { return &lurkingCursor{of: s} }

// lurkingCursor is a cursor over a lurking series.
type lurkingCursor struct {
	of *lurking
	at int64
}

// Next is a block of a hundred points.
func (c *lurkingCursor) Next(_ context.Context, b *points.Block) error {
	for {
		other, ok := c.of.p.blocks.Get().(*points.Block)
		if !ok {
			break
		}
		c.of.shared = c.of.shared || other == b
	}
	b.Reset(points.Number)
	if c.at == 1000 {
		return io.EOF
	}
	for range 100 {
		b.AppendInt(c.at, c.at%7)
		c.at++
	}
	return nil
}

// Close ends the cursor.
func (*lurkingCursor) Close() error { return nil }

// TestBlocksInUseAreNotLent: where a drawing gives up what it holds in the middle of
// its series, the blocks that it still reads into are nobody else's.
func TestBlocksInUseAreNotLent(t *testing.T) {
	e := openEstate(t, false)
	e.p.Limits = query.Limits{MaxMemory: 20_000}
	for range 20 { // a pool may drop what it is given
		s := &lurking{p: e.p}
		q := &question{groupers: []grouper{{by: "value", size: 1}}}
		a := &ask{question: q, p: e.p, bounds: e.p.Engine.Bounds(t.Context(), e.p.Limits), reach: points.Range{From: 0, To: math.MaxInt64}}
		d := a.drawing([]storage.Series{s})
		if err := d.all(t.Context()); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if !d.over {
			t.Fatal("all was held, want more than may be")
		}
		if s.shared {
			t.Fatal("got a block lent twice")
		}
		a.rest()
	}
}
