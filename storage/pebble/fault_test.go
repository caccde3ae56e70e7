package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestDamageStaysTold: that a table is damaged, which compaction has met, is told until
// the table is gone, whatever else Pebble gets done meanwhile; writes are taken.
func TestDamageStaysTold(t *testing.T) {
	whole(t)
	fs := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	must(t, errors.Join(s.Write(t.Context(), manyHosts("h", 3000, 1)), s.Compact(t.Context()), s.Close()))
	table := soleTable(t, fs)
	blocks := dataBlocks(t, fs, table)
	at := int64(blocks[len(blocks)/2].Offset + 100)
	flipAt(t, fs, table, at)

	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	defer s.Close()
	must(t, s.Write(t.Context(), manyHosts("other", 3000, 1)))
	must(t, s.db.Flush())
	if err := s.db.Compact(t.Context(), []byte{0}, []byte{0xff}, false); err == nil {
		t.Fatal("the damaged table is joined with the other")
	}
	for life := range 3 {
		err := s.Health(t.Context())
		if !errors.Is(err, storage.ErrDamaged) || !errors.Is(err, points.ErrCorrupt) || !strings.Contains(err.Error(), fs.PathBase(table)) || s.State().Healthy {
			t.Errorf("behind %d tables: health says %v, want damage to %s", life, err, table)
		}
		must(t, s.Write(t.Context(), onePoint(cpu("other"), int64(life))))
		must(t, s.db.Flush())
	}

	flipAt(t, fs, table, at)
	must(t, s.db.Compact(t.Context(), []byte{0}, []byte{0xff}, false))
	s.db.TestOnlyWaitForCleaning()
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("the damaged table is gone, and health says %v", err)
	}
}

// TestDamageToldLate: damage that Pebble tells of when the table is gone is not told.
func TestDamageToldLate(t *testing.T) {
	fs := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	defer s.Close()
	must(t, errors.Join(s.Write(t.Context(), manyHosts("h", 3000, 1)), s.Compact(t.Context())))
	numbers, err := s.tableNumbers()
	must(t, err)
	there := fmt.Sprintf("%06d.sst", slices.Min(slices.Collect(maps.Keys(numbers))))
	for _, table := range []string{there, "000000.sst"} {
		s.fault.damage(table, points.ErrCorrupt)
	}
	if err := s.Health(t.Context()); err == nil || !strings.Contains(err.Error(), "1 of the tables cannot be joined with others, the first "+there) {
		t.Errorf("health says %v, want damage to %s alone", err, there)
	}
}

// TestDamageToldOnce: damage that is read again and again is counted each time and told
// once.
func TestDamageToldOnce(t *testing.T) {
	fs := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	must(t, errors.Join(s.Write(t.Context(), manyHosts("h", 3000, 1)), s.Compact(t.Context()), s.Close()))
	table := soleTable(t, fs)
	blocks := dataBlocks(t, fs, table)
	flipAt(t, fs, table, int64(blocks[len(blocks)/2].Offset+100))
	var log bytes.Buffer
	s = mustOpen(t, Config{Dir: "db", fs: fs, still: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 5 {
		for prefix := byte('a'); prefix <= 'z'; prefix++ {
			_ = everyEntry(s.db, prefix, func(_, _ []byte) error { return nil }) // one of them meets the damage
		}
	}
	if n := s.State().Damaged; n < 5 {
		t.Errorf("damage is counted %d times, want five at least", n)
	}
	must(t, s.Close())
	if n := strings.Count(log.String(), "a table is damaged"); n != 1 {
		t.Errorf("damage is told %d times, want once:\n%s", n, log.String())
	}
}

// TestFullIsNotAll: a disk that is full, wherever that was met, is what is wrong as long
// as nothing else is.
func TestFullIsNotAll(t *testing.T) {
	var f fault
	none := func(string) bool { return false }
	for _, step := range []struct {
		place int
		err   error
		want  string
		full  bool
	}{
		{inPebble, syscall.ENOSPC, "the store cannot write its tables", true},
		{inRoom, fmt.Errorf("no room: %w", storage.ErrFull), "the store takes no writes", true},
		{inTidying, errors.New("odd"), "the store cannot tidy up", false},
		{inPebble, nil, "the store cannot tidy up", false},
		{inTidying, nil, "the store takes no writes", true},
		{inPebble, syscall.EIO, "the store cannot write its tables", false},
	} {
		f.set(step.place, step.err)
		if got := f.err(none); got == nil || !strings.HasPrefix(got.Error(), step.want) || errors.Is(got, storage.ErrFull) != step.full {
			t.Errorf("behind %v in %d: got %v, want %q, full %v", step.err, step.place, got, step.want, step.full)
		}
	}
	f.fail(syscall.ENOSPC)
	if got := f.err(none); errors.Is(got, storage.ErrFull) {
		t.Errorf("a store that takes no more writes says %v", got)
	}
}
