package pebble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestJoined: carried runs of a point each are joined until there is enough for a chunk,
// so that few of them are there at any time and chunks are written seldom. What came
// last of a millisecond stays, and what was written to one series alone, too.
func TestJoined(t *testing.T) {
	whole(t)
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

// TestJoinedCutShort: where the power fails behind a part of a sheet, what was joined of
// the sheet before is not settled again: the epoch's points would be put where all of
// them stand.
func TestJoinedCutShort(t *testing.T) {
	var s *Store
	var cut vfs.FS // what is on the disk behind the first part
	fs := vfs.NewCrashableMem()
	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true, piece: 2000, flushed: func() {
		if cut == nil {
			must(t, s.db.LogData(nil, pebble.Sync))
			cut = fs.CrashClone(vfs.CrashCloneCfg{})
		}
	}})
	putFew(t, s, 0)
	for i := range int64(sheetSize) { // what comes then stands on the sheet behind
		putValue(t, s, cpu(fmt.Sprint("between", i)), 0, i)
	}
	const last = joinedRuns + 1
	for at := range int64(last) {
		putFew(t, s, at+1)
	}
	var many points.Block // more than one part
	rng := rand.New(rand.NewPCG(1, 2))
	for at := range int64(2 * smallChunk) {
		many.AppendInt(at, int64(rng.Uint64()))
	}
	var batch storage.Batch
	batch.Put(cpu("many"), many, 0)
	must(t, s.Write(t.Context(), &batch))
	must(t, settleSome(s))
	must(t, s.Close())

	s = mustOpen(t, Config{Dir: "db", fs: cut, still: true})
	defer s.Close()
	if n := len(entries(t, s, keyCarriedGroup)); n != 1 {
		t.Fatalf("%d groups of carried runs, want the joined one", n)
	}
	must(t, settleSome(s))
	for i := range groupFrom {
		if got := read(t, s, cpu(fmt.Sprint("few", i)), points.Always); got.Len() != last+1 {
			t.Errorf("series %d has points at %v, want %d", i, got.Times, last+1)
		}
	}
	verified(t, s)
}

// putFew writes a point of as many neighbours as are a group.
func putFew(t *testing.T, s *Store, at int64) {
	t.Helper()
	var batch storage.Batch
	for i := range groupFrom {
		var b points.Block
		b.AppendInt(at, at)
		batch.Put(cpu(fmt.Sprint("few", i)), b, 0)
	}
	must(t, s.Write(t.Context(), &batch))
}

// TestNotJoinedBelow: what is joined stands where the epoch began. Where runs that stay
// as they are rank above that, nothing is joined: it would lose against them.
func TestNotJoinedBelow(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true, joins: 1})
	defer s.Close()
	putValue(t, s, cpu("a"), 0, 1)
	epoch := s.newest.Load()
	set := func(key []byte, from, to, v int64) {
		var b points.Block
		for at := from; at <= to; at++ {
			b.AppendInt(at, v)
		}
		must(t, s.db.Set(key, appendRun(nil, nil, &b, nil), nil))
	}
	set(appendCarriedKey(nil, 1, rankOf(epoch, 5)), 0, joinedPoints, 2)
	set(appendCarriedKey(nil, 1, rankOf(epoch, 6)), 3, 3, 3)
	set(appendRunKey(nil, epoch, 1, 7), 4, 4, 4)
	must(t, settleSome(s))
	got := read(t, s, cpu("a"), points.Range{From: 2, To: 5})
	if want := []int64{2, 3, 4, 2}; !slices.Equal(got.Ints, want) {
		t.Errorf("got %v, want %v", got.Ints, want)
	}
	verified(t, s)
}
