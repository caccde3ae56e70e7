package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// ErrInUse is the error of a folder that another process has open.
var ErrInUse = errors.New("in use by another process")

// CheckFolder is Store.Check for a folder that nobody has open. Nothing in the
// folder is changed; it is locked meanwhile, where that can be done. That the
// folder cannot be opened because of what is in it is damage as well.
func CheckFolder(ctx context.Context, c Config, checks Checks) (t Tally, err error) {
	v := &verifier{checks: checks}
	release, err := lockFolder(c.disk(), c.Dir)
	if err != nil {
		return t, err
	}
	defer func() { err = firstOf(err, release()) }()
	if err := checkList(c.disk(), c.Dir, v.report); err != nil {
		return t, err
	}
	s, err := inspect(c)
	switch {
	case err == nil:
	case errors.Is(err, points.ErrCorrupt), errors.Is(err, points.ErrUnavailable) && !errors.Is(err, fs.ErrPermission):
		v.report(err)
		return t, nil
	default:
		return t, err
	}
	if err := s.look(); isDamage(err) { // nothing but reading points needs it
		v.report(err)
		s.newest.Store(math.MaxUint32)
	} else if err != nil {
		return t, errors.Join(err, translate(s.db.Close()))
	}
	t, err = s.Check(ctx, checks)
	return t, firstOf(err, translate(s.db.Close()))
}

// disk is the file system that the folder lies on.
func (c *Config) disk() vfs.FS {
	if c.fs == nil {
		return vfs.Default
	}
	return c.fs
}

// lockFolder locks a folder that is there and has data. Where the disk can only
// be read nobody can write either, and there is nothing to lock.
func lockFolder(fsys vfs.FS, dir string) (release func() error, err error) {
	if _, err := fsys.Stat(fsys.PathJoin(dir, folder.MarkFile)); err != nil {
		return nil, fmt.Errorf("the folder %s has no data of Aion's: %w", dir, err)
	}
	lock, err := pebble.LockDirectory(dir, fsys)
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return func() error { return nil }, nil
	case err != nil:
		return nil, lockError(dir, err)
	}
	return lock.Close, nil
}

// lockError says why a folder cannot be locked, as an ErrInUse where somebody else
// has it: its file LOCK can be opened then.
func lockError(dir string, err error) error {
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		return fmt.Errorf("the folder %s cannot be written to: %w", dir, translate(err))
	}
	return fmt.Errorf("the folder %s is %w: %w", dir, ErrInUse, translate(err))
}

// Folder is a data folder that is open for reading alone.
type Folder struct {
	store   *Store
	release func() error
}

// OpenFolder opens a folder that nobody has open, for reading alone. Nothing in it
// is changed: it may lie on a disk that can only be read, and a backup, which has to
// be as its manifest says, stays one.
func OpenFolder(c Config) (*Folder, error) {
	release, err := lockFolder(c.disk(), c.Dir)
	if err != nil {
		return nil, err
	}
	var wrong error
	if err := checkList(c.disk(), c.Dir, func(err error) { wrong = firstOf(wrong, err) }); err != nil || wrong != nil {
		return nil, errors.Join(fmt.Errorf("open the backup %s: %w", c.Dir, firstOf(err, wrong)), release())
	}
	s, err := inspect(c)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	if err := s.look(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the folder %s: %w", c.Dir, err), translate(s.db.Close()), release())
	}
	return &Folder{s, release}, nil
}

// Snapshot is the folder as it is. It is closed before the folder.
func (f *Folder) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	return f.store.Snapshot(ctx)
}

// Close lets go of the folder.
func (f *Folder) Close() error { return firstOf(translate(f.store.db.Close()), f.release()) }

// inspect opens a folder that is locked, for reading alone. Epochs are not looked for.
func inspect(c Config) (*Store, error) {
	if err := folder.Readable(c.disk(), c.Dir); err != nil {
		return nil, err
	}
	s := &Store{dir: c.Dir, fsys: sealed{c.disk()}, now: c.Now.Or(), log: slog.New(slog.DiscardHandler), stop: make(chan struct{})}
	s.scans.New = func() any { return new(scan) }
	o := s.options(s.fsys, c.Cache)
	o.ReadOnly = true
	if err := s.openPebble(o); err != nil {
		return nil, fmt.Errorf("open the folder %s: %w", c.Dir, err)
	}
	return s, nil
}

// sealed is a file system on which nothing can be changed. A lock is nothing
// there: whoever has it, has it on the file system below.
type sealed struct{ vfs.FS }

// errSealed is the error of whatever would change something.
var errSealed = fmt.Errorf("the folder is only looked at: %w", points.ErrUnavailable)

// Unwrap is the file system below.
func (s sealed) Unwrap() vfs.FS { return s.FS }

// Lock locks nothing.
func (sealed) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// Create fails.
func (sealed) Create(string, vfs.DiskWriteCategory) (vfs.File, error) { return nil, errSealed }

// Link fails.
func (sealed) Link(string, string) error { return errSealed }

// OpenReadWrite fails.
func (sealed) OpenReadWrite(string, vfs.DiskWriteCategory, ...vfs.OpenOption) (vfs.File, error) {
	return nil, errSealed
}

// Remove fails.
func (sealed) Remove(string) error { return errSealed }

// RemoveAll fails.
func (sealed) RemoveAll(string) error { return errSealed }

// Rename fails.
func (sealed) Rename(string, string) error { return errSealed }

// ReuseForWrite fails.
func (sealed) ReuseForWrite(string, string, vfs.DiskWriteCategory) (vfs.File, error) {
	return nil, errSealed
}

// MkdirAll fails.
func (sealed) MkdirAll(string, os.FileMode) error { return errSealed }
