package pebble

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// TestBackup copies a store, and the copy of it again once something was added:
// tables are shared, the copies hold what was there, and neither they nor a
// restored folder mind what becomes of the others.
func TestBackup(t *testing.T) {
	base := t.TempDir()
	live, first, second, again := filepath.Join(base, "live"), filepath.Join(base, "a"), filepath.Join(base, "b"), filepath.Join(base, "c")
	s := mustOpen(t, Config{Dir: live})
	put(t, s, cpu("a"), 0, 20_000, 1)
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("b"), 0, 100, 1)
	if _, err := s.Backup(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if shared := sharedTables(t, first, second); shared == 0 {
		t.Error("the second backup shares no table with the first")
	}
	if _, err := s.Backup(t.Context(), second); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("into a folder that holds one: got %v, want %v", err, ErrNotEmpty)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sound(t, first)
	if err := Restore(t.Context(), second, again, nil); err != nil {
		t.Fatal(err)
	}
	if shared := sharedTables(t, second, again); shared != 0 {
		t.Errorf("the restored folder shares %d tables with its backup", shared)
	}
	if err := os.RemoveAll(live); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]int{second: 101, again: 101, first: 0} {
		sound(t, dir)
		s := mustOpen(t, Config{Dir: dir})
		if a, b := read(t, s, cpu("a"), points.Always).Len(), read(t, s, cpu("b"), points.Always).Len(); a != 20_001 || b != want {
			t.Errorf("%s has %d and %d points, want 20001 and %d", dir, a, b, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ReadManifest(second); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a backup that was served still calls itself one: %v", err)
	}
}

// TestBackupFolder copies a folder that nobody has open, and not one that
// somebody has.
func TestBackupFolder(t *testing.T) {
	live, dest := t.TempDir(), filepath.Join(t.TempDir(), "new", "dest")
	s := mustOpen(t, Config{Dir: live})
	put(t, s, cpu("a"), 0, 5000, 1)
	if _, err := BackupFolder(t.Context(), Config{Dir: live}, dest, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("in use: got %v, want %v", err, ErrInUse)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m, err := BackupFolder(t.Context(), Config{Dir: live}, dest, nil)
	if err != nil || len(m.Files) == 0 || m.Format != folder.Version {
		t.Fatalf("got %+v, %v", m, err)
	}
	sound(t, dest)
	s = mustOpen(t, Config{Dir: dest})
	if n := read(t, s, cpu("a"), points.Always).Len(); n != 5001 {
		t.Errorf("%d points, want 5001", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestBackupInside: a copy does not go into the folder that it is made of, by any
// name of it, whether that is served or not; nor does what is restored.
func TestBackupInside(t *testing.T) {
	base := t.TempDir()
	live, link, backup := filepath.Join(base, "live"), filepath.Join(base, "link"), filepath.Join(base, "backup")
	s := mustOpen(t, Config{Dir: live})
	put(t, s, cpu("a"), 0, 100, 1)
	if err := errors.Join(os.Mkdir(filepath.Join(live, "deep"), 0o700), os.Symlink(filepath.Join(live, "deep"), link)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	inside := []string{"new", "deep", "deep/more/new", "../link", "../link/new", "../live/new"}
	for _, name := range inside {
		dest := live + "/" + name
		if _, err := s.Backup(t.Context(), dest); !errors.Is(err, ErrInside) || !strings.Contains(err.Error(), dest+" lies inside "+live) {
			t.Errorf("served, into %s: got %v, want %v with both folders", name, err, ErrInside)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range inside {
		if _, err := BackupFolder(t.Context(), Config{Dir: live}, live+"/"+name, nil); !errors.Is(err, ErrInside) {
			t.Errorf("into %s: got %v, want %v", name, err, ErrInside)
		}
		if err := Fillable(live, live+"/"+name); !errors.Is(err, ErrInside) {
			t.Errorf("fillable %s: got %v, want %v", name, err, ErrInside)
		}
	}
	if err := Restore(t.Context(), backup, filepath.Join(backup, "new"), nil); !errors.Is(err, ErrInside) {
		t.Errorf("restore into the backup: got %v, want %v", err, ErrInside)
	}
	if names, err := os.ReadDir(filepath.Join(live, "deep")); err != nil || len(names) > 0 {
		t.Errorf("refused, and left %v, %v", names, err)
	}
	if err := Restore(t.Context(), backup, filepath.Join(base, "live-2"), nil); err != nil {
		t.Errorf("beside, with the same beginning of its name: %v", err)
	}
}

// TestBackupOfOlderFormat: a copy of a folder that an older program has written
// says so.
func TestBackupOfOlderFormat(t *testing.T) {
	live := t.TempDir()
	if err := mustOpen(t, Config{Dir: live, still: true}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(live, folder.MarkFile), []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := BackupFolder(t.Context(), Config{Dir: live}, filepath.Join(t.TempDir(), "dest"), nil)
	if err != nil || m.Format != 1 {
		t.Errorf("got format %d, %v, want 1", m.Format, err)
	}
}

// TestBackupCutOff takes away from a backup what was written last, file by file:
// what is left is refused, or is what the backup was.
func TestBackupCutOff(t *testing.T) {
	live, dest := t.TempDir(), filepath.Join(t.TempDir(), "dest")
	s := mustOpen(t, Config{Dir: live, still: true})
	put(t, s, cpu("a"), 0, 5000, 1)
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("a"), 6000, 6100, 1)
	m, err := s.Backup(t.Context(), dest)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		part := t.TempDir()
		copyDir(t, dest, part)
		if err := os.Remove(filepath.Join(part, f.Name)); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(Config{Dir: part}); err == nil {
			t.Error(errors.Join(fmt.Errorf("opened without %s", f.Name), s.Close()))
		}
		if err := Restore(t.Context(), part, filepath.Join(part, "to"), nil); err == nil {
			t.Errorf("restored without %s", f.Name)
		}
		if f.Name == folder.MarkFile || !strings.HasPrefix(f.Name, "marker.manifest") {
			continue
		}
		// The same without a manifest, as a cut off restore leaves it.
		if err := os.Remove(filepath.Join(part, backupFile)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Config{Dir: part}); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("without %s: got %v, want %v", f.Name, err, points.ErrCorrupt)
		}
	}
}

// sound fails where a folder is not.
func sound(t *testing.T, dir string) {
	t.Helper()
	_, err := CheckFolder(t.Context(), Config{Dir: dir}, Checks{Damaged: func(d Damage) { t.Errorf("%s: %v", dir, d) }})
	if err != nil {
		t.Error(err)
	}
}

// sharedTables counts the tables that are the same file in two folders.
func sharedTables(t *testing.T, a, b string) (n int) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(a, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		one, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := os.Stat(filepath.Join(b, filepath.Base(path))); err == nil && os.SameFile(one, other) {
			n++
		}
	}
	return n
}

// TestCopiedWhileRunning copies the folder of a store file by file while points
// are written and tables change. The copy may be refused. One that is not has
// all that was acknowledged before the copying began, and no hole behind.
func TestCopiedWhileRunning(t *testing.T) {
	live := t.TempDir()
	s := mustOpen(t, Config{Dir: live})
	ctx, cancel := context.WithCancel(t.Context())
	var written atomic.Int64
	var work sync.WaitGroup
	work.Go(func() {
		for at := int64(0); ctx.Err() == nil; at++ {
			put(t, s, cpu("a"), at, at, 1)
			written.Store(at + 1)
		}
	})
	work.Go(func() {
		for ctx.Err() == nil {
			if err := errors.Join(s.db.Flush(), settleSome(s)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	refused := 0
	for round := range 40 {
		more := func() {
			for before := written.Load(); written.Load() < before+int64(round%4); {
				time.Sleep(time.Millisecond)
			}
		}
		least := written.Load()
		dir := t.TempDir()
		carelessly(t, live, dir, round%2 == 0, more)
		if !holds(t, dir, int(least)) {
			refused++
		}
	}
	t.Logf("%d of 40 copies were refused", refused)
	cancel()
	work.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// carelessly copies a folder as cp does: files that have gone meanwhile are left
// out. With backwards it begins with the last. It calls pause before each file.
func carelessly(t *testing.T, from, to string, backwards bool, pause func()) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if backwards {
			i = len(files) - 1 - i
		}
		pause()
		text, err := os.ReadFile(filepath.Join(from, files[i].Name()))
		if err != nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, files[i].Name()), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// holds tells whether a folder is opened: it then has the points from 0 on
// without a hole, and at least so many.
func holds(t *testing.T, dir string, least int) bool {
	t.Helper()
	damaged := false
	_, err := CheckFolder(t.Context(), Config{Dir: dir, Cache: 1 << 20}, Checks{Damaged: func(Damage) { damaged = true }})
	if err != nil || damaged {
		return false
	}
	s, err := Open(Config{Dir: dir, Cache: 1 << 20, still: true})
	if err != nil {
		return false
	}
	b := read(t, s, cpu("a"), points.Always)
	if n := b.Len(); n < least || n > 0 && b.Times[n-1] != int64(n-1) {
		t.Errorf("the copy has %d points up to %d, want those up to %d at least", n, b.Times[n-1], least-1)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

// TestOpenFolder: whoever only reads a backup finds what is in it and changes
// nothing, and it stays a backup. One that somebody has open is refused, and one that
// is not as its manifest says.
func TestOpenFolder(t *testing.T) {
	live, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s := mustOpen(t, Config{Dir: live})
	put(t, s, cpu("a"), 0, 5000, 1)
	if _, err := OpenFolder(Config{Dir: live}); !errors.Is(err, ErrInUse) {
		t.Errorf("in use: got %v, want %v", err, ErrInUse)
	}
	_, err := s.Backup(t.Context(), backup)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	before := listing(t, backup)
	if got, want := lookedAt(t, backup), contents(t, live); got != want || !strings.Contains(got, "cpu{host=a}") {
		t.Errorf("got %d bytes of text, want %d as in the folder itself", len(got), len(want))
	}
	if after := listing(t, backup); after != before {
		t.Errorf("reading has changed the folder from\n%s to\n%s", before, after)
	}
	if err := os.WriteFile(filepath.Join(backup, folder.MarkFile), []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(Config{Dir: backup}); !errors.Is(err, points.ErrCorrupt) {
		t.Errorf("a backup with another file: got %v, want %v", err, points.ErrCorrupt)
	}
}

// lookedAt is all that is in a folder, which is opened for reading alone.
func lookedAt(t *testing.T, dir string) string {
	t.Helper()
	folder, err := OpenFolder(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := folder.Snapshot(t.Context())
	if err != nil {
		t.Fatal(errors.Join(err, folder.Close()))
	}
	text, err := everything(t, snapshot)
	if err := errors.Join(err, snapshot.Close(), folder.Close()); err != nil {
		t.Fatal(err)
	}
	return text
}
