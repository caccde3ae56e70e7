package pebble

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestLargeBatchOfSeries: a batch of so many new series that Pebble makes a
// table of it is a batch like any other: what comes next finds its series.
func TestLargeBatchOfSeries(t *testing.T) {
	whole(t)
	const n = 30_000
	s := still(t, nil)
	key := func(i int) points.Key { return cpu(fmt.Sprint("host", i)) }
	var b points.Block
	b.AppendInt(1, 1)
	b.AppendInt(2, 2)
	var batch storage.Batch
	for i := range n {
		batch.Put(key(i), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	if s.db.Metrics().MemTable.Count < 2 {
		t.Fatal("the batch is not large enough for this test")
	}
	batch.Reset()
	batch.Remove(key(7), 1)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	sameTimes(t, s, key(7), []int64{2})
	sameTimes(t, s, key(8), []int64{1, 2})
	put(t, s, key(9), 3, 3, 1)
	if got := len(seriesOf(t, s)); got != n {
		t.Errorf("%d series, want %d", got, n)
	}
}

// TestBatchesKeepApart: of two batches that are written at once, one comes after
// the other in all of their series.
func TestBatchesKeepApart(t *testing.T) {
	const rounds, series = 100, 40
	s := still(t, nil)
	batch := func(v int64) *storage.Batch {
		var batch storage.Batch
		for i := range series {
			var b points.Block
			b.AppendInt(1, v)
			batch.Put(cpu(fmt.Sprint(i)), b, 0)
		}
		return &batch
	}
	for range rounds {
		keepApart(t, s, series, batch)
	}
}

// keepApart writes four batches at once to as many series and wants the points of one
// of them in all series.
func keepApart(t *testing.T, s *Store, series int, batch func(v int64) *storage.Batch) {
	t.Helper()
	var wg sync.WaitGroup
	for v := range int64(4) {
		wg.Go(func() {
			if err := s.Write(t.Context(), batch(v)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := read(t, s, cpu("0"), points.Always).Ints[0]
	for i := range series {
		if got := read(t, s, cpu(fmt.Sprint(i)), points.Always).Ints[0]; got != want {
			t.Fatalf("series %d has the point of batch %d, and series 0 that of batch %d", i, got, want)
		}
	}
}

// TestBatchesKeepApartAsSeriesBegin is the same where series come to be there while a
// batch is built that takes them for new ones, before it gives them numbers or behind
// that, and a third batch finds them.
func TestBatchesKeepApartAsSeriesBegin(t *testing.T) {
	for _, c := range []struct{ early, late []string }{
		{nil, []string{"a", "b"}}, {[]string{"b"}, []string{"a"}}, {[]string{"b"}, nil}, {[]string{"a", "b"}, nil},
	} {
		t.Run(fmt.Sprint(c.early, c.late), func(t *testing.T) { keepApartAsSeriesBegin(t, c.early, c.late) })
	}
}

// keepApartAsSeriesBegin has one batch begin some series early and some late.
func keepApartAsSeriesBegin(t *testing.T, early, late []string) {
	s := still(t, nil)
	changes := func(v int64, hosts ...string) *storage.Batch {
		var b points.Block
		b.AppendInt(1, v)
		var batch storage.Batch
		for _, host := range hosts {
			batch.Put(cpu(host), b, 0)
		}
		return &batch
	}
	begin := func(hosts []string) {
		if err := s.Write(t.Context(), changes(0, hosts...)); err != nil {
			t.Fatal(err)
		}
	}
	slow, quick := changes(2, "a", "b"), changes(1, "a", "b")
	var w, other writer
	whole := w.recall(s, slow.Changes)
	begin(early)
	if err := w.find(s, whole); err != nil {
		t.Fatal(err)
	}
	begin(late)
	if err := other.find(s, other.recall(s, quick.Changes)); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*writer{&other, &w} {
		batch := s.db.NewBatch()
		if err := firstOf(w.lay(s, batch), s.commitChange(batch, pebble.NoSync, &w.tips), batch.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, host := range []string{"a", "b"} {
		if got := read(t, s, cpu(host), points.Always).Ints[0]; got != 2 {
			t.Errorf("%s: got the point of batch %d, want that of the batch that was laid last", host, got)
		}
	}
	if found := damages(t, s); len(found) != 0 {
		t.Errorf("the check finds %q", found)
	}
}

// TestMostRuns: a change makes no more runs than are reserved for it.
func TestMostRuns(t *testing.T) {
	for _, c := range []struct{ points, weight int }{
		{1, 0}, {5000, 0}, {5121, 0}, {100_000, 0}, {50, pieceWeight - 1}, {9000, 700}, {20, 3 * pieceWeight}, {2, pieceWeight/2 + 1},
	} {
		var b points.Block
		b.Reset(points.Text)
		for i := range c.points {
			b.AppendText(int64(i), strings.Repeat("x", c.weight))
		}
		runs := 0
		for from, size := 0, pieceSize(b.Len()); from < b.Len(); runs++ {
			from += fitting(&b, from, min(size, b.Len()-from))
		}
		if most := mostRuns(&b); runs+1 > most {
			t.Errorf("%d points of %d bytes: %d runs and cuts, and %d are reserved", c.points, c.weight, runs, most)
		}
	}
}

// TestBatchThatCannotBeBuilt: a batch that meets damage leaves nothing for the
// next one.
func TestBatchThatCannotBeBuilt(t *testing.T) {
	s := still(t, nil)
	lost := points.Key{Metric: "lost", Type: points.TypeLong}
	put(t, s, lost, 1, 1, 1)
	entry, metric := appendNumberKey(nil, fingerprintOf(lost.Append(nil))), appendPosting(nil, postMetric, "lost")
	damage := func(number, series []byte) {
		must(t, errors.Join(s.db.Set(entry, number, nil), s.db.Set(metric, series, nil)))
	}
	damage([]byte("x"), []byte("x"))
	s.dict.forget([]digest{digestOf(s, lost)})
	s.dict.whole = false
	var b points.Block
	b.AppendInt(1, 1)
	var batch storage.Batch
	batch.Put(cpu("new"), b, 0)
	batch.Put(lost, b, 0)
	if err := s.Write(t.Context(), &batch); !errors.Is(err, points.ErrCorrupt) {
		t.Fatalf("got %v, want %v", err, points.ErrCorrupt)
	}
	put(t, s, cpu("other"), 1, 1, 1)
	damage([]byte{0, 0, 0, 0, 0, 0, 0, 1}, []byte{0, 1, 1, 0, 0}) // a posting of number 1
	verified(t, s)
}

// cpuBytes is the key of cpu as the dictionary has it.
func cpuBytes(host string) []byte {
	k := cpu(host)
	return k.Append(nil)
}

// TestWaitersHearOfTheEnd: writers who wait for the compactor are told when the
// store takes no more writes.
func TestWaitersHearOfTheEnd(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem()})
	defer s.Close()
	s.waiting.shut()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var b points.Block
			b.AppendInt(1, 1)
			var batch storage.Batch
			batch.Put(cpu("a"), b, 0)
			if err := s.Write(t.Context(), &batch); !errors.Is(err, points.ErrUnavailable) {
				t.Errorf("got %v, want %v", err, points.ErrUnavailable)
			}
		})
	}
	runtime.Gosched()
	s.fault.fail(points.ErrUnavailable)
	wg.Wait()
}

// TestEmptiedAndCrashed: a series whose last point is deleted goes, even where
// the process ends after the deletion and again after the deletion is settled.
func TestEmptiedAndCrashed(t *testing.T) {
	fs := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	put(t, s, cpu("a"), 1, 9, 1)
	if err := s.cutAll([]uint64{1}, points.Always); err != nil {
		t.Fatal(err)
	}
	if err := s.turn(); err != nil {
		t.Fatal(err)
	}
	var emptied []uint64
	if _, more, err := s.settlePiece(s.oldest.Load(), 0, false, &emptied); err != nil || more {
		t.Fatal(more, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	defer s.Close()
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := hosts(t, s); len(got) != 0 {
		t.Errorf("got %v, want no names", got)
	}
	verified(t, s)
}

// TestUnfile: whatever has become of a series since the sweeper has begun to
// look at it, it is filed once or not at all, and the dictionary knows where.
func TestUnfile(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	for _, c := range []struct {
		name      string
		meanwhile func(t *testing.T, s *Store)
		want      int
	}{
		{"removed", func(t *testing.T, s *Store) {
			if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"removed but for its filing", func(t *testing.T, s *Store) {
			if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
				t.Fatal(err)
			}
			b := s.db.NewBatch()
			if err := errors.Join(refile(b, 1, notDue, now.UnixMilli()), b.Commit(pebble.Sync)); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"another writer's", func(t *testing.T, s *Store) {
			b := s.db.NewBatch()
			err := errors.Join(refile(b, 1, now.UnixMilli(), now.UnixMilli()+5000), b.Set(appendDueKey(nil, now.UnixMilli(), 1), nil, nil))
			if err := errors.Join(err, b.Commit(pebble.Sync)); err != nil {
				t.Fatal(err)
			}
		}, 1},
		{"untouched", func(*testing.T, *Store) {}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := storagetest.NewClock(now)
			s := still(t, k.Now)
			putFor(t, s, cpu("a"), time.Minute, 1, 1)
			b := s.db.NewBatch()
			err := refile(b, 1, now.UnixMilli()+60_000, now.UnixMilli())
			if err := errors.Join(err, b.Commit(pebble.Sync)); err != nil {
				t.Fatal(err)
			}
			due, err := s.due(10)
			if err != nil || len(due) != 1 {
				t.Fatal(due, err)
			}
			c.meanwhile(t, s)
			if err := s.unfile(due); err != nil {
				t.Fatal(err)
			}
			if x, e := len(entries(t, s, keyDue)), len(entries(t, s, keyFiled)); x != c.want || e != c.want {
				t.Errorf("filed %d times by time and %d times by number, want %d", x, e, c.want)
			}
			known, ok := s.dict.cached(s.dict.digest(cpuBytes("a")))
			if filed, err := readDue(s.db, 1); err != nil || ok && known.due != filed {
				t.Errorf("the dictionary says %d, and the folder %d, %v", known.due, filed, err)
			}
		})
	}
}
