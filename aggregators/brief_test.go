package aggregators

import (
	"math"
	"slices"
	"testing"

	"aion/storage/points"
)

// TestShortRangesTogether folds ranges of few doubles each, evenly or not, among which
// are empty and long ones. What blocks are folded to is what single points are, of which
// no range ends within a block.
func TestShortRangesTogether(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0, math.MaxFloat64, -math.MaxFloat64}
	for seed := range uint64(400) {
		d := newDice(seed)
		most, every, at := 1+d.Int64N(30), 1+d.Int64N(2*second), d.Int64N(minute)-minute/2
		var all []point
		even, from := d.oneIn(3), at
		for i := range 1 + d.Int64N(3000) {
			if at += every/2 + d.Int64N(every); even {
				at = from + i*every + d.Int64N(every/8+1)
			}
			if d.oneIn(300) {
				gap := d.Int64N(10 * every * most)
				at, from = at+gap, from+gap
			}
			v := d.NormFloat64()
			if d.oneIn(100) && seed%2 == 0 {
				v = odd[d.IntN(len(odd))]
			}
			all = append(all, point{at: at, kind: "double", bits: math.Float64bits(v)})
			if d.oneIn(2000) {
				all[len(all)-1] = point{at: at, kind: "long", bits: 7}
			}
		}
		env := Env{Release: V13, Start: of(d, 0, -minute, minute), End: math.MaxInt64, Now: math.MaxInt64}
		v := Values{"sampling": points.Span{Value: every*most + d.Int64N(2), Unit: points.Milliseconds}, "align_start_time": d.oneIn(3), "align_end_time": d.oneIn(3)}
		for _, name := range []string{"avg", "sum", "max", "min", "count", "dev"} {
			a := build(t, name, env, v)
			want, err := readAll(t, a.Apply(Group{}, &cursor{points: slices.Clone(all), size: 1}))
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(t, a.Apply(Group{}, &cursor{points: slices.Clone(all), size: 1000}))
			if err != nil || !same(got, want) {
				t.Fatalf("seed %d, %s: got %v and the error %v\nwant %v", seed, a, got, err, want)
			}
		}
	}
}

// TestShortRangesFarBack folds ranges at the lowest times, of which the first lies, west
// of Greenwich, where its overflowing ends say: those behind it begin where they do
// without it.
func TestShortRangesFarBack(t *testing.T) {
	const width, origin = int64(1) << 50, 1_400_000_000_000
	zone, err := LoadZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []int64{1, 2, 3, 10} {
		var all []point
		for i := range 40 * each {
			all = append(all, double(math.MinInt64+2+i*(width/each), float64(i%7)))
		}
		env := Env{Release: V13, Start: origin, End: math.MaxInt64, Now: math.MaxInt64, Zone: zone}
		v := Values{"sampling": points.Span{Value: width, Unit: points.Milliseconds}, "align_end_time": true}
		for _, name := range []string{"avg", "sum", "max", "count"} {
			want, err := expectedOf(t, env, []named{{name, v}}, all)
			if err != nil {
				t.Fatal(err)
			}
			got, err := computed(t, env, []named{{name, v}}, all, 1000)
			if err != nil || !same(got, want) {
				t.Errorf("%s of %d points a range: got %v and the error %v\nwant %v", name, each, got, err, want)
			}
		}
	}
}
