package pebble

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// backupFile is the file in a folder that makes it a backup and tells what
// belongs to it. A folder that is served is none any more.
const backupFile = "BACKUP.json"

// Manifest is what is known of a backup.
type Manifest struct {
	Format int       `json:"format"` // of the data, as in the folder's file AION
	Made   time.Time `json:"made"`   // when it was complete
	Sound  *bool     `json:"sound,omitempty"`
	Series *int64    `json:"series,omitempty"` // like Points and Sound known once it has been verified
	Points *int64    `json:"points,omitempty"`
	Files  []File    `json:"files"`
}

// File is a file of a backup.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	// SHA256 is there for all but tables, whose every block has a checksum.
	SHA256 string `json:"sha256,omitempty"`
}

// describe makes the manifest of a folder that holds nothing but a backup.
func describe(fsys vfs.FS, dir string) (m Manifest, err error) {
	m = Manifest{Made: time.Now().UTC().Truncate(time.Second)}
	if m.Format, err = folder.VersionOf(fsys, dir); err != nil {
		return m, err
	}
	names, err := listFiles(fsys, dir)
	if err != nil {
		return m, err
	}
	for _, name := range names {
		f, err := describeFile(fsys, dir, name)
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, f)
	}
	return m, nil
}

// listFiles lists the files of a folder that belong to its data, in order.
func listFiles(fsys vfs.FS, dir string) ([]string, error) {
	all, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list the folder %s: %w", dir, err)
	}
	var names []string
	for _, name := range all {
		info, err := fsys.Stat(fsys.PathJoin(dir, name))
		if err != nil {
			return nil, fmt.Errorf("look at the folder %s: %w", dir, err)
		}
		if info.Mode().IsRegular() && name != backupFile && name != "LOCK" && !strings.HasSuffix(name, ".new") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// describeFile tells a file's size and, unless it is a table, its checksum.
func describeFile(fsys vfs.FS, dir, name string) (File, error) {
	f := File{Name: name}
	file, err := fsys.Open(fsys.PathJoin(dir, name))
	if err != nil {
		return f, err
	}
	defer file.Close()
	if folder.IsTable(name) {
		info, err := file.Stat()
		if err != nil {
			return f, err
		}
		f.Size = info.Size()
		return f, nil
	}
	sum := sha256.New()
	if f.Size, err = io.Copy(sum, file); err != nil {
		return f, fmt.Errorf("read %s: %w", name, err)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

// ReadManifest reads the manifest of a backup. A folder without one is none:
// fs.ErrNotExist.
func ReadManifest(dir string) (Manifest, error) { return readManifest(vfs.Default, dir) }

// readManifest is ReadManifest on any file system.
func readManifest(fsys vfs.FS, dir string) (m Manifest, err error) {
	file, err := fsys.Open(fsys.PathJoin(dir, backupFile))
	if err != nil {
		return m, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return m, fmt.Errorf("read %s: %w", backupFile, err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("the file %s: %w: %w", backupFile, err, points.ErrCorrupt)
	}
	return m, nil
}

// write stores the manifest, whole or not at all.
func (m *Manifest) write(fsys vfs.FS, dir string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return folder.WriteFile(fsys, dir, backupFile, append(text, '\n'))
}

// Confirm notes in a backup what a check of it has found.
func Confirm(dir string, t Tally, sound bool) error {
	m, err := ReadManifest(dir)
	if err != nil {
		return err
	}
	m.Sound, m.Series, m.Points = &sound, &t.Series, &t.Points
	return m.write(vfs.Default, dir)
}

// checkList compares a backup with its manifest and reports each difference. A
// folder without a manifest has nothing to be compared with.
func checkList(fsys vfs.FS, dir string, report func(error)) error {
	m, err := readManifest(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, points.ErrCorrupt) {
		report(err)
		return nil
	}
	if err != nil {
		return err
	}
	names, err := listFiles(fsys, dir)
	if err != nil {
		return err
	}
	for _, want := range m.Files {
		got, err := describeFile(fsys, dir, want.Name)
		if err != nil || got != want {
			report(fmt.Errorf("the file %s is not what the backup had: %w", want.Name, firstOf(err, points.ErrCorrupt)))
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == want.Name })
	}
	for _, name := range names {
		report(fmt.Errorf("the file %s is none of the backup's: %w", name, points.ErrCorrupt))
	}
	return nil
}

// adopt makes a backup, if the folder is one, a folder to be served: it is
// compared with its manifest for the last time.
func adopt(fsys vfs.FS, dir string) error {
	var first error
	if err := checkList(fsys, dir, func(err error) { first = firstOf(first, err) }); err != nil {
		return err
	}
	if first != nil {
		return fmt.Errorf("open the backup %s: %w", dir, first)
	}
	err := fsys.Remove(fsys.PathJoin(dir, backupFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return firstOf(err, folder.Sync(fsys, dir))
}
