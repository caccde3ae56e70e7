package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// heldStore is a store whose cursors hold something until they are closed or have
// given their last point. It counts how many do.
type heldStore struct {
	storage.Store
	open, most *atomic.Int64
}

// Snapshot is one of the store's.
func (s heldStore) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	snap, err := s.Store.Snapshot(ctx)
	return heldSnapshot{snap, s}, err
}

// heldSnapshot is a snapshot of a heldStore.
type heldSnapshot struct {
	storage.Snapshot
	of heldStore
}

// Select yields the series.
func (s heldSnapshot) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		for x, err := range s.Snapshot.Select(ctx, sel) {
			if !yield(heldSeries{x, s.of}, err) {
				return
			}
		}
	}
}

// heldSeries is a series of a heldStore.
type heldSeries struct {
	storage.Series
	of heldStore
}

// Points is a cursor that counts as open once it has been asked.
func (s heldSeries) Points(r points.Range, o points.Order) points.Cursor {
	return &heldCursor{in: s.Series.Points(r, o), of: s.of, piece: points.BlockSize}
}

// heldCursor hands out the points of a cursor in pieces.
type heldCursor struct {
	in    points.Cursor
	of    heldStore
	all   points.Block
	piece int
	pos   int
	begun bool
	holds bool
}

// AtMost makes the pieces small.
func (c *heldCursor) AtMost(n int) { c.piece = min(n, points.BlockSize) }

// Held is what Pebble's cursors hold, about.
func (c *heldCursor) Held() int {
	if c.holds {
		return 20 << 10
	}
	return 0
}

// Next is the next piece.
func (c *heldCursor) Next(ctx context.Context, b *points.Block) (err error) {
	if !c.begun {
		c.begun = true
		c.of.most.Store(max(c.of.most.Load(), c.of.open.Add(1)))
		c.holds = true
		if c.all, err = collect(ctx, c.in); err != nil {
			return err
		}
	}
	to := min(c.pos+c.piece, c.all.Len())
	b.Reset(c.all.Kind)
	view := c.all.Slice(c.pos, to)
	b.AppendBlock(&view)
	if c.pos = to; to == c.all.Len() {
		c.letGo()
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// letGo holds nothing any more.
func (c *heldCursor) letGo() {
	if c.holds {
		c.of.open.Add(-1)
	}
	c.holds = false
}

// Close closes the cursor.
func (c *heldCursor) Close() error {
	c.letGo()
	return c.in.Close()
}

// longStored is n series of about so many points each, longs and doubles, some at
// the ends of time.
func longStored(rng *rand.Rand, n, size int) []stored {
	all := make([]stored, n)
	for i := range all {
		x := &all[i]
		x.key = points.Key{Metric: "m", Type: points.TypeLong, Tags: points.TagsOf(map[string]string{"id": fmt.Sprintf("%03d", i)})}
		x.points = points.Block{}
		if i%7 == 0 {
			x.points.AppendInt(math.MinInt64, 1)
		}
		at := rng.Int64N(40)
		for range size/2 + rng.IntN(size) {
			x.points.AppendInt(at, rng.Int64N(3))
			at += 1 + rng.Int64N(10)
		}
		if i%5 == 0 {
			x.points.AppendInt(math.MaxInt64, 1)
		}
	}
	return all
}

// TestLeafingEqualsNaive: series that are merged in small blocks, one cursor at a
// time, answer what all their points do, in both orders, with a limit and split.
func TestLeafingEqualsNaive(t *testing.T) {
	series := longStored(rand.New(rand.NewPCG(1, 31)), atOnce+40, 400)
	for _, tt := range []struct {
		name   string
		metric Metric
		end    int64
	}{
		{"ascending", Metric{}, math.MaxInt64},
		{"descending", Metric{Order: points.Desc}, math.MaxInt64},
		{"up to a point", Metric{}, 1500},
		{"with a limit", Metric{Limit: 5000}, math.MaxInt64},
		{"the last by a limit", Metric{Limit: 1100, Order: points.Desc}, 4000},
		{"split", Metric{Groupers: []Grouper{ValueGrouper{1}}}, 4000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.metric.Name = "m"
			q := Query{Start: At(math.MinInt64), End: At(tt.end), Metrics: []Metric{tt.metric}}
			s := heldStore{storeOf(t, series), new(atomic.Int64), new(atomic.Int64)}
			memory := int64(len(series)) * (seriesCost + rowCost + 48*leastLeafed) // blocks have room for longs
			if len(tt.metric.Groupers) != 0 {
				memory += 40 << 20 // for the parts
			}
			got, sample, err := ask(t, New(Config{Workers: 2, Limits: Limits{MaxMemory: memory}}), s, q, Options{Release: aggregators.Develop})
			if err != nil {
				t.Fatal(err)
			}
			want, wantSample := naive(series, q)
			if !slices.Equal(got, want) || sample != wantSample {
				t.Errorf("sample size %d, want %d; the answers differ: %t", sample, wantSample, strings.Join(got, "\n") != strings.Join(want, "\n"))
			}
			if open := s.open.Load(); open != 0 {
				t.Errorf("%d cursors are open", open)
			}
			if most := s.most.Load(); len(tt.metric.Groupers) == 0 && most != 1 {
				t.Errorf("%d cursors were open at once, want 1", most)
			}
		})
	}
}

// TestLeafingRefused: more series than small blocks would do for are refused, and
// nothing stays open.
func TestLeafingRefused(t *testing.T) {
	series := longStored(rand.New(rand.NewPCG(1, 32)), atOnce+40, 400)
	s := heldStore{storeOf(t, series), new(atomic.Int64), new(atomic.Int64)}
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m"}}}
	limits := Limits{MaxMemory: int64(len(series)) * (seriesCost + rowCost)}
	_, _, err := ask(t, New(Config{Workers: 2, Limits: limits}), s, q, Options{})
	var refused *points.LimitError
	if !errors.As(err, &refused) || refused.Limit != "query.max-memory" {
		t.Errorf("got %v, want query.max-memory", err)
	}
	if open := s.open.Load(); open != 0 {
		t.Errorf("%d cursors are open", open)
	}
}
