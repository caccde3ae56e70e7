package pebble

import (
	"context"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestDeleteKeepsOtherChunks: a delete takes whole chunks away by their keys and
// rewrites those at its ends.
func TestDeleteKeepsOtherChunks(t *testing.T) {
	s := still(t, nil)
	const last = 10*chunkSize - 1
	put(t, s, cpu("a"), 0, last, 1)
	tidy(t, s)
	gone := points.Range{From: chunkSize + 1000, To: 7*chunkSize + 1000}
	if err := s.Delete(t.Context(), storage.Selection{}, gone); err != nil {
		t.Fatal(err)
	}
	want := append(times(0, gone.From-1, 1), times(gone.To+1, last, 1)...)
	sameTimes(t, s, cpu("a"), want)
	tidy(t, s)
	sameTimes(t, s, cpu("a"), want)
	if n := len(entries(t, s, keyChunk)); n != 5 {
		t.Errorf("%d chunks are left, want 5", n)
	}
}

// TestDeleteEverything: nothing is left in the folder but counters.
func TestDeleteEverything(t *testing.T) {
	s := still(t, nil)
	for i := range 300 {
		put(t, s, cpu(string(rune('a'+i))), 0, int64(i), 1)
		if i == 100 || i == 200 {
			tidy(t, s)
		}
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	tidy(t, s)
	for _, prefix := range []byte{keySeries, keyNumber, keyPosting, keyRun, keyCarried, keyChunk, keyDue, keyFiled} {
		if n := len(entries(t, s, prefix)); n != 0 {
			t.Errorf("%d entries %q are left", n, prefix)
		}
	}
}

// TestDeleteWhileWriting: deletes that come and go, writers that bring series
// back to life, and the compactor leave a whole store, and what was written
// after the last delete is there.
func TestDeleteWhileWriting(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem()})
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var writers, others sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := range int64(400) {
				var b points.Block
				b.AppendInt(i, i)
				var batch storage.Batch
				batch.Put(cpu(string(rune('a'+(int(i)+w)%5))), b, 0)
				if err := s.Write(t.Context(), &batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	others.Go(func() {
		for i := int64(0); ctx.Err() == nil; i = (i + 50) % 400 {
			if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 0, To: i}); err != nil {
				t.Error(err)
			}
		}
	})
	others.Go(func() {
		for ctx.Err() == nil {
			if err := settleSome(s); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	cancel()
	others.Wait()
	verified(t, s)
	for _, host := range []string{"a", "b", "c", "d", "e"} {
		put(t, s, cpu(host), 1000, 1009, 1)
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Range{From: 0, To: 999}); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"a", "b", "c", "d", "e"} {
		sameTimes(t, s, cpu(host), times(1000, 1009, 1))
	}
	verified(t, s)
}

// TestSnapshotStays: neither writes nor deletes, neither settling nor the
// removal of the series reach a snapshot.
func TestSnapshotStays(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 0, 9_999, 1)
	tidy(t, s)
	put(t, s, cpu("a"), 10_000, 10_099, 1)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	for _, change := range []func(){
		func() { put(t, s, cpu("a"), 5, 20_000, 3) },
		func() { tidy(t, s) },
		func() {
			if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
				t.Fatal(err)
			}
		},
		func() { put(t, s, cpu("a"), 7, 7, 1) },
		func() { tidy(t, s) },
	} {
		change()
		sameTimes(t, snap, cpu("a"), times(0, 10_099, 1))
	}
	sameTimes(t, s, cpu("a"), []int64{7})
}
