package pebble

import (
	"hash/maphash"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestCards changes cards at random, as many as make tables grow, beside a map.
func TestCards(t *testing.T) {
	whole(t)
	rng := rand.New(rand.NewPCG(1, 2))
	var c cards
	want := map[digest]card{}
	keys := make([]digest, 5000)
	for i := range keys {
		keys[i] = digest{rng.Uint64() >> 6, rng.Uint64() >> (i % 40)} // in a few tables, and many in one place
	}
	for i := range 100_000 {
		g := keys[rng.IntN(len(keys))]
		switch x := card(1 + rng.Uint64N(cardNumber)); rng.IntN(5) {
		case 0, 1:
			c.set(g, x)
			want[g] = x
		case 2:
			c.remove(g)
			delete(want, g)
		case 3:
			if p := c.find(g); p != nil {
				*p = p.ran(uint32(i))
				want[g] = *p
			}
		}
		if i%20_000 == 19_999 {
			sameCards(t, &c, keys, want)
			odd := func(x card) bool { return x%2 != 0 }
			c.removeSome(odd)
			for g, x := range want {
				if odd(x) {
					delete(want, g)
				}
			}
		}
		if p := c.find(g); p == nil && want[g] != 0 || p != nil && *p != want[g] {
			t.Fatalf("step %d: got %v, want %v", i, p, want[g])
		}
	}
	sameCards(t, &c, keys, want)
}

// sameCards compares all cards.
func sameCards(t *testing.T, c *cards, keys []digest, want map[digest]card) {
	t.Helper()
	used := 0
	for _, p := range c.pages {
		used += p.used
	}
	if used != len(want) {
		t.Fatalf("got %d cards on pages, want %d", used, len(want))
	}
	for _, g := range keys {
		if p := c.find(g); p == nil && want[g] != 0 || p != nil && *p != want[g] {
			t.Fatalf("got %v, want %v", p, want[g])
		}
	}
	if c.len() != len(want) {
		t.Fatalf("got %d cards, want %d", c.len(), len(want))
	}
}

// BenchmarkCards sets the cards of a million series and finds them again, and tells
// how many bytes each has room for.
func BenchmarkCards(b *testing.B) {
	const n = 1_000_000
	seed := maphash.MakeSeed()
	key := func(i int) digest {
		return digest{maphash.Comparable(seed, i), maphash.Comparable(seed, -i)}
	}
	for b.Loop() {
		var c cards
		for i := range n {
			c.set(key(i), card(i+1))
		}
		for i := range n {
			if p := c.find(key(i)); p == nil || *p != card(i+1) {
				b.Fatalf("got %v, want %d", p, i+1)
			}
		}
		room := 0
		for i := range c.numbers.parts {
			room += 24 * cap(c.numbers.parts[i].slots)
		}
		room += len(c.pages) * int(unsafe.Sizeof(cardPage{}))
		b.ReportMetric(float64(room)/n, "bytes/series")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/series")
}

// BenchmarkRecall looks up the cards of 5,000 series out of a million, one after the
// other and together.
func BenchmarkRecall(b *testing.B) {
	const series, together = 1_000_000, 5000
	rng := rand.New(rand.NewPCG(1, 2))
	d := dictionary{}
	items := make([]item, series)
	for i := range items {
		items[i].digest = digest{rng.Uint64(), rng.Uint64()}
		d.known.set(items[i].digest, newCard(uint64(i+1), 1))
	}
	for _, way := range []struct {
		name   string
		recall func(items []item)
	}{
		{"way=single", func(items []item) {
			for i := range items {
				if e, ok := d.cached(items[i].digest); ok {
					items[i].number, items[i].due = e.number, e.due
				}
			}
		}},
		{"way=together", func(items []item) {
			for i := range items {
				items[i].number = 0
			}
			d.recallAll(items, nil)
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			at, before := 0, processorTime(b)
			for b.Loop() {
				way.recall(items[at : at+together])
				at = (at + together) % series
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N)/together, "processor-ns/series")
		})
	}
}
