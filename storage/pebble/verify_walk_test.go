package pebble

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestCheckMakesUpNoEntries damages a table under a store, here and there between
// kinds of entries: that there may be others is told by why it cannot be read.
func TestCheckMakesUpNoEntries(t *testing.T) {
	whole(t)
	origin, told := t.TempDir(), 0
	s := mustOpen(t, Config{Dir: origin, still: true})
	var batch storage.Batch
	for i := range 3000 {
		var b points.Block
		b.AppendInt(1, int64(i))
		b.AppendInt(2, int64(i))
		batch.Put(cpu(fmt.Sprint("host", i)), b, 0)
	}
	if err := errors.Join(s.Write(t.Context(), &batch), s.db.Flush(), s.Close()); err != nil {
		t.Fatal(err)
	}
	for num := range 16 {
		dir := t.TempDir()
		copyDir(t, origin, dir)
		s := mustOpen(t, Config{Dir: dir, Cache: 1, still: true})
		flipTable(t, dir, num, 16)
		for _, found := range damages(t, s) {
			if strings.Contains(found, `the entry ""`) {
				t.Errorf("a bit flipped at %d/16: got %s, want no entry without a key", num, found)
			}
			if strings.Contains(found, "entries of no known kind that begin with") {
				told++
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if told == 0 {
		t.Error("no damage lay between kinds of entries")
	}
}
