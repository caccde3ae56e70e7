package pebble

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestReadWithoutLastSheet flips bits all over a folder with several sheets of names.
// Where the last sheet does not tell which numbers are given, whoever only reads the
// folder gets the series that are not damaged, and the check tells of the rest.
func TestReadWithoutLastSheet(t *testing.T) {
	whole(t)
	dir := t.TempDir()
	s := mustOpen(t, Config{Dir: dir, still: true})
	for from := 0; from < 3000; from += 1000 {
		var batch storage.Batch
		for i := from; i < from+1000; i++ {
			var b points.Block
			b.AppendInt(int64(i), int64(i))
			batch.Put(cpu(fmt.Sprintf("a-host-with-%x-number-%d", i*7919, i)), b, 0)
		}
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Compact(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	n := 0
	for _, table := range tables {
		text := mustRead(t, table)
		for at := 0; at < len(text); at += 1 + len(text)/40 {
			if readBeside(t, dir, filepath.Base(table), text, at) > 0 {
				n++
			}
		}
	}
	if n == 0 {
		t.Error("no folder without its last sheet was read")
	}
}

// readBeside flips a bit of a table in a copy of the folder. Where a server tells of damage
// when it opens that, or refuses it, it answers how many series whoever only reads the copy
// finds, ten at most, and the check tells of damage.
func readBeside(t *testing.T, dir, table string, text []byte, at int) (read int) {
	t.Helper()
	part := t.TempDir()
	defer os.RemoveAll(part)
	copyDir(t, dir, part)
	text[at] ^= 1
	err := os.WriteFile(filepath.Join(part, table), text, 0o644)
	text[at] ^= 1
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Open(Config{Dir: part, still: true}); err == nil {
		told := s.damaged.Load()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if told == 0 {
			return 0
		}
	}
	damage := 0
	if _, err := CheckFolder(t.Context(), Config{Dir: part}, Checks{Damaged: func(Damage) { damage++ }}); err != nil || damage == 0 {
		t.Errorf("%s at %d is damaged, and the check tells of %d damages, %v", table, at, damage, err)
	}
	f, err := OpenFolder(Config{Dir: part})
	if err != nil {
		return 0
	}
	snap, err := f.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for series, err := range snap.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			break // what is damaged is told of
		}
		if _, err := readRange(t, snap, series.Key(), points.Always); err == nil {
			read++
		}
		if read == 10 { // they are no better one by one
			break
		}
	}
	if err := errors.Join(snap.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return read
}
