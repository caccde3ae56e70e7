package pebble

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// isTable tells whether a file is a table.
func isTable(name string) bool { return strings.HasSuffix(name, ".sst") }

// logNumber reads the name of a log.
func logNumber(name string) (number uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, ".log")
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, err == nil
}

// writeFile writes a file, or writes it anew, whole or not at all.
func writeFile(fsys vfs.FS, dir, name string, text []byte) error {
	path := fsys.PathJoin(dir, name)
	f, err := fsys.Create(path+".new", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := cmp.Or(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := fsys.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(fsys, dir)
}

// syncFolder makes a folder's list of files durable.
func syncFolder(fsys vfs.FS, dir string) error {
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return cmp.Or(d.Sync(), d.Close())
}
