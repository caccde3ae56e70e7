package pebble

import (
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestIdleScans: cursors that are read side by side, more than rest at a time,
// and series that are read one after the other with the same iterators, settled
// ones, ones with runs and ones with a large run, each give their own points.
func TestIdleScans(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	for i, host := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		put(t, s, cpu(host), int64(i), int64(i+300), 1)
		if i == 3 {
			tidy(t, s)
		}
	}
	put(t, s, cpu("b"), 10, 3010, 1)
	put(t, s, cpu("c"), 500, 500, 1)
	want := described(t, s, storage.Selection{})
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 * idleScans {
		wg.Go(func() {
			for range 5 {
				got := described(t, snap, storage.Selection{})
				for i := range want {
					if len(got) != len(want) || got[i] != want[i] {
						t.Errorf("got %v, want %v", got, want)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	held := snap.(*snapshot).idle
	if n := len(held.scans); n == 0 || n > idleScans {
		t.Errorf("%d scans rest, want some and at most %d", n, idleScans)
	}
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	if held.keep(&scan{}) || len(held.scans) != 0 {
		t.Error("scans rest in a snapshot that is closed")
	}
}
