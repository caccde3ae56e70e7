package pebble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/pebble/posting"
)

// TestDeltas: changes to a posting, joined in any grouping from either end, say
// what they say one after the other, also where the memory is used again.
func TestDeltas(t *testing.T) {
	m := merger()
	for seed := range uint64(1000) {
		rng := rand.New(rand.NewPCG(seed, 3))
		want, changes := &set{}, [][]byte{}
		for range 1 + rng.IntN(8) {
			var added, removed set
			for range rng.IntN(1 + 40*rng.IntN(4)) {
				added.Add(uint64(rng.IntN(300)))
			}
			if rng.IntN(3) == 0 { // as the numbers of new series
				from := uint64(1<<16 - 500 + rng.IntN(500))
				added.AddRange(from, from+uint64(rng.IntN(500)))
			}
			if rng.IntN(3) == 0 {
				removed.AddRange(0, uint64(rng.IntN(200)))
				removed.AndNot(&added)
			}
			if rng.IntN(3) == 0 { // as those of a few series that are erased
				added.Clear()
				removed.Clear()
				for range rng.IntN(20) {
					removed.Add(uint64(rng.IntN(300)))
				}
			}
			want.AndNot(&removed)
			want.Or(&added)
			b, err := posting.AppendDelta(nil, &added, &removed)
			if err != nil {
				t.Fatal(err)
			}
			changes = append(changes, b)
		}
		got, err := posting.Parse(regrouped(t, m, []byte{keyPosting}, rng, changes))
		if err != nil || !got.Equals(want) {
			t.Fatalf("seed %d: got %v, %v, want %v", seed, got, err, want)
		}
	}
}

// regrouped joins changes as Pebble may: a stretch of them first, then the others
// older or newer than it.
func regrouped(t *testing.T, joiner *pebble.Merger, key []byte, rng *rand.Rand, changes [][]byte) []byte {
	t.Helper()
	for len(changes) > 1 {
		from := rng.IntN(len(changes))
		to := from + 1 + rng.IntN(len(changes)-from)
		at := from + rng.IntN(to-from)
		m, err := joiner.Merge(key, changes[at])
		for i := at - 1; i >= from && err == nil; i-- {
			err = m.MergeOlder(changes[i])
		}
		for i := at + 1; i < to && err == nil; i++ {
			err = m.MergeNewer(changes[i])
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := finished(m, from == 0)
		if err != nil {
			t.Fatal(err)
		}
		changes = slices.Concat(changes[:from], [][]byte{b}, changes[to:])
	}
	return changes[0]
}

// finished is the value of a merge.
func finished(m pebble.ValueMerger, base bool) ([]byte, error) {
	b, closer, err := m.Finish(base)
	if err != nil {
		return nil, err
	}
	return slices.Clone(b), closer.Close()
}

// TestGathering: every posting comes once, in order, with its numbers ascending,
// also when the memory is used again.
func TestGathering(t *testing.T) {
	var g gathering
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 4))
		want := map[string]map[uint64]bool{}
		for range rng.IntN(3000) {
			key, number := fmt.Sprint("p", rng.IntN(500)), rng.Uint64N(1000)
			if want[key] == nil {
				want[key] = map[uint64]bool{}
			}
			if !want[key][number] {
				want[key][number] = true
				g.add([]byte(key), number, rng.IntN(1+int(seed)))
			}
		}
		last := ""
		err := g.each(func(posting []byte, numbers []uint64) error {
			if string(posting) <= last || len(numbers) != len(want[string(posting)]) {
				t.Fatalf("seed %d: %q behind %q, with %d numbers, want %d", seed, posting, last, len(numbers), len(want[string(posting)]))
			}
			for i, n := range numbers {
				if !want[string(posting)][n] || i > 0 && numbers[i-1] >= n {
					t.Fatalf("seed %d: %q has %v", seed, posting, numbers)
				}
			}
			last = string(posting)
			delete(want, last)
			return nil
		})
		if err != nil || len(want) != 0 {
			t.Fatalf("seed %d: %v, and %d postings are missing", seed, err, len(want))
		}
		g.reset()
	}
}
