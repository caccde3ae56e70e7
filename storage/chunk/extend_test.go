package chunk

import (
	"math"
	"math/rand/v2"
	"testing"

	"aion/storage/points"
)

// extended is the chunk of a block's points that Extend makes of the chunk of the first
// n of them, of which it keeps all pages but so many.
func extended(t *testing.T, b *points.Block, n, anew int) ([]byte, bool) {
	t.Helper()
	head := b.Slice(0, n)
	var c Chunk
	if err := c.Open(Append(nil, &head, nil)); err != nil {
		t.Fatalf("Open: %v", err)
	}
	pages := max(0, c.FullBelow(math.MaxInt64)-anew)
	rest := b.Slice(pages*PageSize, b.Len())
	return c.Extend(nil, pages, &rest)
}

// TestExtend holds chunks that are extended to what went in, as others, and compares
// their sizes with those of chunks that are made at once.
func TestExtend(t *testing.T) {
	never := map[string]bool{"specials": true, "any bits": true, "full mantissa": true, "single floats": true, "zeros of both": true,
		"huge sums": true, "a few thirds": true, "nulls": true, "states": true, "messages": true, "complex": true, "empty": true}
	perhaps := map[string]bool{"gauge with hole": true, "ends of time": true, "any longs": true, "wide longs": true,
		"mixed signs": true, "negatives": true} // the last two have zeros of either sign
	for name, b := range classes(3000) {
		for _, cut := range [][2]int{{385, 386}, {400, 2999}, {512, 640}, {1270, 2540}, {2944, 3000}, {2999, 3000}} {
			all := b.Slice(0, cut[1])
			data, ok := extended(t, &all, cut[0], cut[1]%3)
			if ok == never[name] && !perhaps[name] {
				t.Errorf("%s, %d behind %d: extended: %t", name, cut[1]-cut[0], cut[0], ok)
			}
			if !ok {
				continue
			}
			sameChunk(t, data, &all, nil)
			checkExtended(t, data, &all)
			if anew := Append(nil, &all, nil); len(data) > len(anew)+len(anew)/16+16 {
				t.Errorf("%s, %d behind %d: %d bytes, made at once %d", name, cut[1]-cut[0], cut[0], len(data), len(anew))
			}
		}
	}
}

// checkExtended checks the summaries of a chunk.
func checkExtended(t *testing.T, data []byte, b *points.Block) {
	t.Helper()
	var c Chunk
	if err := c.Open(data); err != nil {
		t.Fatalf("Open: %v", err)
	}
	checkSummaries(t, &c, b)
	if err := c.Check(b, nil); err != nil {
		t.Errorf("Check: %v", err)
	}
}

// TestExtendAgain extends a chunk by few points many times.
func TestExtendAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	all := classes(5000)
	all["below and above"] = doublesOf(all["counter"].Times, func(i int) float64 { return float64(2*r.IntN(200)-199) / 1000 })
	for _, name := range []string{"gauge jitter", "below and above", "counter"} {
		b := all[name]
		n := 400
		head := b.Slice(0, n)
		data := Append(nil, &head, nil)
		for n < b.Len() {
			var c Chunk
			if err := c.Open(data); err != nil {
				t.Fatalf("Open: %v", err)
			}
			n = min(b.Len(), n+1+r.IntN(300))
			pages := c.FullBelow(b.Times[n-1])
			rest := b.Slice(pages*PageSize, n)
			var ok bool
			if data, ok = c.Extend(nil, pages, &rest); !ok {
				t.Fatalf("%s is not extended to %d points", name, n)
			}
		}
		sameChunk(t, data, b, nil)
		checkExtended(t, data, b)
		if anew := Append(nil, b, nil); len(data) > len(anew)+len(anew)/64 {
			t.Errorf("%s: %d bytes, made at once %d", name, len(data), len(anew))
		}
	}
}

// TestExtendMixed extends a chunk none of whose pages has values of either sign by some
// that have: what the sums of absolutes of the old pages are is told by their sums alone.
func TestExtendMixed(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, sign := range []float64{1, -1} {
		b := doublesOf(steps(r, 2000, start, 10_000, 20), func(i int) float64 {
			v := sign * float64(1+r.IntN(1000)) / 100
			if i >= 1000 && i%2 != 0 {
				v = -v
			}
			return v
		})
		data, ok := extended(t, b, 1000, 0)
		if !ok {
			t.Fatal("the chunk is not extended")
		}
		sameChunk(t, data, b, nil)
		checkExtended(t, data, b)
	}
}

// TestExtendNot asks for chunks to be extended by what would make them longer, or
// another kind of chunk.
func TestExtendNot(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	times := steps(r, 2000, start, 10_000, 20)
	slower := append(times[:1000:1000], steps(r, 1000, times[999]+11_000, 11_000, 20)...)
	value := gauge(r)
	for name, b := range map[string]*points.Block{
		"another slope": doublesOf(slower, value),
		"no decimals":   doublesOf(times, func(i int) float64 { return value(i) / float64(1+i/1990*6) }),
	} {
		if _, ok := extended(t, b, 1000, 0); ok {
			t.Errorf("%s: extended", name)
		}
	}
	b := doublesOf(times, value)
	few := b.Slice(0, 700)
	if _, ok := extended(t, &few, 300, 0); ok {
		t.Error("extended a chunk of three pages")
	}
	var c Chunk
	if err := c.Open(Append(nil, b, append([]int64{5}, make([]int64, 1999)...))); err != nil {
		t.Fatal(err)
	}
	rest := b.Slice(15*PageSize, b.Len())
	if out, ok := c.Extend([]byte("before"), 15, &rest); ok || string(out) != "before" {
		t.Errorf("extended a chunk some of whose points expire: %t, %q", ok, out)
	}
}
