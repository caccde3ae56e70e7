package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// Pebble keeps logs that are not needed any more to write over them later, and
// reserves a log's whole size when it begins one. On a quiet server that would be
// more of the disk than the points take. So logs are deleted as soon as their
// writes stand in tables, and take what has been written to them.

// deleter deletes the files that Pebble is done with. What it hides of
// notRecycled tells Pebble that no log is to be kept for later use: its author
// gives that word to no other cleaner.
type deleter struct {
	pebble.DeleteCleaner
	notRecycled
}

// notRecycled has the method by which Pebble knows a cleaner whose files are not
// written over. Its other methods stand below those of DeleteCleaner.
type notRecycled struct{ pebble.ArchiveCleaner }

// lean is a file system whose logs reserve nothing.
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

// vouchFile is the file in a folder that says that the manifest names a log that
// is there: the one with which begins what is in no table. Should that log be
// missing, the folder is a copy that was made while the log was deleted. Only
// while a folder is being opened does Pebble name a log that it never makes.
const vouchFile = "LOGS"

// begins makes sure that the log is there that the manifest names, where that is
// vouched for, and ends the vouching if the folder is to be written to.
func (w *witness) begins() error {
	if !w.vouched {
		return nil
	}
	_, err := w.FS.Stat(w.PathJoin(w.dir, fmt.Sprintf("%06d.log", w.oldest)))
	if errors.Is(err, fs.ErrNotExist) && w.oldest != 0 {
		return fmt.Errorf("the log %06d.log, which it needs, is missing: %w", w.oldest, points.ErrCorrupt)
	}
	if err != nil && w.oldest != 0 || w.sealed {
		return err
	}
	return firstOf(w.Remove(w.PathJoin(w.dir, vouchFile)), syncFolder(w.FS, w.dir))
}

// vouch begins the vouching, when the folder is open: the manifest then names the
// current log or one that is to be written later.
func (s *Store) vouch() error {
	done, err := s.beginFlush()
	if err != nil {
		return err
	}
	select {
	case <-done:
		return translate(writeFile(s.fsys, s.dir, vouchFile, nil))
	case <-time.After(flushFor): // Where the disk fails, nothing is vouched for.
		return nil
	}
}
