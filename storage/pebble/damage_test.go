package pebble

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"aion/storage"
	"aion/storage/points"
)

// TestDamagedChunk: a chunk with a wrong checksum makes the reads that need it
// fail, names series and range, and stops nothing else.
func TestDamagedChunk(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	put(t, s, cpu("a"), 0, 20_000, 1)
	put(t, s, cpu("b"), 0, 20_000, 1)
	if err := settleAll(s); err != nil {
		t.Fatal(err)
	}
	if n := read(t, s, cpu("a"), points.Always).Len(); n != 20_001 {
		t.Fatalf("%d points before the damage is done, want 20001", n)
	}
	damaged := entries(t, s, keyChunk)[1]
	key, value := []byte(damaged[:17]), []byte(damaged[18:])
	value[len(value)/2] ^= 1
	if err := s.db.Set(key, value, nil); err != nil {
		t.Fatal(err)
	}
	_, err := readRange(t, s, cpu("a"), points.Range{From: 10, To: 9000})
	if !errors.Is(err, points.ErrCorrupt) || !strings.Contains(err.Error(), "read cpu{host=a} kairos_long from 10 to 9000") {
		t.Errorf("got the error %v, want one that names series and range", err)
	}
	if n := read(t, s, cpu("a"), points.Range{From: 0, To: 1000}).Len(); n != 1001 {
		t.Errorf("%d points before the damage, want 1001", n)
	}
	if n := read(t, s, cpu("b"), points.Always).Len(); n != 20_001 {
		t.Errorf("%d points of another series, want 20001", n)
	}
	if err := s.Verify(t.Context()); !errors.Is(err, points.ErrCorrupt) {
		t.Errorf("verify: got %v, want %v", err, points.ErrCorrupt)
	}
	settleAround(t, s, parseTime(key[9:]))
}

// settleAround writes into a damaged chunk and beside it: what is written stays
// and can be read wherever nothing is damaged.
func settleAround(t *testing.T, s *Store, first int64) {
	t.Helper()
	put(t, s, cpu("a"), first+5, first+5, 1)
	put(t, s, cpu("a"), 50_000, 50_100, 1)
	put(t, s, cpu("b"), 50_000, 50_100, 1)
	tidy(t, s)
	tidy(t, s)
	for _, host := range []string{"a", "b"} {
		if n := read(t, s, cpu(host), points.Range{From: 50_000, To: 60_000}).Len(); n != 101 {
			t.Errorf("%d points of %s behind the damage, want 101", n, host)
		}
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	tidy(t, s)
	if n := len(entries(t, s, keySeries)); n != 0 {
		t.Errorf("%d series are left after everything was deleted", n)
	}
	verified(t, s)
}

// TestDiskFails: when the disk takes no more writes, writing fails as
// unavailable, health says so, and what is there can still be read.
func TestDiskFails(t *testing.T) {
	var broken atomic.Bool
	fails := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if broken.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return errors.New("no space left on device")
		}
		return nil
	})
	s := mustOpen(t, Config{Dir: "db", fs: errorfs.Wrap(vfs.NewMem(), fails), still: true})
	put(t, s, cpu("a"), 0, 100, 1)
	broken.Store(true)
	var batch storage.Batch
	var b points.Block
	b.AppendInt(1000, 1)
	batch.Put(cpu("a"), b, 0)
	for range 3 {
		if err := s.Write(t.Context(), &batch); !errors.Is(err, points.ErrUnavailable) {
			t.Errorf("write: got %v, want %v", err, points.ErrUnavailable)
		}
	}
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("delete: got %v, want %v", err, points.ErrUnavailable)
	}
	if err := s.Health(t.Context()); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("health: got %v, want %v", err, points.ErrUnavailable)
	}
	if n := read(t, s, cpu("a"), points.Range{From: 0, To: 100}).Len(); n != 101 {
		t.Errorf("%d points can be read, want 101", n)
	}
	if err := s.Close(); err == nil {
		t.Log("the store closed without an error")
	}
}
