package chunk

import (
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage/points"
)

// TestRunsAddTo: the points of a run in columns are those of the run that AppendRun makes
// of it, whatever stands before them and in whichever order runs are asked for.
func TestRunsAddTo(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var w RunsWriter
	var s Runs
	added, refused := 0, 0
	for range 300 {
		var runs [][]byte
		kinds, most := rng.IntN(8), 1+rng.IntN(1<<rng.IntN(6))
		for range 1 + rng.IntN(64) {
			runs = append(runs, randomRun(rng, (kinds+rng.IntN(3))%8, most))
		}
		slots := uint64(1)<<len(runs) - 1
		w.Reset()
		out, left := w.Append(nil, slots, runs)
		if left == slots {
			continue
		}
		if _, _, err := s.Open(append(out, "behind"...), slots); err != nil {
			t.Fatal(err)
		}
		var got, want points.Block
		var expires, wanted []int64
		if rng.IntN(4) == 0 {
			got.Reset(points.Text)
			got.AppendText(1, "a")
		}
		for range len(runs) {
			slot := uint(rng.IntN(len(runs)))
			before := got.Len()
			all, ok := s.AddTo(&got, expires, slot)
			if ok != (left>>slot&1 == 0 && (before == 0 || got.Kind == points.Number)) {
				t.Fatalf("run %d of %x, behind %d points: got %t", slot, slots&^left, before, ok)
			}
			if expires = all; !ok {
				refused++
				continue
			}
			added++
			run, _ := s.AppendRun(nil, slot)
			var err error
			if wanted, err = ParseRun(run, &want, wanted); err != nil {
				t.Fatal(err)
			}
			if diff := differ(&want, &got); diff != "" || !slices.Equal(expires, wanted) {
				t.Fatalf("run %d: %s; got expiries %v, want %v", slot, diff, expires, wanted)
			}
		}
	}
	if added == 0 || refused == 0 {
		t.Errorf("%d runs added and %d refused, want some of each", added, refused)
	}
}
