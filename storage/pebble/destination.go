package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// ErrNotEmpty is the error of a folder that is to be filled and holds something.
var ErrNotEmpty = errors.New("is not empty")

// makeEmpty makes a folder, for its owner alone, if it is not there. One that holds something is
// refused.
func makeEmpty(fsys vfs.FS, dir string) error {
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

// Fillable tells, as an ErrNotEmpty, of a folder that holds something. One that
// does not exist is fine.
func Fillable(dir string) error {
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
