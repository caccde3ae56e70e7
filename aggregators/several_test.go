package aggregators

import (
	"math"
	"slices"
	"testing"

	"aion/storage/points"
)

// TestSeveralRanges folds ranges whose values are added several at a time, with
// ranges of any size, empty ones and some with integers among them, and answers to
// the bit what blocks alone answer.
func TestSeveralRanges(t *testing.T) {
	taken := 0
	for seed := range uint64(300) {
		d := newDice(seed)
		var all []point
		for i := range int64(2 + d.IntN(40)) {
			n := of(d, 400+int64(d.IntN(3)), 400+int64(d.IntN(300)), 1+int64(d.IntN(1500)), 0)
			for at := range n {
				p := point{at: i*hour + at*hour/n, kind: "double", bits: math.Float64bits(d.NormFloat64())}
				if seed%3 == 0 && d.oneIn(2000) {
					p.kind, p.bits = "long", 7
				}
				all = append(all, p)
			}
		}
		if len(all) == 0 {
			continue
		}
		env := Env{Release: V13, Start: of(d, 0, -hour/3), End: math.MaxInt64, Now: math.MaxInt64}
		for _, name := range []string{"avg", "sum"} {
			a := build(t, name, env, Values{"sampling": points.Span{Value: 1, Unit: points.Hours}, "align_start_time": d.oneIn(2)})
			want, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: 1000}))
			if err != nil {
				t.Fatal(err)
			}
			in := &asking{valued: valued{&summarized{cursor: &cursor{points: slices.Clone(all), size: 1000}, page: 128}}}
			got, err := readAll(t, a.Apply(Group{}, in))
			if err != nil || !same(got, want) {
				t.Fatalf("seed %d, %s: got %v and the error %v\nwant %v", seed, a, got, err, want)
			}
			taken += in.asked
		}
	}
	if taken == 0 {
		t.Error("no values were taken")
	}
}

// TestAddEach adds ranges of many lengths in their own order.
func TestAddEach(t *testing.T) {
	d := newDice(1)
	for range 1000 {
		var of [severalRanges][]float64
		var want, got [severalRanges]float64
		n := 1 + d.IntN(severalRanges)
		for i := range n {
			for range d.IntN(20) {
				of[i] = append(of[i], d.NormFloat64())
			}
			want[i] = add(0, of[i])
		}
		if addEach(&got, of[:n]); got != want {
			t.Fatalf("of %v got %v, want %v", of[:n], got, want)
		}
	}
}
