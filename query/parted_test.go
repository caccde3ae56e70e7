package query

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"aion/aggregators"
	"aion/storage/points"
)

// longSeries is a series of enough points to be computed in parts, with a hole.
func longSeries() []stored {
	rng := rand.New(rand.NewPCG(3, 3))
	x := stored{key: points.Key{Metric: "m", Tags: points.Tags{{Name: "h", Value: "a"}}, Type: points.TypeDouble}}
	for i := range int64(4*partSize + partSize/2) {
		at := i*1000 + rng.Int64N(1000)
		if i > 2*partSize {
			at += 50 * 3_600_000
		}
		x.points.AppendFloat(at, rng.NormFloat64())
	}
	return []stored{x}
}

// TestParted compares what several goroutines compute of one long series with
// what one does.
func TestParted(t *testing.T) {
	store := storeOf(t, longSeries())
	tests := []struct {
		chain []Aggregation
		start int64
	}{
		{chain: []Aggregation{{"avg", every(1, points.Hours)}}, start: 12_345_678},
		{chain: []Aggregation{{"percentile", aggregators.Values{"sampling": points.Span{Value: 7, Unit: points.Minutes}, "percentile": 0.9}}}},
		{chain: []Aggregation{{"first", every(1, points.Days)}, {"diff", nil}}},
		{chain: []Aggregation{{"dev", every(1, points.Months)}}},
	}
	o := Options{Specs: aggregators.Builtin(), Release: aggregators.Develop}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.chain, tt.start), func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			q := Query{Start: At(tt.start), Metrics: []Metric{{Name: "m", Aggregators: tt.chain}}}
			want, sample, err := ask(t, New(Config{}), store, q, o)
			if err != nil {
				t.Fatal(err)
			}
			got, n, err := ask(t, New(Config{Workers: 4}), store, q, o)
			if err != nil || n != sample || !slices.Equal(got, want) {
				t.Errorf("in parts: %d points read and %v, want %d; equal answers: %t", n, err, sample, slices.Equal(got, want))
			}
		})
	}
}

// TestPartedOfTwoSizes compares what two compute of a series that looks longer than it
// is, and so is cut into short parts and long ones, with what one does, whether sums
// may be added in any order or not.
func TestPartedOfTwoSizes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 3))
	x := stored{key: points.Key{Metric: "m", Tags: points.Tags{{Name: "h", Value: "a"}}, Type: points.TypeDouble}}
	for i := range int64(2 * points.BlockSize) {
		x.points.AppendFloat(i, rng.NormFloat64())
	}
	for at := int64(2 * points.BlockSize); at < 12*partSize; at += 1 + rng.Int64N(100) {
		x.points.AppendFloat(at, rng.NormFloat64())
	}
	store := storeOf(t, []stored{x})
	for _, free := range []bool{false, true} {
		for _, sampling := range []aggregators.Values{every(100, points.Milliseconds), every(3, points.Minutes)} {
			q := Query{Start: At(17), Metrics: []Metric{{Name: "m", Aggregators: []Aggregation{{"sum", sampling}}}}}
			o := Options{Specs: aggregators.Builtin(), Release: aggregators.Develop, FreeOrder: free}
			want, sample, err := ask(t, New(Config{}), store, q, o)
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				got, n, err := ask(t, New(Config{Workers: 2}), store, q, o)
				if err != nil || n != sample || !slices.Equal(got, want) {
					t.Fatalf("%v, in any order %t: %d points read and %v, want %d; equal answers: %t", sampling, free, n, err, sample, slices.Equal(got, want))
				}
			}
		}
	}
}

// every is the sampling of an aggregator.
func every(n int64, unit points.Unit) aggregators.Values {
	return aggregators.Values{"sampling": points.Span{Value: n, Unit: unit}}
}

// TestPartedLeft leaves a series in the midst of its parts.
func TestPartedLeft(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	store := storeOf(t, longSeries())
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Aggregators: []Aggregation{{"avg", every(1, points.Minutes)}}}}}
	plan, err := Build(q, now, Options{Specs: aggregators.Builtin(), Release: aggregators.Develop})
	if err != nil {
		t.Fatal(err)
	}
	for answer, err := range New(Config{Workers: 4}).Run(t.Context(), store, plan, nil) {
		if err != nil {
			t.Fatal(err)
		}
		for result, err := range answer.Results {
			var b points.Block
			if err != nil || result.Points.Next(t.Context(), &b) != nil {
				t.Fatal("no points")
			}
			break
		}
	}
}

// TestPartedAhead: while the reader of the first part does something else, others are
// computed.
func TestPartedAhead(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const width, ahead = 2, 16
	computed := make(chan int, maxParts)
	p := &parted{run: &run{engine: New(Config{Workers: width}), use: new(usage)}, width: width, n: maxParts}
	p.compute = func(ctx context.Context, i int, out *emitter) error {
		b := new(points.Block)
		b.AppendInt(int64(i), 1)
		computed <- i
		return out.hand(ctx, step{block: b})
	}
	var b points.Block
	for want := range 3 {
		if err := p.Next(t.Context(), &b); err != nil || b.Times[0] != int64(want) {
			t.Fatalf("part %d: got %v, %v", want, b.Times, err)
		}
	}
	for range ahead {
		<-computed // or it waits for ever
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStride lays parts of two sizes out: small ones come first and last, and all
// together they are what there is.
func TestStride(t *testing.T) {
	for _, tt := range []struct {
		count float64
		width int
		want  []float64 // where parts begin
	}{
		{2.5, 2, []float64{1, 2}},
		{6, 2, []float64{1, 2, 3, 4, 5}},
		{12, 2, []float64{1, 2, 4, 6, 8, 9, 10, 11}},
		{12, 8, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
	} {
		var got []float64
		for i := 1.0; i < tt.count; i += stride(i, tt.count, tt.width) {
			got = append(got, i)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v parts for %d: got %v, want %v", tt.count, tt.width, got, tt.want)
		}
	}
}
