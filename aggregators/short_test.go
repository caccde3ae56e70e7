package aggregators

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"aion/storage/points"
)

// asking is a valued cursor that counts how often it is asked for anything but
// blocks.
type asking struct {
	valued
	asked int
}

// Peek counts.
func (a *asking) Peek(ctx context.Context, until int64) (points.Summary, bool, error) {
	a.asked++
	return a.valued.Peek(ctx, until)
}

// Values counts.
func (a *asking) Values(ctx context.Context, until int64, v []float64, n int) ([]float64, int64, bool, error) {
	a.asked++
	return a.valued.Values(ctx, until, v, n)
}

// TestShortRanges folds ranges of few points and of many by turns. What it answers
// is what blocks alone answer, and where all ranges are short nothing else is asked
// for behind the first.
func TestShortRanges(t *testing.T) {
	env := Env{Release: V13, End: math.MaxInt64, Now: math.MaxInt64}
	for _, test := range []struct {
		dense func(i int) bool // a minute has 600 points instead of 10
		most  int              // how often the cursor is asked
	}{
		{func(int) bool { return false }, 2*10 + 1}, // twice a point of the first range
		{func(i int) bool { return i >= 100 && i < 110 }, math.MaxInt},
		{func(i int) bool { return i%7 == 0 }, math.MaxInt},
	} {
		var all []point
		for i := range 200 {
			every := 6 * second
			if test.dense(i) {
				every = second / 10
			}
			for at := int64(0); at < minute; at += every {
				all = append(all, point{at: int64(i)*minute + at, kind: "double", bits: math.Float64bits(float64(at%977) / 100)})
			}
		}
		for _, name := range []string{"avg", "sum", "max", "min", "count", "dev", "percentile", "first"} {
			t.Run(fmt.Sprintf("%s/%d", name, len(all)), func(t *testing.T) {
				a := build(t, name, env, Values{"sampling": points.Span{Value: 1, Unit: points.Minutes}, "percentile": 0.9})
				want, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: 1000}))
				if err != nil {
					t.Fatal(err)
				}
				in := &asking{valued: valued{&summarized{cursor: &cursor{points: all, size: 1000}, page: 128}}}
				got, err := readAll(t, a.Apply(Group{}, in))
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("got %v and the error %v\nwant %v", got, err, want)
				}
				if in.asked > test.most {
					t.Errorf("the cursor was asked %d times, want at most %d", in.asked, test.most)
				}
			})
		}
	}
}

// TestMemory lays the memory of a stream aside for the next one. A pool may drop
// what it is given, but not for ever.
func TestMemory(t *testing.T) {
	in := newColumns(5*points.BlockSize, 0, second, false)
	a := build(t, "avg", Env{Release: V13, End: math.MaxInt64}, Values{"sampling": points.Span{Value: 10, Unit: points.Seconds}})
	g, b := Group{Run: &Run{Memory: new(Memory)}}, new(points.Block)
	for range 100 {
		drain(t, a.Apply(g, in), b)
		if l, ok := g.Run.Memory.lanes.Get().(*lane); ok && cap(l.block.Times) >= points.BlockSize {
			return
		}
	}
	t.Error("the memory of no stream was kept")
}
