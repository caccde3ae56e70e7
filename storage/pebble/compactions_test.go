package pebble

import (
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// uncompacted is a disk on which no compaction can make a table until that is allowed.
type uncompacted struct {
	vfs.FS
	allowed chan struct{}
}

// Create makes the file, a compaction's once that is allowed.
func (f *uncompacted) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.Contains(string(c), "compaction") {
		<-f.allowed
	}
	return f.FS.Create(name, c)
}

// TestOpensBeforeCompactions: a folder in which a compaction is due as soon as what the
// log holds is a table is open before that one ends, and it runs then.
func TestOpensBeforeCompactions(t *testing.T) {
	disk := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: disk, still: true})
	for s.db.Metrics().Levels[0].FillFactor < 1-2.5/l0Tables { // one table more is too many
		overlap(t, s)
		if err := s.db.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	overlap(t, s)
	for s.db.Metrics().WAL.Size < memTableSize*3/4 { // of less no table is made yet
		text := points.Block{Kind: points.Text}
		text.AppendText(1, strings.Repeat("x", 1<<20))
		var b storage.Batch
		b.Put(points.Key{Metric: "cpu", Type: points.TypeText}, text, 0)
		if err := s.Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.db.Metrics().Compact.Count; n > 0 {
		t.Fatalf("%d compactions have run before the folder is opened again", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openedUncompacted(t, disk)
	for s.db.Metrics().Compact.Count == 0 {
		time.Sleep(time.Millisecond)
	}
	if got := read(t, s, cpu("a"), points.Range{From: 0, To: 9}).Len(); got != 10 {
		t.Errorf("%d points, want 10", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// overlap writes to the first and the last series, so that what becomes a table
// overlaps all tables of before.
func overlap(t *testing.T, s *Store) {
	t.Helper()
	for _, host := range []string{"a", "b", "c"} {
		put(t, s, cpu(host), 0, 9, 1)
	}
}

// openedUncompacted opens the folder while no compaction can end.
func openedUncompacted(t *testing.T, disk vfs.FS) *Store {
	t.Helper()
	slow := &uncompacted{disk, make(chan struct{})}
	opened := make(chan error, 1)
	var s *Store
	go func() {
		var err error
		s, err = Open(Config{Dir: "db", fs: slow, still: true})
		opened <- err
	}()
	defer close(slow.allowed)
	select {
	case err := <-opened:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the folder is not open before a compaction has ended")
	}
	return s
}
