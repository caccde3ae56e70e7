package pebble

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// newestIs fails unless the newest point of the only series is the one that it should
// be, by its tip and by its cursor.
func newestIs(t *testing.T, from storage.Reader, at, v int64) {
	t.Helper()
	for range 2 { // the first may bring what the second finds
		var all []storage.Series
		for one, err := range from.Select(t.Context(), storage.Selection{Metrics: []string{"cpu"}}) {
			must(t, err)
			all = append(all, one)
		}
		var b points.Block
		_, _, err := storage.Lead(t.Context(), all, points.Always, points.Desc, 1, &b, nil)
		must(t, err)
		if b.Len() != 1 || b.Times[0] != at || b.Ints[0] != v {
			t.Errorf("the newest is %v at %v, want %d at %d", b.Ints, b.Times, v, at)
		}
		must(t, sameTips(t.Context(), all, points.Always))
	}
}

// built is a batch with one point of a series, ranked but not applied.
func built(t *testing.T, s *Store, at, v int64) (*writer, *pebble.Batch) {
	t.Helper()
	var b points.Block
	b.AppendInt(at, v)
	w, batch := new(writer), s.db.NewBatch()
	must(t, w.build(s, batch, []storage.Change{{Key: cpu("a"), Points: b}}))
	return w, batch
}

// TestTipsByRank: of two batches with the same time the one wins that was ranked
// later, also where it is applied first.
func TestTipsByRank(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 1, 9, 1)
	newestIs(t, s, 9, 9)
	first, early := built(t, s, 20, 1)
	second, late := built(t, s, 20, 2)
	for _, x := range []struct {
		w     *writer
		batch *pebble.Batch
	}{{second, late}, {first, early}} {
		must(t, s.commitChange(x.batch, pebble.Sync, &x.w.tips))
		must(t, s.synced(x.batch))
		newestIs(t, s, 20, 2)
	}
}

// TestTipsBeforeApplied: a snapshot that is made when a batch has told the tips and is
// not applied yet does not see it, then or later.
func TestTipsBeforeApplied(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 1, 9, 1)
	newestIs(t, s, 9, 9)
	w, batch := built(t, s, 20, 1)
	w.tips.Tell(&s.tips)
	snap, err := s.Snapshot(t.Context())
	must(t, err)
	newestIs(t, snap, 9, 9)
	must(t, s.db.Apply(batch, pebble.Sync))
	s.tips.Applied()
	must(t, batch.Close())
	newestIs(t, snap, 9, 9)
	newestIs(t, s, 20, 1)
	newestIs(t, snap, 9, 9)
	must(t, snap.Close())
}

// TestTipsBroughtLate: what a reader has found is not brought when a batch has come
// meanwhile.
func TestTipsBroughtLate(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 1, 9, 1)
	must(t, settleSome(s))
	s.tips = tips.Tips{}
	s.tips.Begin(s.dict.last, 0)
	r := reader{s: s}
	q := (&series{from: &r, number: 1, key: cpu("a")}).tipQuery(points.Always, s.millis(), r.sees())
	q.Ask()
	put(t, s, cpu("a"), 20, 20, 1)
	var b points.Block
	b.AppendInt(9, 9)
	q.Bring(&b, nil)
	newestIs(t, s, 20, 20)
}

// TestTipsAfterRestart: what is written after a restart, before anybody has asked, is
// not taken for all that there is.
func TestTipsAfterRestart(t *testing.T) {
	fs := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	put(t, s, cpu("a"), 1, 9, 1)
	must(t, s.Close())
	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	put(t, s, cpu("a"), 5, 5, 1)
	newestIs(t, s, 9, 9)
	must(t, s.Close())
}
