package pebble

import (
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestTablesOfOneKind finds the points of a few series in tables that do not lie across
// the names of all: neither when they are written nor when the tables are compacted.
func TestTablesOfOneKind(t *testing.T) {
	s := mustOpen(t, Config{Dir: t.TempDir(), still: true})
	defer s.Close()
	for at := range int64(3) {
		var batch storage.Batch
		for i := range 200 {
			var b points.Block
			b.AppendInt(at, int64(i))
			batch.Put(cpu(fmt.Sprint("host", i)), b, 0)
		}
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
		if err := firstOf(s.turn(), s.db.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	kinds := func() (found string) {
		t.Helper()
		levels, err := s.db.SSTables()
		if err != nil {
			t.Fatal(err)
		}
		for _, level := range levels {
			for _, table := range level {
				first, last := table.Smallest.UserKey[0], table.Largest.UserKey[0]
				if first != last && (last != first+1 || !table.Largest.IsExclusiveSentinel()) {
					t.Errorf("a table lies across what begins with %c to what begins with %c", first, last)
				}
				found += string(first)
			}
		}
		return found
	}
	kinds()
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := kinds(), "ckmps"; got != want {
		t.Errorf("got tables of %s, want those of %s", got, want)
	}
}
