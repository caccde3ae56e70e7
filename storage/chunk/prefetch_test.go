package chunk

import (
	"math/rand/v2"
	"testing"
)

// TestPrefetch asks for memory that nobody has, and for pages that cannot be.
func TestPrefetch(t *testing.T) {
	for _, at := range []int{0, 1, 4095} {
		prefetch(&make([]byte, 4096)[at])
	}
	c := Chunk{data: make([]byte, 3*fetchSize)}
	c.fetch(0, len(c.data))
	c.fetch(len(c.data)-1, len(c.data))
	c.fetch(len(c.data), len(c.data))
	c.fetch(len(c.data), 0)
}

// TestReopened asks for the same pages of one chunk after the other.
func TestReopened(t *testing.T) {
	var again Chunk
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 20 {
		b := doublesOf(steps(r, PageSize*(4+i%7)+i, start, 10_000, 500), gauge(r))
		data := Append(nil, b, nil)
		var fresh Chunk
		if err := again.Open(data); err != nil {
			t.Fatal(err)
		}
		if err := fresh.Open(data); err != nil {
			t.Fatal(err)
		}
		for _, page := range []int{2, 2, 3, 2} {
			first, last, n := again.Page(page)
			times := b.Times[page*PageSize : page*PageSize+n]
			if first != times[0] || last != times[n-1] {
				t.Errorf("chunk %d, page %d: from %d to %d, want from %d to %d", i, page, first, last, times[0], times[n-1])
			}
			again.FetchPage(page)
			if got, want := again.page(page), fresh.page(page); got != want {
				t.Errorf("chunk %d, page %d: got %v, want %v", i, page, got, want)
			}
		}
	}
}
