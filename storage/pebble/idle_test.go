package pebble

import (
	"slices"
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

// TestIdleNearest: of the scans that rest, a series gets the one that stands
// closest before it, and one that stands behind it only if there is no other.
func TestIdleNearest(t *testing.T) {
	for _, tt := range []struct {
		number, want uint64
	}{{5, 3}, {3, 3}, {10, 9}, {200, 100}, {1, 100}} {
		held := idle{scans: []*scan{{last: 9}, {last: 3}, {last: 100}}}
		if got := held.take(tt.number); got.last != tt.want || len(held.scans) != 2 || slices.Contains(held.scans, got) {
			t.Errorf("series %d: got the scan at %d, want %d", tt.number, got.last, tt.want)
		}
	}
}
