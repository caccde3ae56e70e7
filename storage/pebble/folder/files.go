package folder

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// IsTable tells whether a file is a table.
func IsTable(name string) bool { return strings.HasSuffix(name, ".sst") }

// logNumber reads the name of a log.
func logNumber(name string) (number uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, ".log")
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, err == nil
}

// WriteFile writes a file, or writes it anew, whole or not at all.
func WriteFile(fsys vfs.FS, dir, name string, text []byte) error {
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
	return Sync(fsys, dir)
}

// Sync makes a folder's list of files durable.
func Sync(fsys vfs.FS, dir string) error {
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return cmp.Or(d.Sync(), d.Close())
}
