package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// ErrNotEmpty is the error of a folder that is to be filled and holds something.
var ErrNotEmpty = errors.New("is not empty")

// ErrInside is the error of a copy that would lie inside of what is copied.
var ErrInside = errors.New("lies inside")

// makeEmpty makes a folder for a copy of another, for its owner alone, if it is
// not there. One that holds something, or lies inside the other, is refused.
func makeEmpty(fsys vfs.FS, from, dir string) error {
	if err := outside(from, dir); err != nil {
		return err
	}
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := fsys.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the folder %s: %w", dir, err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the folder %s: %w", dir, err)
	}
	return empty(dir, names)
}

// Fillable tells why a folder cannot take a copy of another: it holds something,
// ErrNotEmpty, or lies inside the other, ErrInside. One that does not exist is
// fine.
func Fillable(from, dir string) error {
	if err := outside(from, dir); err != nil {
		return err
	}
	names, err := vfs.Default.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return firstOf(err, empty(dir, names))
}

// empty tells of what a folder holds beside what a new disk has.
func empty(dir string, names []string) error {
	if slices.Contains(names, partFolder) {
		return fmt.Errorf("the folder %s %w: it has what a backup has left that was cut off; delete it", dir, ErrNotEmpty)
	}
	if slices.ContainsFunc(names, func(name string) bool { return name != "lost+found" }) {
		return fmt.Errorf("the folder %s %w", dir, ErrNotEmpty)
	}
	return nil
}

// outside refuses a folder that is another or lies inside it, by whatever name: a
// copy there goes when the data go. Folders of a file system in memory are none
// that it finds.
func outside(from, dir string) error {
	source, err := os.Stat(from)
	if err != nil {
		return nil // what is not there holds nothing, and whoever reads it says so
	}
	at, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the folder %s: %w", dir, err)
	}
	for ; ; at = filepath.Dir(at) {
		// A link leads elsewhere, and what lies above it there counts.
		if real, err := filepath.EvalSymlinks(at); err == nil {
			at = real
		}
		if info, err := os.Stat(at); err == nil && os.SameFile(info, source) {
			return fmt.Errorf("the folder %s %w %s, of which it is to be a copy", dir, ErrInside, from)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// clearFolder removes what lies in a folder that was empty before: what was put
// there has failed.
func clearFolder(fsys vfs.FS, dir string) error {
	names, err := fsys.List(dir)
	for _, name := range names {
		if name != "lost+found" {
			err = firstOf(err, fsys.RemoveAll(fsys.PathJoin(dir, name)))
		}
	}
	if err != nil {
		return fmt.Errorf("clear the folder %s: %w: %w", dir, err, points.ErrUnavailable)
	}
	return nil
}
