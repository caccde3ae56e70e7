package pebble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/pebble/folder"
)

// partFolder is where a backup's files are gathered, in the backup's folder.
const partFolder = "incomplete"

// Backup copies the store, while writes go on, into a folder elsewhere that is
// empty or does not exist: everything that was acknowledged before the call, and perhaps
// what came meanwhile. Tables become hard links where the disk allows that. When
// it returns, the copy is on the disk. What a crash or an error leaves of one
// cannot be opened.
func (s *Store) Backup(ctx context.Context, dir string) (m Manifest, err error) {
	if err := firstOf(ctx.Err(), s.fault.ended()); err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	if err := makeEmpty(s.fsys, s.dir, dir); err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	part := s.fsys.PathJoin(dir, partFolder)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("back up: %w", err), clearFolder(s.fsys, dir))
		}
	}()
	if err := s.flush(ctx); err != nil {
		return m, err
	}
	if err := s.db.Checkpoint(part); err != nil {
		return m, err
	}
	if err := folder.Mark(s.fsys, part); err != nil {
		return m, err
	}
	if m, err = describe(s.fsys, part); err != nil {
		return m, err
	}
	if err := m.write(s.fsys, part); err != nil {
		return m, err
	}
	names := []string{backupFile}
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	return m, fill(ctx, s.fsys, dir, names, func(name, to string) error {
		return s.fsys.Rename(s.fsys.PathJoin(part, name), to)
	}, func() error { return s.fsys.Remove(part) })
}

// BackupFolder is Store.Backup for a folder that nobody has open. Progress, which
// may be nil, is told how many files have been copied.
func BackupFolder(ctx context.Context, c Config, dir string, progress func(done, of int)) (m Manifest, err error) {
	fsys := c.disk()
	release, err := lockFolder(fsys, c.Dir)
	if err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	defer func() { err = firstOf(err, release()) }()
	names, err := listFiles(fsys, c.Dir)
	if err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	link := func(from, to string) error {
		if folder.IsTable(from) {
			return vfs.LinkOrCopy(fsys, from, to)
		}
		return vfs.Copy(fsys, from, to)
	}
	if err := copyFiles(ctx, fsys, c.Dir, dir, names, link, progress); err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	if m, err = describe(fsys, dir); err == nil {
		err = m.write(fsys, dir)
	}
	return m, err
}

// Restore copies a backup into a folder that is empty or does not exist. The
// backup has to be as its manifest says, and stays as it is: nothing is shared
// with it. Progress, which may be nil, is told how many files have been copied.
func Restore(ctx context.Context, backup, dir string, progress func(done, of int)) (err error) {
	fsys := vfs.Default
	m, err := ReadManifest(backup)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore: %s is no backup, or one that was cut off: it has no %s: %w", backup, backupFile, err)
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	release, err := lockFolder(fsys, backup)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { err = firstOf(err, release()) }()
	var wrong error
	if err := checkList(fsys, backup, func(err error) { wrong = firstOf(wrong, err) }); err != nil || wrong != nil {
		return fmt.Errorf("restore: %w", firstOf(err, wrong))
	}
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	whole := func(from, to string) error { return vfs.Copy(fsys, from, to) }
	if err := copyFiles(ctx, fsys, backup, dir, names, whole, progress); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// copyFiles copies the files of a folder into an empty one.
func copyFiles(ctx context.Context, fsys vfs.FS, from, dir string, names []string, copyOne func(from, to string) error, progress func(done, of int)) error {
	if err := makeEmpty(fsys, from, dir); err != nil {
		return err
	}
	done := 0
	err := fill(ctx, fsys, dir, names, func(name, to string) error {
		if done++; progress != nil {
			progress(done, len(names))
		}
		return copyOne(fsys.PathJoin(from, name), to)
	}, func() error { return nil })
	if err != nil {
		return errors.Join(err, clearFolder(fsys, dir))
	}
	return nil
}

// fill puts files into a folder by put, and makes them durable. Those that make
// it a folder of Aion's come last, so that one that is filled in part cannot be
// opened.
func fill(ctx context.Context, fsys vfs.FS, dir string, names []string, put func(name, to string) error, finish func() error) error {
	var last []string
	for _, name := range names {
		if name == folder.MarkFile || strings.HasPrefix(name, "marker.") {
			last = append(last, name)
			continue
		}
		if err := firstOf(ctx.Err(), put(name, fsys.PathJoin(dir, name))); err != nil {
			return err
		}
	}
	if err := folder.Sync(fsys, dir); err != nil {
		return err
	}
	for _, name := range last {
		if err := put(name, fsys.PathJoin(dir, name)); err != nil {
			return err
		}
	}
	return firstOf(finish(), folder.Sync(fsys, dir), folder.Sync(fsys, fsys.PathDir(dir)))
}
