package pebble

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFingerprintsAscend: fingerprints come in their order, also those that begin alike.
func TestFingerprintsAscend(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var n born
	for _, size := range []int{0, 1, 2, 5000} {
		n.reset()
		for i := range size {
			p := printed{rng.Uint64(), rng.Uint64(), uint64(i)}
			if i%3 == 0 { // one of a few that differ in their last bits at most
				p.high = rng.Uint64N(4)<<60 | rng.Uint64N(4)
			}
			n.prints = append(n.prints, p)
		}
		want := slices.Clone(n.prints)
		slices.SortFunc(want, func(a, b printed) int { return a.compare(&b) })
		var got []printed
		for p := range n.ascending {
			got = append(got, *p)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d fingerprints are not in their order", size)
		}
	}
}
