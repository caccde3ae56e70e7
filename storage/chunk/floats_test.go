package chunk

import (
	"math"
	"slices"
	"sort"
	"testing"

	"aion/storage/points"
)

// checkParts compares what c tells of values without times, and of times
// without values, with what was encoded.
func checkParts(t *testing.T, c *Chunk, b *points.Block) {
	t.Helper()
	var got []float64
	for i := range c.Pages() {
		first, last, n := c.Page(i)
		times := b.Times[i*PageSize : i*PageSize+n]
		for _, until := range append([]int64{math.MinInt64, first, last, last + 1, math.MaxInt64}, times...) {
			checkBelow(t, c, i, until, times)
		}
		if got, err := c.AppendTimes(nil, i); err != nil || !slices.Equal(got, times) {
			t.Fatalf("AppendTimes of page %d = %v, %v, want %v", i, got, err, times)
		}
		if !c.Doubles() {
			continue
		}
		var err error
		if got, err = c.AppendFloats(got, i); err != nil {
			t.Fatalf("AppendFloats of page %d: %v", i, err)
		}
	}
	if !c.Doubles() {
		return
	}
	if len(got) != b.Len() {
		t.Fatalf("AppendFloats of all pages: got %d values, want %d", len(got), b.Len())
	}
	for i, v := range got {
		if math.Float64bits(v) != math.Float64bits(b.Floats[i]) {
			t.Fatalf("AppendFloats: value %d is %v, want %v", i, v, b.Floats[i])
		}
	}
}

// checkBelow compares Below with a search in the page's times.
func checkBelow(t *testing.T, c *Chunk, i int, until int64, times []int64) {
	t.Helper()
	want := sort.Search(len(times), func(i int) bool { return times[i] >= until })
	n, at, err := c.Below(i, until)
	if err != nil || n != want || n < len(times) && at != times[n] {
		t.Fatalf("Below(%d, %d) = %d, %d, %v, want %d of %v", i, until, n, at, err, want, times)
	}
}
