package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestQuantiles compares histograms with sorted times.
func TestQuantiles(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, tt := range []struct {
		name string
		draw func() time.Duration
	}{
		{"one value", func() time.Duration { return 12_345_678 }},
		{"zero", func() time.Duration { return 0 }},
		{"a few nanoseconds", func() time.Duration { return time.Duration(random.IntN(300)) }},
		{"even to a second", func() time.Duration { return time.Duration(random.Int64N(1e9)) }},
		{"long tail", func() time.Duration { return time.Duration(1e5 * math.Exp(8*random.Float64())) }},
		{"any", func() time.Duration { return time.Duration(random.Int64() >> random.IntN(63)) }},
	} {
		for _, n := range []int{1, 2, 3, 100, 10_000} {
			t.Run(fmt.Sprintf("%s/n=%d", tt.name, n), func(t *testing.T) {
				var h histogram
				var all []time.Duration
				for range n {
					d := tt.draw()
					h.add(d)
					all = append(all, d)
				}
				slices.Sort(all)
				for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
					want := all[max(int(math.Ceil(q*float64(n))), 1)-1]
					got := h.quantile(q)
					if got < want || float64(got-want) > float64(want)/128 {
						t.Errorf("q=%v: got %d, want %d or up to a part in 128 more", q, got, want)
					}
				}
			})
		}
	}
}

// TestBucketsFollowEachOther finds every bucket's ceiling in it, and what is
// above in the next.
func TestBucketsFollowEachOther(t *testing.T) {
	last := bucket(math.MaxInt64)
	for i := range last {
		if top := uint64(ceiling(i)); bucket(top) != i || bucket(top+1) != i+1 {
			t.Fatalf("got buckets %d and %d for %d and the next, want %d and %d", bucket(top), bucket(top+1), top, i, i+1)
		}
	}
	if size := len(histogram{}.counts); last >= size {
		t.Errorf("got bucket %d, want less than %d", last, size)
	}
}

// TestEmptyHistogram has no latency to tell.
func TestEmptyHistogram(t *testing.T) {
	if got := new(histogram).latency(); got != nil {
		t.Errorf("got %+v, want nothing", got)
	}
}
