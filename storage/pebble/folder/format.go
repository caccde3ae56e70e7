package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// Version is the version of all that package pebble says of the folder's layout. What came with 3 is that runs may stand in groups, with 4 that a
// chunk's directory may be one of columns, and with 5 that a group may have columns.
const Version = 5

// formatOldest is the oldest version that this program reads. The folder then gets
// the present one, since from then on it may have what older programs do not read.
const formatOldest = 2

// MarkFile is the file in the folder that holds its format's version.
const MarkFile = "AION"

// Claim makes sure that this program can read the folder, and marks one that is
// empty.
func Claim(fsys vfs.FS, dir string) error {
	err := Readable(fsys, dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := unclaimed(fsys, dir); err != nil {
		return err
	}
	return Mark(fsys, dir)
}

// Readable refuses a folder of a format that this program does not read. One that
// is not marked is fs.ErrNotExist.
func Readable(fsys vfs.FS, dir string) error {
	found, err := VersionOf(fsys, dir)
	if err != nil {
		return err
	}
	return supported(dir, found)
}

// Renew marks a folder of an older version with the present one, durably.
func Renew(fsys vfs.FS, dir string) error {
	found, err := VersionOf(fsys, dir)
	if err != nil || found == Version {
		return err
	}
	return Mark(fsys, dir)
}

// unclaimed refuses a folder that has data and no mark: they are not Aion's, or
// are a copy that was cut off.
func unclaimed(fsys vfs.FS, dir string) error {
	names, err := fsys.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, isLog := logNumber(name); isLog || IsTable(name) || strings.HasPrefix(name, "marker.") {
			return fmt.Errorf("the folder %s has data, such as %s, and no file %s: it is not Aion's, or a copy that was cut off: %w",
				dir, name, MarkFile, points.ErrCorrupt)
		}
	}
	return nil
}

// supported refuses a folder of a format that this program does not read.
func supported(dir string, version int) error {
	switch {
	case version > Version:
		return fmt.Errorf("the folder %s has format %d, and this program supports formats up to %d: use a newer program",
			dir, version, Version)
	case version < formatOldest:
		return fmt.Errorf("the folder %s has format %d, and this program supports formats from %d on: "+
			"export it with the program that wrote it (aion export) and import that into a new folder (aion import)",
			dir, version, formatOldest)
	}
	return nil
}

// VersionOf reads the version that a folder is marked with.
func VersionOf(fsys vfs.FS, dir string) (int, error) {
	path := fsys.PathJoin(dir, MarkFile)
	f, err := fsys.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || version < 1 {
		return 0, fmt.Errorf("read %s: %q is no format version: %w", path, text, points.ErrCorrupt)
	}
	return version, nil
}

// Mark writes the version into a folder, whole or not at all.
func Mark(fsys vfs.FS, dir string) error {
	return WriteFile(fsys, dir, MarkFile, []byte(strconv.Itoa(Version)+"\n"))
}
