package pebble

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
)

// TestFooting: snapshots stand on one that is older, until the background comes by,
// and see what they should; the folder closes although nobody has come by.
func TestFooting(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	standing := func() bool {
		s.footing.mu.Lock()
		defer s.footing.mu.Unlock()
		return s.footing.snap != nil
	}
	look := func(want int) {
		t.Helper()
		snap, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := len(described(t, snap, storage.Selection{})); got != want {
			t.Errorf("got %d series, want %d", got, want)
		}
		if err := snap.Close(); err != nil {
			t.Fatal(err)
		}
	}
	look(0)
	if standing() {
		t.Error("there is a footing, and nobody who leaves it")
	}
	s.footing.begin()
	for i := range 3 {
		put(t, s, cpu(string(rune('a'+i))), 1, 1, 1)
		look(i + 1)
		if !standing() {
			t.Error("there is no footing")
		}
		if i == 1 {
			if err := s.pass(); err != nil || standing() {
				t.Errorf("got %v, standing: %t", err, standing())
			}
		}
	}
	if err := s.Compact(t.Context()); err != nil || standing() {
		t.Errorf("got %v, standing while the tables are compacted: %t", err, standing())
	}
	look(3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
