package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestDeleteBesideDamagedSheet: where the keys of some series cannot be read, others
// are deleted whole; of these the points go and the names stay, as damaged as they
// were, and whoever tidies up goes on.
func TestDeleteBesideDamagedSheet(t *testing.T) {
	for name, r := range map[string]points.Range{"erased": points.Always, "cut": {From: 0, To: 100}} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
			defer s.Close()
			putHosts(t, s, 3*sheetSize, 20)
			damageSheet(t, s, sheetSize)
			if err := s.Delete(t.Context(), storage.Selection{}, r); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				tidy(t, s)
			}
			for _, prefix := range []byte{keyRun, keyCarried, keyChunk, keyDue, keyFiled} {
				if left := entries(t, s, prefix); len(left) != 0 {
					t.Errorf("%d entries %q are left, want none", len(left), prefix)
				}
			}
			if left := entries(t, s, keySeries); len(left) != 1 {
				t.Errorf("%d sheets are left, want the damaged one", len(left))
			}
			if left := entries(t, s, keyNumber); len(left) != sheetSize {
				t.Errorf("%d numbers are left, want %d", len(left), sheetSize)
			}
			found := damages(t, s)
			if len(found) == 0 || !strings.Contains(strings.Join(found, "\n"), "parse keys of series from 64 on") {
				t.Errorf("got %q, want the damaged sheet named", found)
			}
		})
	}
}

// putHosts writes n points of each of some hosts.
func putHosts(t *testing.T, s *Store, hosts, n int) {
	t.Helper()
	var batch storage.Batch
	var b points.Block
	for at := range n {
		b.AppendInt(int64(at), 1)
	}
	for host := range hosts {
		batch.Put(cpu(fmt.Sprintf("h%03d", host)), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
}

// damageSheet has a sheet end in its middle.
func damageSheet(t *testing.T, s *Store, first uint64) {
	t.Helper()
	key := appendSheetKey(nil, first)
	v, closer, err := s.db.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	half := bytes.Clone(v[:len(v)/2+1])
	var sheet sheetReader
	for sheet.open(first, half); sheet.next(); {
		continue
	}
	if err := errors.Join(closer.Close(), s.db.Set(key, half, nil)); err != nil || sheet.err() == nil {
		t.Fatalf("got %v, and the sheet is damaged: %t", err, sheet.damaged)
	}
}

// TestNumberBehindDamagedSheet: where the last sheet does not say which numbers it
// has, none of them is given again.
func TestNumberBehindDamagedSheet(t *testing.T) {
	for name, value := range map[string][]byte{"empty": {}, "damaged": {5, 9}} {
		fs := vfs.NewMem()
		s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		put(t, s, cpu("a"), 1, 1, 1)
		if err := errors.Join(s.db.Set(appendSheetKey(nil, 10*sheetSize), value, nil), s.Close()); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		put(t, s, cpu("b"), 1, 1, 1)
		if got := s.dict.last; got != 11*sheetSize {
			t.Errorf("%s: got number %d, want %d", name, got, 11*sheetSize)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
