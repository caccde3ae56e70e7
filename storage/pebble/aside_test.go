package pebble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestCard: a series may have points put aside while none of its runs waits to be
// settled or was settled only just, and until as much is aside as is carried.
func TestCard(t *testing.T) {
	const number = 1<<40 - 2
	for _, c := range []struct {
		name           string
		card           card
		oldest, newest uint32
		weight         int
		want           bool
	}{
		{"new", newCard(number, 1<<16+7-longAgo), 7, 7, 1, true},
		{"a run in the present epoch", newCard(number, 7), 7, 7, 1, false},
		{"a run that is not settled", newCard(number, 5), 5, 7, 1, false},
		{"a run before what is not settled", newCard(number, 4), 5, 7, 1, true},
		{"a run settled just now", newCard(number, 6), 7, 7, 1, false},
		{"a run settled before", newCard(number, 5), 7, 7, 1, true},
		{"about the end of the count", newCard(number, 1<<16-1), 1<<16 + 1, 1<<16 + 1, 1, true},
		{"taken for a present one", newCard(number, 3), 1<<16 + 3, 1<<16 + 4, 1, false},
		{"as much as is carried", newCard(number, 1), 7, 7, joinedRuns, true},
		{"too much", newCard(number, 1), 7, 7, joinedRuns + 1, false},
	} {
		for _, due := range []bool{false, true} {
			was := c.card.notDue(due)
			e := epochs{oldest: c.oldest, newest: c.newest}
			got, ok := was.aside(c.weight, e)
			if ok != c.want || !ok && got != was || got.number() != number || got&cardNotDue != was&cardNotDue {
				t.Errorf("%s: got %x, %t, want %t", c.name, got, ok, c.want)
			}
			if _, again := got.aside(joinedRuns+1-c.weight, e); ok && again {
				t.Errorf("%s: more is put aside than is carried", c.name)
			}
			if ran := got.ran(c.newest); ran != newCard(number, c.newest).notDue(due) {
				t.Errorf("%s: got %x after a run", c.name, ran)
			}
		}
	}
}

// TestAside: whatever is written, removed, deleted, settled or not and opened again
// between points that are put aside, the store has what the reference driver has.
func TestAside(t *testing.T) {
	aside := 0
	for seed := range uint64(10/slower() + 1) {
		rng := rand.New(rand.NewPCG(seed, 4))
		s, m := still(t, nil), memory.New(memory.Config{})
		for range 120 {
			before := len(entries(t, s, keyCarried))
			asideChange(t, rng, s, m)
			aside += len(entries(t, s, keyCarried)) - before
			if err := asideTidy(rng, s); err != nil {
				t.Fatal(err)
			}
			for _, host := range []string{"a", "b", "c"} {
				want, err := readRange(t, m, cpu(host), points.Always)
				if err != nil {
					t.Fatal(err)
				}
				if got := read(t, s, cpu(host), points.Always); !slices.Equal(got.Times, want.Times) || !slices.Equal(got.Ints, want.Ints) {
					t.Fatalf("seed %d, %s: got %v %v, want %v %v", seed, host, got.Times, got.Ints, want.Times, want.Ints)
				}
			}
		}
		verified(t, s)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if aside < 50 {
		t.Errorf("%d times points were put aside, want at least 50", aside)
	}
}

// asideChange changes both stores alike, by a few points of some series mostly.
func asideChange(t *testing.T, rng *rand.Rand, s, m storage.Store) {
	t.Helper()
	var batch storage.Batch
	from := int64(rng.IntN(40))
	for _, host := range []string{"a", "b", "c"} {
		if rng.IntN(2) == 0 {
			continue
		}
		var b points.Block
		for i := range 1 + rng.IntN(1<<rng.IntN(9)) {
			b.AppendInt(from+int64(i), rng.Int64N(1000))
		}
		if rng.IntN(6) == 0 {
			batch.Remove(cpu(host), from, from+2)
		}
		if rng.IntN(6) != 0 {
			batch.Put(cpu(host), b, 0)
		}
	}
	gone := rng.IntN(12) == 0
	for _, store := range []storage.Store{s, m} {
		err := store.Write(t.Context(), &batch)
		if err == nil && gone {
			err = store.Delete(t.Context(), storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"a", "b"}}}},
				points.Range{From: from - 1, To: from + 3})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// asideTidy has epochs go by, settled or not yet.
func asideTidy(rng *rand.Rand, s *Store) error {
	switch rng.IntN(8) {
	case 0:
		return s.turn()
	case 1, 2, 3:
		return settleSome(s)
	case 4:
		return firstOf(settleAll(s), s.turn(), s.settleOldest(false))
	}
	return nil
}

// TestAsideIsSettled: a series that gets a point in an epoch, now and then, has them
// put aside until there are enough for a chunk.
func TestAsideIsSettled(t *testing.T) {
	s := still(t, nil)
	most := 0
	for at := range int64(10 * carriedRuns) {
		put(t, s, cpu("a"), at, at, 1)
		for range 3 {
			if err := settleSome(s); err != nil {
				t.Fatal(err)
			}
		}
		most = max(most, len(entries(t, s, keyCarried)))
	}
	if chunks := len(entries(t, s, keyChunk)); most > carriedRuns+1 || chunks == 0 {
		t.Errorf("%d carried runs and %d chunks", most, chunks)
	}
	if n := read(t, s, cpu("a"), points.Always).Len(); n != 10*carriedRuns {
		t.Errorf("%d points, want %d", n, 10*carriedRuns)
	}
}

// TestAsideBatchesKeepApart: of batches that are written at once, one comes after the
// other in all of their series, whether or not their points are put aside.
func TestAsideBatchesKeepApart(t *testing.T) {
	const rounds, series = 40, 20
	s := still(t, nil)
	batch := func(v int64) *storage.Batch {
		var batch storage.Batch
		for i := range series {
			var b points.Block
			b.AppendInt(1, v)
			if batch.Put(cpu(fmt.Sprint(i)), b, 0); v == 3 && i%4 == 0 {
				batch.Put(cpu(fmt.Sprint(i)), b, 0) // twice in a batch is not put aside
			}
		}
		return &batch
	}
	for range rounds {
		for range 3 {
			if err := settleSome(s); err != nil {
				t.Fatal(err)
			}
		}
		keepApart(t, s, series, batch)
	}
}

// TestBeginsBehindACut: whoever writes to a series that another batch has begun, and
// has not noted yet, has written behind a delete that is done.
func TestBeginsBehindACut(t *testing.T) {
	s := still(t, nil)
	var begins storage.Batch
	putting(1, 1, 100)(&begins)
	batch, w := s.db.NewBatch(), new(writer)
	if err := w.build(s, batch, begins.Changes); err != nil {
		t.Fatal(err)
	}
	if err := s.commit(batch, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 0, To: 9}); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("a"), 2, 2, 1)
	if got := read(t, s, cpu("a"), points.Always).Times; !slices.Equal(got, []int64{2, 100}) {
		t.Errorf("got points at %v, want the one that came behind the delete, too", got)
	}
	if err := s.synced(batch); err != nil {
		t.Fatal(err)
	}
}

// TestAsideBehindACutThatStays: where a series is damaged its cuts stay as they are,
// and points that come later are put aside above them.
func TestAsideBehindACutThatStays(t *testing.T) {
	s := mustOpenClosing(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	put(t, s, cpu("a"), 0, 20_000, 1)
	if err := settleAll(s); err != nil {
		t.Fatal(err)
	}
	if err := flipEntry(s, []byte(entries(t, s, keyChunk)[0][:17])); err != nil {
		t.Fatal(err)
	}
	if err := firstOf(settleSome(s), settleSome(s)); err != nil {
		t.Fatal(err)
	}
	for _, r := range []points.Range{{From: 5, To: 9}, {From: 25_000, To: 40_000}} {
		if err := s.Delete(t.Context(), storage.Selection{}, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := settleSome(s); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("a"), 30_000, 30_000, 1)
	if got := read(t, s, cpu("a"), points.Range{From: 25_000, To: 50_000}).Times; !slices.Equal(got, []int64{30_000}) {
		t.Errorf("got points at %v, want the one behind the cuts", got)
	}
}
