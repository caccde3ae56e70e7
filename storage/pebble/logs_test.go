package pebble

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestMissingLog: a copy that lacks the log with which begins what is in no table
// is refused, however often it is opened, even where nothing else tells of it.
func TestMissingLog(t *testing.T) {
	live, dir := t.TempDir(), t.TempDir()
	s := mustOpen(t, Config{Dir: live, still: true})
	put(t, s, cpu("a"), 1, 10, 1)
	copyDir(t, live, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return !strings.HasSuffix(f.Name(), ".log") })
	if err := os.Remove(filepath.Join(dir, files[len(files)-1].Name())); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := Open(Config{Dir: dir}); !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("got the error %v, want %v", err, points.ErrCorrupt)
		}
	}
	sameTimes(t, mustOpenClosing(t, Config{Dir: live}), cpu("a"), times(1, 10, 1))
}

// TestLogsReserveNothing: a log takes what has been written to it, and goes when
// tables have that.
func TestLogsReserveNothing(t *testing.T) {
	s := mustOpenClosing(t, Config{Dir: t.TempDir(), still: true})
	put(t, s, cpu("a"), 1, 10, 1)
	shrinks(t, s, 16<<10)
}

// mustOpenClosing opens a store that is closed when the test ends.
func mustOpenClosing(t *testing.T, c Config) *Store {
	t.Helper()
	s := mustOpen(t, c)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
