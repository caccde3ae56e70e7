package pebble

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFolderMode: folders that are made are their owner's alone, since whoever reads
// them reads all points and what keys and passwords are hashed to. Those that are
// there stay as they are.
func TestFolderMode(t *testing.T) {
	dir, copied, open := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "copy"), t.TempDir()
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, to := range []string{copied, open} {
		if _, err := s.Backup(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, copied: 0o700, open: 0o755} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got %o, want %o", path, got, want)
		}
	}
}
