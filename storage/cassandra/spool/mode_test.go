package spool

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aion/storage"
)

// TestModes: the folder and whatever lies in it, what was refused and what was
// damaged too, are for the server's user alone.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	g := newTarget(nil)
	g.set(errAway)
	g.refuses(func(c *storage.Change) bool { return true })
	s := opened(t, Config{Dir: dir, Target: g})
	write(t, s, put("a", 1, 1))
	g.set(nil)
	drained(t, s)
	g.set(errAway)
	write(t, s, put("a", 2, 2))
	if err := s.moveAside(strings.NewReader("no record"), 7, piece{from: 0, to: 9}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has the mode %o, which lets others in", entry.Name(), mode)
		}
		seen[strings.Trim(filepath.Ext(path)+strings.SplitN(entry.Name(), "-", 2)[0], "0123456789")] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"spool", "lock", "position", ".jsonlrefused.jsonl", "damaged"} {
		if !seen[want] {
			t.Errorf("the folder has no %s: %v", want, seen)
		}
	}
}
