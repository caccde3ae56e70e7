package folder

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// Pebble takes whatever it cannot read at the end of a log or of a manifest for
// a write that a crash has cut off, and goes on without. Where a bit has
// flipped, or a folder was copied while it was in use, that would lose what was
// acknowledged, and nobody would hear of it. So whatever Pebble is about to
// replay is read here first, and refused where something proves that there was
// more.

// Witness is the file system that Pebble opens a folder through. It looks at
// the logs and the manifest that Pebble asks for.
type Witness struct {
	vfs.FS
	dir string

	mu      sync.Mutex
	done    bool   // the folder is open: nothing is looked at any more
	newest  uint64 // the number of the newest log
	oldest  uint64 // the number of the log with which begins what is in no table; 0: not known
	vouched bool   // that log is there, if the folder is whole
	sealed  bool   // nothing is written to the folder
	reached uint64 // the sequence number up to which all is accounted for; 0: not known
	logged  uint64 // the one at which the log before ended; 0: not known
}

// NewWitness looks at a folder's list of files. To one that is sealed nothing is
// written.
func NewWitness(fsys vfs.FS, dir string, sealed bool) (*Witness, error) {
	names, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list the folder %s: %w", dir, err)
	}
	w := &Witness{FS: fsys, dir: dir, sealed: sealed}
	var data, manifest bool
	for _, name := range names {
		number, isLog := logNumber(name)
		w.newest = max(w.newest, number)
		data = data || isLog || strings.HasSuffix(name, ".sst")
		manifest = manifest || strings.HasPrefix(name, "marker.manifest.")
		w.vouched = w.vouched || name == vouchFile
	}
	if data && !manifest {
		return nil, fmt.Errorf("the folder %s has logs or tables, and nothing says which of them count (the file marker.manifest… is gone): %w",
			dir, points.ErrCorrupt)
	}
	return w, nil
}

// Unwrap is the file system below.
func (w *Witness) Unwrap() vfs.FS { return w.FS }

// Open opens a file for reading. A log or a manifest from which something is
// missing is refused while the folder is being opened.
func (w *Witness) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if err := w.look(name); err != nil {
		return nil, err
	}
	return w.FS.Open(name, opts...)
}

// Link makes a hard link. Some disks that have none say that it is forbidden,
// which Pebble takes for the end instead of copying the file.
func (w *Witness) Link(from, to string) error {
	err := w.FS.Link(from, to)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("link %s: %v", from, err)
	}
	return err
}

// Rest ends the looking: from now on files change.
func (w *Witness) Rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = true
}

// look reads a log or a manifest that is about to be replayed. Logs come in the
// order of their numbers, behind the manifest.
func (w *Witness) look(path string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	base := w.PathBase(path)
	number, isLog := logNumber(base)
	isManifest := strings.HasPrefix(base, "MANIFEST-")
	if w.done || !isLog && !isManifest {
		return nil
	}
	file, err := w.FS.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if isLog {
		err = w.log(file, number)
	} else {
		err = w.manifest(file)
	}
	if err != nil {
		return fmt.Errorf("the file %s: %w", base, err)
	}
	return nil
}

// log looks at a log: that it is whole, and that it begins where the one before
// ended.
func (w *Witness) log(file io.Reader, number uint64) error {
	var gap bool
	j, err := readJournal(file, uint32(number), func(front []byte) {
		if len(front) < 12 { // the rest stands in the next block
			w.reached, w.logged = 0, 0
			return
		}
		seq, count := binary.LittleEndian.Uint64(front), binary.LittleEndian.Uint32(front[8:])
		if count == 0 {
			return
		}
		// The tables may be ahead of the logs: what is written to one log while
		// another becomes a table.
		gap = gap || w.reached != 0 && seq > w.reached || w.logged != 0 && seq > w.logged
		w.reached, w.logged = max(w.reached, seq+uint64(count)), seq+uint64(count)
	})
	switch {
	case err != nil:
		return err
	case j.broken:
		return fmt.Errorf("it is damaged at byte %d, and writes behind that were acknowledged: %w", j.from, points.ErrCorrupt)
	case !j.closed && j.records != 0 && number < w.newest:
		return fmt.Errorf("its end is missing, and a later log is there: %w", points.ErrCorrupt)
	case gap:
		return fmt.Errorf("writes before it are missing: %w", points.ErrCorrupt)
	}
	return nil
}

// manifest looks at a manifest: that it is whole, up to which write the tables
// that it names have everything, and that the log is there with which the rest
// begins. Pebble deletes a log only after another one has taken its place here.
func (w *Witness) manifest(file vfs.File) error {
	j, err := readJournal(file, 0, func([]byte) {})
	if err != nil {
		return err
	}
	if j.broken {
		return fmt.Errorf("it is damaged at byte %d: %w", j.from, points.ErrCorrupt)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	edits := record.NewReader(io.NewSectionReader(file, 0, info.Size()), 0)
	for {
		r, err := edits.Next()
		if err != nil {
			return cmp.Or(unlessTorn(err), w.begins())
		}
		edit, err := io.ReadAll(r)
		if err != nil {
			return cmp.Or(unlessTorn(err), w.begins())
		}
		last, log, ok := lastSequence(edit)
		if !ok { // an edit of a form that this program does not know
			w.reached = 0
			return nil
		}
		w.reached, w.oldest = max(w.reached, last+1, firstSequence), max(w.oldest, log)
	}
}

// firstSequence is the sequence number of the first write to a new folder.
const firstSequence = 10

// unlessTorn is err, but for a manifest's end and a last edit that a crash has
// cut off: that is whatever readJournal has let pass.
func unlessTorn(err error) error {
	if errors.Is(err, io.EOF) || record.IsInvalidRecord(err) {
		return nil
	}
	return err
}

// vouchFile is the file in a folder that says that the manifest names a log that
// is there: the one with which begins what is in no table. Should that log be
// missing, the folder is a copy that was made while the log was deleted. Only
// while a folder is being opened does Pebble name a log that it never makes.
const vouchFile = "LOGS"

// begins makes sure that the log is there that the manifest names, where that is
// vouched for, and ends the vouching if the folder is to be written to.
func (w *Witness) begins() error {
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
	return cmp.Or(w.Remove(w.PathJoin(w.dir, vouchFile)), Sync(w.FS, w.dir))
}

// Vouch begins the vouching for a folder that is open.
func Vouch(fsys vfs.FS, dir string) error { return WriteFile(fsys, dir, vouchFile, nil) }
