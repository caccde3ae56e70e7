package aggregators

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNeighbours compares the search for neighbours with sorting, for many
// sizes, places and repetitions.
func TestNeighbours(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		keys := make([]int64, 2+rng.IntN(1+rng.IntN(5000)))
		different := 1 + rng.Int64N(1+rng.Int64N(10_000))
		for i := range keys {
			keys[i] = rng.Int64N(different)
		}
		sorted := slices.Sorted(slices.Values(keys))
		k := rng.IntN(len(keys) - 1)
		if rng.IntN(2) == 0 {
			k = len(keys) - 2 - rng.IntN(min(80, len(keys)-1))
		}
		low, high := neighbours(keys, k)
		if low != sorted[k] || high != sorted[k+1] {
			t.Fatalf("neighbours of %d keys at %d: got %d and %d, want %d and %d", len(keys), k, low, high, sorted[k], sorted[k+1])
		}
	}
}
