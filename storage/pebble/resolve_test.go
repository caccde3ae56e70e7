package pebble

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage/points"
)

// TestSort compares the order of points with that of a general sort.
func TestSort(t *testing.T) {
	var s sorting
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 3))
		times, ranks, want := make([]int64, rng.IntN(200)), []uint64(nil), []int32(nil)
		stretch := 1 + rng.IntN(50)
		for i := range times {
			if times[i] = rng.Int64N(100); i%stretch != 0 {
				times[i] = times[i-1] + rng.Int64N(3)
			}
			ranks, want = append(ranks, uint64(i/(1+rng.IntN(4)))), append(want, int32(i))
		}
		slices.SortFunc(want, func(a, b int32) int {
			return cmp.Or(cmp.Compare(times[a], times[b]), cmp.Compare(ranks[b], ranks[a]), cmp.Compare(b, a))
		})
		if got := s.sort(times, ranks); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v of %v ranked %v", seed, got, want, times, ranks)
		}
	}
}

// TestResolve compares what is left of runs with a model: of runs that do not overlap but
// come in any order, of such that do, with expiry and without, with a cut and without.
func TestResolve(t *testing.T) {
	var o overlay
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 5))
		want := map[int64][2]int64{} // value and expiry
		o.reset(points.Number)
		order := rng.Perm(1 + rng.IntN(12))
		apart, expiring := seed%3 != 0, seed%5 == 0
		for rank, place := range order {
			var b points.Block
			at := int64(place * 20)
			if !apart {
				at = rng.Int64N(100)
			}
			expires := rng.Int64N(2) * int64(rank)
			if !expiring {
				expires = 0
			}
			for range 1 + rng.IntN(5) {
				b.AppendInt(at, int64(rank))
				want[at] = [2]int64{int64(rank), expires}
				at += 1 + rng.Int64N(4)
			}
			o.put(&b, expires, uint64(rank))
		}
		if seed%7 == 0 {
			cut := points.Range{From: rng.Int64N(200), To: 100 + rng.Int64N(200)}
			o.cut(cut, uint64(len(order)/2))
			maps.DeleteFunc(want, func(at int64, x [2]int64) bool { return cut.Holds(at) && x[0] < int64(len(order)/2) })
		}
		o.resolve()
		if !slices.Equal(o.block.Times, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("seed %d: got the times %v, want %v", seed, o.block.Times, want)
		}
		for i, at := range o.block.Times {
			got := [2]int64{o.block.Ints[i], 0}
			if len(o.expires) != 0 {
				got[1] = o.expires[i]
			}
			if got != want[at] || o.block.Floats[i] != float64(got[0]) || o.ranks[i] != uint64(got[0]) {
				t.Fatalf("seed %d: got %v at %d, want %v", seed, got, at, want[at])
			}
		}
	}
}

// BenchmarkResolve puts runs of five points in order, of which two clients have
// written every other one, a little before or after the other's.
func BenchmarkResolve(b *testing.B) {
	var written []points.Block
	for run := range int64(800) {
		var block points.Block
		for i := range int64(5) {
			block.AppendFloat((run^run/2%2)*5+i, 20)
		}
		written = append(written, block)
	}
	var o overlay
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		o.reset(points.Number)
		for rank := range written {
			o.put(&written[rank], 0, uint64(rank))
		}
		o.resolve()
		n += o.block.Len()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "points/s")
}
