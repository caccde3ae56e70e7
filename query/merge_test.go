package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage/points"
)

// fakeCursor hands out a block of points in pieces of some size.
type fakeCursor struct {
	block  points.Block
	piece  int
	pos    int
	closed int
	fail   error // answered instead of io.EOF
}

// Next answers the next piece.
func (c *fakeCursor) Next(_ context.Context, b *points.Block) error {
	b.Reset(c.block.Kind)
	if c.pos == c.block.Len() {
		if c.fail != nil {
			return c.fail
		}
		return io.EOF
	}
	to := min(c.pos+c.piece, c.block.Len())
	view := c.block.Slice(c.pos, to)
	b.AppendBlock(&view)
	c.pos = to
	return nil
}

// Close counts how often it is called.
func (c *fakeCursor) Close() error { c.closed++; return nil }

// collect reads a cursor to its end.
func collect(ctx context.Context, in points.Cursor) (all points.Block, err error) {
	var b points.Block
	for {
		if err := in.Next(ctx, &b); err != nil {
			return all, ifEOF(err, nil)
		}
		if b.Len() == 0 {
			return all, errors.New("a block without points and without an error")
		}
		all.Kind = b.Kind
		all.AppendBlock(&b)
	}
}

// show prints points as at:value with the kind of number.
func show(b *points.Block) []string {
	var out []string
	for i, at := range b.Times {
		switch {
		case b.Kind == points.Text:
			out = append(out, fmt.Sprintf("%d:%q", at, b.Texts[i]))
		case b.Null(i):
			out = append(out, fmt.Sprintf("%d:null", at))
		case b.Int(i):
			out = append(out, fmt.Sprintf("%d:%d", at, b.Ints[i]))
		default:
			out = append(out, fmt.Sprintf("%d:%#016x", at, math.Float64bits(b.Floats[i])))
		}
	}
	return out
}

// randomSeries is an ascending or descending series of longs, of doubles, of both, or
// of both and nulls.
func randomSeries(rng *rand.Rand, order points.Order) points.Block {
	values := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), -1, 2.5, 1e300}
	var b points.Block
	at, of := rng.Int64N(20), rng.IntN(8)
	for range rng.IntN(200) {
		at += 1 + rng.Int64N(1<<rng.IntN(5))
		switch one := rng.IntN(8); {
		case of == 6 && one == 0:
			b.AppendNull(at)
		case of < 3, of > 5 && one < 4:
			b.AppendInt(at, rng.Int64N(5))
		default:
			b.AppendFloat(at, values[rng.IntN(len(values))])
		}
	}
	if order == points.Desc {
		b.Reverse()
	}
	return b
}

// TestMergeEqualsSorting merges random series in both orders.
func TestMergeEqualsSorting(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		order := points.Order(rng.IntN(2) == 1)
		type point struct {
			at   int64
			rank uint64
			text string
		}
		var all []point
		var in []points.Cursor
		for range 1 + rng.IntN([]int{9, mostPaired + 9}[seed%2]) {
			b := randomSeries(rng, order)
			for i, s := range show(&b) {
				all = append(all, point{b.Times[i], rankOf(b.Floats[i]), s})
			}
			in = append(in, &fakeCursor{block: b, piece: 1 + rng.IntN(50)})
		}
		slices.SortStableFunc(all, func(a, b point) int {
			c := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank))
			if order == points.Desc {
				c = -c
			}
			return c
		})
		merged, err := collect(t.Context(), newMerge(in, points.Number, order))
		if err != nil {
			t.Fatal(err)
		}
		got, want := show(&merged), make([]string, len(all))
		for i := range all {
			want[i] = all[i].text
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %d points, want %d in the order of time, value and cursor", seed, len(got), len(want))
		}
	}
}

// TestMergeAnswersFailureAfterWhatCameBefore fails in the middle, again and
// again, and closes every cursor.
func TestMergeAnswersFailureAfterWhatCameBefore(t *testing.T) {
	broken := errors.New("broken")
	var a, b points.Block
	a.AppendInt(1, 1)
	b.AppendInt(2, 2)
	in := []points.Cursor{&fakeCursor{block: a, piece: 1}, &fakeCursor{block: b, piece: 1, fail: broken}}
	m := newMerge(in, points.Number, points.Asc)
	var out points.Block
	for range 3 {
		if err := m.Next(t.Context(), &out); !errors.Is(err, broken) || out.Len() != 0 {
			t.Fatalf("got %v with %d points, want the failure alone", err, out.Len())
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	for i, c := range in {
		if c.(*fakeCursor).closed == 0 {
			t.Errorf("cursor %d is not closed", i)
		}
	}
}

// BenchmarkMergeTypes merges a series of doubles with one of longs, which has every
// fifth point, as clients write them that print 20.0 as 20.
func BenchmarkMergeTypes(b *testing.B) {
	const n = 1 << 20
	var doubles, longs, out points.Block
	for i := range int64(n) {
		if i%5 == 0 {
			longs.AppendInt(i*10_000, i%50)
		} else {
			doubles.AppendFloat(i*10_000, float64(i%50)+0.5)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		m := newMerge([]points.Cursor{&fakeCursor{block: doubles, piece: points.BlockSize}, &fakeCursor{block: longs, piece: points.BlockSize}}, points.Number, points.Asc)
		for m.Next(b.Context(), &out) == nil {
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkMerge merges series that take turns.
func BenchmarkMerge(b *testing.B) {
	for _, k := range []int{2, 4, 8, 16, 50} {
		b.Run(fmt.Sprintf("series=%d", k), func(b *testing.B) {
			const n = 1 << 20
			rng := rand.New(rand.NewPCG(1, 2))
			blocks := make([]points.Block, k)
			for i := range n {
				blocks[i%k].AppendFloat(int64(i/k)*10_000+rng.Int64N(1000), rng.Float64())
			}
			var out points.Block
			b.ReportAllocs()
			for b.Loop() {
				in := make([]points.Cursor, k)
				for i := range in {
					in[i] = &fakeCursor{block: blocks[i], piece: points.BlockSize}
				}
				m := newMerge(in, points.Number, points.Asc)
				for m.Next(b.Context(), &out) == nil {
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
