package pebble

import (
	"cmp"
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
