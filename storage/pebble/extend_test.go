package pebble

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestExtendChunk: points that come behind a chunk leave its full pages as they are.
func TestExtendChunk(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 1999, 1)
	tidy(t, s)
	before := entries(t, s, keyChunk)
	for at := int64(1995); at < 2500; at += 100 {
		put(t, s, cpu("a"), at, at+99, 1)
	}
	tidy(t, s)
	after := entries(t, s, keyChunk)
	if len(before) != 1 || len(after) != 1 {
		t.Fatalf("%d chunks and then %d, want 1", len(before), len(after))
	}
	if _, value, _ := strings.Cut(before[0], " "); !strings.Contains(after[0], value[2:60]) {
		t.Error("the first pages are not what they were")
	}
	sameTimes(t, s, cpu("a"), times(0, 2594, 1))
}

// TestExtendEdge: of a page whose last point is written again the new value counts, as of
// those beside it.
func TestExtendEdge(t *testing.T) {
	for first := int64(510); first <= 514; first++ {
		s, want := still(t, nil), map[int64]int64{}
		for _, from := range []int64{0, first} {
			var b points.Block
			for at := from; at < from+1000; at++ {
				b.AppendInt(at, at+from)
				want[at] = at + from
			}
			var batch storage.Batch
			batch.Put(cpu("a"), b, 0)
			must(t, s.Write(t.Context(), &batch))
			tidy(t, s)
		}
		sameAs(t, s, want)
		verified(t, s)
	}
}

// TestExtendRandom settles points of a series that mostly, but not always, come behind
// all others, and compares what is read with a model. Some are written twice, and some
// removed.
func TestExtendRandom(t *testing.T) {
	whole(t)
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 8))
		s, want, at := still(t, nil), map[int64]int64{}, int64(0)
		for range 25 {
			for range 1 + rng.IntN(6) {
				from := max(0, at-rng.Int64N(1+rng.Int64N(3000)))
				if rng.IntN(3) != 0 {
					from = at + 1
				}
				writeSome(t, s, rng, from, want)
				at = slices.Max(slices.Collect(maps.Keys(want)))
			}
			tidy(t, s)
			sameAs(t, s, want)
		}
	}
}

// writeSome writes some points of a series in ascending order, and at times removes some.
func writeSome(t *testing.T, s storage.Writer, rng *rand.Rand, at int64, want map[int64]int64) {
	t.Helper()
	var batch storage.Batch
	if rng.IntN(40) == 0 {
		for gone := range want {
			batch.Remove(cpu("a"), gone)
			delete(want, gone)
			break
		}
	}
	var b points.Block
	for range 1 + rng.IntN(400) {
		v := rng.Int64N(1000) - 300
		b.AppendInt(at, v)
		want[at] = v
		at += 10 + rng.Int64N(3)
	}
	batch.Put(cpu("a"), b, 0)
	must(t, s.Write(t.Context(), &batch))
}

// sameAs fails where the points of the series are not those of the model.
func sameAs(t *testing.T, s storage.Reader, want map[int64]int64) {
	t.Helper()
	b := read(t, s, cpu("a"), points.Always)
	if !slices.Equal(b.Times, slices.Sorted(maps.Keys(want))) {
		t.Fatalf("got %d times, want %d", b.Len(), len(want))
	}
	for i, at := range b.Times {
		if b.Ints[i] != want[at] {
			t.Fatalf("got %d at %d, want %d", b.Ints[i], at, want[at])
		}
	}
}
