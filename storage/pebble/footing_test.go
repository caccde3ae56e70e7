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

// TestFootingBesideSettling: an epoch that is settled leaves the footing, also while
// the background has so much to settle that it does not come by, and no table takes
// runs along for its sake.
func TestFootingBesideSettling(t *testing.T) {
	s := still(t, nil)
	s.footing.begin()
	put(t, s, cpu("a"), 1, 50_000, 1)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	s.settled.Store(settledBytes)
	if err := settleSome(s); err != nil {
		t.Fatal(err)
	}
	if s.footing.snap != nil {
		t.Error("there is a footing still after an epoch was settled")
	}
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if m := s.db.Metrics(); m.Snapshots.PinnedKeys != 0 {
		t.Errorf("got %d keys and %d bytes written for old snapshots, want none", m.Snapshots.PinnedKeys, m.Snapshots.PinnedSize)
	}
}
