package pebble

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// walkedSeries is how many series are there to be found, on several sheets.
const walkedSeries = 12 * sheetSize

// walked is a series of those that are there.
func walked(i int) points.Key { return cpu(fmt.Sprintf("h%04d", i)) }

// withWalked is a store with so many series, of which none is in memory.
func withWalked(t *testing.T) *Store {
	t.Helper()
	fs := vfs.NewMem()
	s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
	var batch storage.Batch
	for i := range walkedSeries {
		var b points.Block
		b.AppendInt(1, 1)
		batch.Put(walked(i), b, 0)
	}
	if err := firstOf(s.Write(t.Context(), &batch), s.Close()); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, Config{Dir: "db", fs: fs, still: true})
}

// TestNumberWalk: the series of a batch keep their numbers where they are far apart and
// where they are neighbours, whatever else the batch has, and no others are remembered.
func TestNumberWalk(t *testing.T) {
	for _, stride := range []int{1, 3, sheetSize / 2, sheetSize - 1} {
		s := withWalked(t)
		var batch storage.Batch
		var b points.Block
		b.AppendInt(5, 1)
		known := 0
		for i := walkedSeries - 1; i >= 0; i -= stride {
			batch.Put(walked(i), b, 0)
			known++
			if i%7 == 0 {
				batch.Remove(walked(i), 1)
				batch.Put(cpu(fmt.Sprintf("new%04d", i)), b, 0)
				batch.Remove(cpu(fmt.Sprintf("nobody%04d", i)), 1)
				known++
			}
		}
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
		if s.dict.known.len() != known {
			t.Errorf("every %d: %d series are remembered, want %d", stride, s.dict.known.len(), known)
		}
		for i := walkedSeries - 1; i >= 0; i -= stride {
			if got := numberOf(t, s, walked(i)); got != uint64(i+1) {
				t.Fatalf("every %d: series %d has number %d, want %d", stride, i, got, i+1)
			}
			if i%7 == 0 {
				sameTimes(t, s, walked(i), []int64{5})
			} else {
				sameTimes(t, s, walked(i), []int64{1, 5})
			}
		}
		if found := damages(t, s); len(found) != 0 {
			t.Errorf("every %d: the check finds %q", stride, found)
		}
		s.Close()
	}
}

// TestNumberWalkBesideDamage: where a sheet cannot be read, its series are found by
// themselves.
func TestNumberWalkBesideDamage(t *testing.T) {
	s := withWalked(t)
	defer s.Close()
	if err := s.db.Set(appendSheetKey(nil, 2*sheetSize), []byte{0xff, 1}, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	var batch storage.Batch
	var b points.Block
	b.AppendInt(5, 1)
	for i := range walkedSeries {
		batch.Put(walked(i), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	for i := range walkedSeries {
		if e, ok := s.dict.cached(digestOf(s, walked(i))); !ok || e.number != uint64(i+1) {
			t.Fatalf("series %d has number %d, want %d", i, e.number, i+1)
		}
	}
}

// TestNumberWalkInVain: of series that are far apart only a few sheets are read.
func TestNumberWalkInVain(t *testing.T) {
	s := withWalked(t)
	defer s.Close()
	var n numberWalk
	var changes [walkedSeries / sheetSize]storage.Change
	items := make([]item, len(changes))
	var w writer
	for i := range changes {
		changes[i].Key = walked(i * sheetSize)
		items[i] = w.item(s, &changes[i])
		n.list = append(n.list, sought{item: &items[i]})
	}
	if err := n.find(s.dict); err != nil {
		t.Fatal(err)
	}
	for i := range items {
		if items[i].number != uint64(i*sheetSize+1) {
			t.Errorf("series %d has number %d", i*sheetSize, items[i].number)
		}
	}
	if n.sheets != vainSheets || n.others != 0 {
		t.Errorf("%d sheets are read and %d others found, want %d and none", n.sheets, n.others, vainSheets)
	}
}
