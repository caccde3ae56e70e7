package pebble

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestErasedFromGroups: a series that is erased leaves its groups, those of a sheet
// that are all erased take the groups with them, and the others keep what they have.
func TestErasedFromGroups(t *testing.T) {
	for _, kind := range []byte{keyRunGroup, keyCarriedGroup} {
		s := still(t, nil)
		groupedAs(t, s, kind)
		of := func(from, to int) storage.Selection {
			var hosts []string
			for i := from; i < to; i++ {
				hosts = append(hosts, fmt.Sprintf("h%03d", i))
			}
			return storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: hosts}}}
		}
		for _, r := range [][2]int{{5, 6}, {8, 10}, {20, 30}, {60, 70}} {
			must(t, s.Delete(t.Context(), of(r[0], r[1]), points.Always))
		}
		gone := 0
		for i := range groupedHosts {
			got := read(t, s, cpu(fmt.Sprintf("h%03d", i)), points.Always)
			if got.Len() == 0 {
				gone++
			} else if got.Len() != 1 || got.Ints[0] != int64(1000+i) {
				t.Errorf("series %d has %v", i, got.Ints)
			}
		}
		if n := len(entries(t, s, kind)); gone != 23 || n != 2 {
			t.Errorf("%d series are gone, want 23, and %d groups are there, want 2", gone, n)
		}
		verified(t, s)
		must(t, s.Delete(t.Context(), of(64, groupedHosts), points.Always))
		if n := len(entries(t, s, kind)); n != 1 {
			t.Errorf("%d groups, want that of the first sheet", n)
		}
		verified(t, s)
	}
}

// TestWalkGroups: whoever reads many series in order finds what those find who read
// each by itself, in few and small groups and in many and large ones, which are not
// held in memory.
func TestWalkGroups(t *testing.T) {
	whole(t)
	for _, n := range []int{1, 100} { // points of a series in a write
		s := still(t, nil)
		for round := range int64(10) {
			var batch storage.Batch
			for i := range 3 * sheetSize {
				var b points.Block
				for j := range int64(n) {
					b.AppendInt(round*1000+j*3, int64(i)*round)
				}
				batch.Put(cpu(fmt.Sprintf("h%03d", i)), b, 0)
			}
			must(t, s.Write(t.Context(), &batch))
			if round == 4 || round == 6 {
				must(t, s.Delete(t.Context(), storage.Selection{}, points.Range{From: 2000, To: 2100}))
				must(t, s.turn())
			}
		}
		snap, err := s.Snapshot(t.Context())
		must(t, err)
		for i := range 3 * sheetSize {
			got := read(t, snap, cpu(fmt.Sprintf("h%03d", i)), points.Always)
			want := read(t, s, cpu(fmt.Sprintf("h%03d", i)), points.Always)
			if got.Len() != want.Len() || got.Len() < 9*n || fmt.Sprint(got.Times, got.Ints) != fmt.Sprint(want.Times, want.Ints) {
				t.Fatalf("series %d: %d points in order, %d by itself", i, got.Len(), want.Len())
			}
		}
		must(t, snap.Close())
	}
}

// TestGroupedForgets: where groups have been settled nobody looks for them any more,
// but those who hold a state of before.
func TestGroupedForgets(t *testing.T) {
	s := still(t, nil)
	writeNeighbours(t, s, 1, 1)
	snap, err := s.Snapshot(t.Context())
	must(t, err)
	present := func() epochs { return epochs{s.oldest.Load(), s.newest.Load()} }
	if may := s.grouped.may(1); !may.haveCarried(present()) || s.grouped.may(1000).haveCarried(present()) {
		t.Fatalf("a sheet with groups is known as %v", may)
	}
	must(t, s.Compact(t.Context()))
	must(t, s.turn())
	must(t, s.settleOldest(false))
	if may := s.grouped.may(1); may.haveCarried(present()) || may.haveRuns(s.oldest.Load()) {
		t.Errorf("a settled sheet is known as %v in %v", may, present())
	}
	for _, from := range []storage.Reader{snap, s} {
		for i := range int64(groupedHosts) {
			if got := read(t, from, cpu(fmt.Sprintf("h%03d", i)), points.Always); got.Len() != 1 || got.Ints[0] != 1000+i {
				t.Fatalf("series %d has %v", i, got.Ints)
			}
		}
	}
	must(t, snap.Close())
}

// TestGroupsAreBounded: however few of the series of a sheet come together again and
// again, no more groups of theirs are there than make them chunks.
func TestGroupsAreBounded(t *testing.T) {
	s := still(t, nil)
	rng := rand.New(rand.NewPCG(1, 1))
	most := 0
	for at := range int64(2000 / slower()) {
		var batch storage.Batch
		var b points.Block
		b.AppendInt(at, at)
		for range groupFrom {
			batch.Put(cpu(fmt.Sprint("h", rng.IntN(sheetSize-1))), b, 0)
		}
		must(t, s.Write(t.Context(), &batch))
		if rng.IntN(3) == 0 {
			must(t, settleSome(s))
		}
		most = max(most, len(entries(t, s, keyCarriedGroup)))
	}
	if bound := sheetSize * (carriedRuns + 1) / groupFrom; most == 0 || most > bound {
		t.Errorf("%d groups of carried runs, want at most %d", most, bound)
	}
}
