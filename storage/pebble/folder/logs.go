package folder

import (
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble keeps logs that are not needed any more to write over them later, and
// reserves a log's whole size when it begins one. On a quiet server that would be
// more of the disk than the points take. So logs are deleted as soon as their
// writes stand in tables, and take what has been written to them.

// Deleter deletes the files that Pebble is done with. What it hides of
// notRecycled tells Pebble that no log is to be kept for later use: its author
// gives that word to no other cleaner.
type Deleter struct {
	pebble.DeleteCleaner
	notRecycled
}

// notRecycled has the method by which Pebble knows a cleaner whose files are not
// written over. Its other methods stand below those of DeleteCleaner.
type notRecycled struct{ pebble.ArchiveCleaner }

// Lean is a file system whose logs reserve nothing.
func Lean(fsys vfs.FS) vfs.FS { return lean{fsys} }

// lean is such a file system.
type lean struct{ vfs.FS }

// Unwrap is the file system below.
func (l lean) Unwrap() vfs.FS { return l.FS }

// Create makes a file.
func (l lean) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.Create(name, category)
	if _, isLog := logNumber(l.PathBase(name)); err != nil || !isLog {
		return f, err
	}
	return leanFile{f}, nil
}

// leanFile is a log.
type leanFile struct{ vfs.File }

// Preallocate reserves nothing.
func (leanFile) Preallocate(int64, int64) error { return nil }
