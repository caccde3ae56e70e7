package pebble

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestSettledSheetCutShort: what the settler has done of a sheet when it lets go of a
// batch in the midst of it does not bring back what a group had before a run that
// stood alone.
func TestSettledSheetCutShort(t *testing.T) {
	s := still(t, nil)
	writeNeighbours(t, s, 1, 1) // a group of carried runs
	k := cpu("h000")
	putValue(t, s, k, 1, 7) // a carried run that stands alone, above it
	if n := len(entries(t, s, keyCarried)); n != 1 {
		t.Fatalf("%d carried runs stand alone, want 1", n)
	}
	number := uint64(1)
	w, err := s.settler()
	must(t, err)
	must(t, w.openCarried(sheetOf(number)))
	must(t, w.gatherCarried(number))
	if len(w.carried) != 1 || w.among != 1 {
		t.Fatalf("%d carried runs stand alone and %d in groups, want 1 and 1", len(w.carried), w.among)
	}
	must(t, w.place(number, 0, true))
	must(t, w.flush()) // as zones does of series with much to be settled
	check := func(when string) {
		t.Helper()
		if got := read(t, s, k, points.Always); got.Len() != 1 || got.Ints[0] != 7 {
			t.Errorf("%s: got %v, want 7", when, got.Ints)
		}
	}
	check("in the midst of a sheet")
	must(t, w.close())
	check("where that was all")
	must(t, s.Compact(t.Context()))
	check("settled again")
}

// putValue writes one point of a series.
func putValue(t *testing.T, s *Store, k points.Key, at, v int64) {
	t.Helper()
	var b points.Block
	b.AppendInt(at, v)
	var batch storage.Batch
	batch.Put(k, b, 0)
	must(t, s.Write(t.Context(), &batch))
}

// TestSettlingLooksAtChunksAlone: whoever looks for the chunk of a series that has none,
// and no series behind it has, does not go through the groups that were settled before.
func TestSettlingLooksAtChunksAlone(t *testing.T) {
	s := still(t, nil)
	for at := range int64(carriedRuns) {
		writeNeighbours(t, s, at, at)
	}
	must(t, s.db.DeleteRange([]byte{keyCarriedGroup}, []byte{keyCarriedGroup + 1}, nil))
	w, err := s.settler()
	must(t, err)
	z, err := w.zone(1, 1)
	if err != nil || z.has {
		t.Errorf("got %v, %v, want no chunk", z, err)
	}
	if n := w.chunks.Stats().InternalStats.PointsCoveredByRangeTombstones; n != 0 {
		t.Errorf("went through %d entries that are gone, want none", n)
	}
	must(t, w.close())
}

// TestSettledApart: the runs that the pieces of an epoch take away lie side by side. If
// each piece took away all from where the epoch begins, readers would take apart what
// lies in one another before a table is made of it: of each part the last range is what
// is seen here, which then was the same for all.
func TestSettledApart(t *testing.T) {
	const sheets = 5
	fs, keys := vfs.NewMem(), many("temperature", sheets*sheetSize)
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	putMany(t, s, keys, 1)
	must(t, s.Close())
	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true, piece: 20}) // a sheet is a piece, and series may have runs
	defer s.Close()
	putStep(t, s, keys, 10_000)
	for i := range sheets {
		putStep(t, s, keys[i*sheetSize:i*sheetSize+1], 20_000) // which stands alone
	}
	must(t, settleSome(s))
	for _, prefix := range []byte{keyRun, keyRunGroup} {
		seen := map[pebble.SeqNum]bool{}
		ranges := 0
		must(t, s.db.ScanInternal(t.Context(), 0, []byte{prefix}, []byte{prefix + 1},
			func(*pebble.InternalKey, pebble.LazyValue, pebble.IteratorLevel) error { return nil },
			func(_, _ []byte, at pebble.SeqNum) error {
				seen[at] = true
				ranges++
				return nil
			}, nil, nil, nil))
		if ranges < sheets || len(seen) != ranges {
			t.Errorf("%c: %d parts of %d ranges, want one of each piece", prefix, ranges, len(seen))
		}
	}
	for i, key := range keys {
		want := 2
		if i%sheetSize == 0 {
			want = 3
		}
		if got := read(t, s, key, points.Always).Len(); got != want {
			t.Errorf("series %d has %d points, want %d", i, got, want)
		}
	}
}
