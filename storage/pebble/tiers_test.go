package pebble

import (
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestJoined: carried runs of a point each are joined until there is enough for a chunk,
// so that few of them are there at any time and chunks are written seldom. What came
// last of a millisecond stays, and what was written to one series alone, too.
func TestJoined(t *testing.T) {
	s := still(t, nil)
	const rounds = 2 * carriedPoints
	most, chunks, alone := 0, 0, cpu("h000")
	for at := range int64(rounds) {
		writeNeighbours(t, s, at, at)
		if at%10 == 3 {
			putValue(t, s, alone, at-1, -at)
		}
		must(t, settleSome(s))
		most = max(most, len(entries(t, s, keyCarriedGroup)))
		if n := len(entries(t, s, keyChunk)); n != 0 && chunks == 0 {
			chunks = int(at)
		}
		if at%50 == 49 {
			joinedReads(t, s, at)
		}
	}
	if most > 2*carriedRuns || chunks < carriedPoints/2 {
		t.Errorf("%d groups on two sheets and chunks from %d points on, want at most %d and from %d on",
			most, chunks, 2*carriedRuns, carriedPoints/2)
	}
	must(t, s.Delete(t.Context(), storage.Selection{}, points.Range{From: 100, To: 199}))
	if n := read(t, s, cpu("h001"), points.Always).Len(); n != rounds-100 {
		t.Errorf("%d points are left, want %d", n, rounds-100)
	}
	must(t, s.Compact(t.Context()))
	verified(t, s)
}

// joinedReads makes sure that the neighbours have a point of each round up to that.
func joinedReads(t *testing.T, s *Store, last int64) {
	t.Helper()
	for i := range int64(groupedHosts) {
		got := read(t, s, cpu(fmt.Sprintf("h%03d", i)), points.Always)
		if got.Len() != int(last+1) {
			t.Fatalf("series %d has %d points, want %d", i, got.Len(), last+1)
		}
		for at, v := range got.Ints {
			want := int64(at)*1000 + i
			if i == 0 && at%10 == 2 && int64(at) < last {
				want = -int64(at + 1)
			}
			if v != want {
				t.Fatalf("series %d has %d at %d, want %d", i, v, at, want)
			}
		}
	}
}
