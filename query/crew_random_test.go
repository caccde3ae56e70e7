package query

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// mixedStored is a few groups by device of one to three series each, many of which
// are small, and some so long that their reader calls others in the midst of them.
func mixedStored(rng *rand.Rand) []stored {
	sizes := []int{0, 1, 40, 500, 600, 1500, 5000, 12_000}
	most := 2 + rng.IntN(len(sizes)-1)
	var all []stored
	for i := range 2 + rng.IntN(aloneGroups) {
		for j := range 1 + rng.IntN(3) {
			x := stored{key: points.Key{Metric: "m", Type: points.TypeLong,
				Tags: points.TagsOf(map[string]string{"device": fmt.Sprintf("d%02d", i), "part": fmt.Sprint(j)})}}
			at := rng.Int64N(50)
			for range sizes[rng.IntN(most)] {
				at += 1 + rng.Int64N(8)
				x.points.AppendInt(at, rng.Int64N(100)*4+int64(j))
			}
			all = append(all, x)
		}
	}
	return all
}

// TestCrewEqualsNaive: whoever computes a group, before or after others are called,
// the answer is naive's, also where an engine has seen the metric before; and who
// stops leaves nothing charged.
func TestCrewEqualsNaive(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 99))
		series := mixedStored(rng)
		store := storeOf(t, series)
		q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Order: points.Order(seed%3 == 0), Groupers: []Grouper{TagGrouper{[]string{"device"}}}}}}
		want, wantSample := naive(series, q)
		for _, workers := range []int{1, 2, 5} {
			e := New(Config{Workers: workers})
			for range 2 {
				got, sample, err := ask(t, e, store, q, Options{})
				if err != nil || !slices.Equal(got, want) || sample != wantSample {
					t.Fatalf("seed %d, %d workers: %d results of %d points, %v, want %d of %d", seed, workers, len(got), sample, err, len(want), wantSample)
				}
			}
			if left := leftCharged(t, e, store, q, rng.IntN(len(want)+1)); left != 0 {
				t.Errorf("seed %d, %d workers: %d bytes are still charged", seed, workers, left)
			}
		}
	}
}

// leftCharged is how many bytes beside its series a query is charged with when its
// reader has stopped after so many results.
func leftCharged(t *testing.T, e *Engine, s storage.Store, q Query, stop int) int64 {
	t.Helper()
	plan, err := Build(q, now, Options{})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	use := e.usage(t.Context())
	_ = e.answers(t.Context(), s, snapshot, plan, use, func(a *Answer, _ error) bool {
		n := 0
		for range a.Results {
			if n++; n > stop {
				break
			}
		}
		return true
	})
	return use.bytes.Load() - use.series.Load()*seriesCost
}
