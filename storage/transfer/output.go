package transfer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
)

// Output is where an export goes, packed or not.
type Output struct {
	to     *bufio.Writer
	file   *os.File // nil: a pipe
	packed *gzip.Writer
	open   bool // the packed stream has begun
	place  int64
	beside string // where the file is until it is whole; empty: where it belongs
	final  string // where it belongs
}

// PartSuffix is behind the name of a file that is not whole yet.
const PartSuffix = ".part"

// OpenOutput makes a file, or goes on with one at an offset, behind which it is
// cut off. Until Commit the file has PartSuffix behind its name, so that one that
// was there before stays as it is; who may read that one may read the new one, and
// nobody else at any moment. What is no plain file is written as it is.
func OpenOutput(path string, packed bool, offset int64) (*Output, error) {
	o := NewOutput(nil, packed)
	o.place = offset
	path = target(path)
	mode := os.FileMode(0o666) // what a user exports is theirs: the umask decides
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		o.file, err = os.OpenFile(path, os.O_RDWR, 0)
	case err == nil:
		o.final, o.beside, mode = path, path+PartSuffix, info.Mode().Perm()
		if o.file, err = openPart(o.beside, offset, mode); err == nil {
			err = o.file.Chmod(mode) // what the umask has taken away
		}
	case errors.Is(err, fs.ErrNotExist):
		o.final, o.beside = path, path+PartSuffix
		o.file, err = openPart(o.beside, offset, mode)
	}
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	o.to.Reset(&placed{o.file, &o.place})
	return o, nil
}

// target is the file that a path leads to, also where a link leads to none yet.
func target(path string) string {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		return file
	}
	file, err := os.Readlink(path)
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(file):
		return file
	}
	return filepath.Join(filepath.Dir(path), file)
}

// openPart opens a file that is not whole at an offset. At the beginning it is a new
// one: who holds one that was left there reads nothing of it.
func openPart(path string, offset int64, mode os.FileMode) (*os.File, error) {
	flag := os.O_RDWR
	if offset == 0 {
		flag |= os.O_CREATE | os.O_EXCL
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	file, err := os.OpenFile(path, flag, mode) // #nosec G304 -- the user says which
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() < offset {
		err = errors.New(path + " ends before the position to go on from")
	}
	if err == nil {
		err = file.Truncate(offset)
	}
	if err == nil {
		_, err = file.Seek(offset, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// NewOutput writes to a pipe.
func NewOutput(w io.Writer, packed bool) *Output {
	o := &Output{}
	o.to = bufio.NewWriterSize(&placed{w, &o.place}, 1<<18)
	if packed {
		// The level is one that there is.
		o.packed, _ = gzip.NewWriterLevel(o.to, gzip.BestSpeed)
	}
	return o
}

// Write writes on.
func (o *Output) Write(p []byte) (int, error) {
	if o.packed == nil {
		return o.to.Write(p)
	}
	if !o.open {
		o.open = true
		o.packed.Reset(o.to)
	}
	return o.packed.Write(p)
}

// Mark writes everything and tells the offset of what comes next. What was
// packed so far is whole; more is packed behind it.
func (o *Output) Mark() (int64, error) {
	var err error
	if o.open {
		o.open = false
		err = o.packed.Close()
	}
	err = errors.Join(err, o.to.Flush())
	if err == nil && o.beside != "" {
		err = o.file.Sync()
	}
	return o.place, err
}

// Commit puts the file, which is whole, in the place of one that was there before.
// A pipe has no place. The file is closed then; where it cannot be put in its place
// it stays beside, and the error says so.
func (o *Output) Commit() error {
	_, err := o.Mark()
	if err != nil || o.file == nil {
		return o.kept(err)
	}
	if !o.mine() {
		return errors.New(o.beside + " is another export's by now")
	}
	err = o.file.Close()
	if o.file = nil; err != nil || o.beside == "" {
		return o.kept(err)
	}
	if err := os.Rename(o.beside, o.final); err != nil {
		return o.kept(err)
	}
	folder, err := os.Open(filepath.Dir(o.final))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// mine tells whether what is beside is the open file still, and not that of somebody
// who has begun to write the same file since.
func (o *Output) mine() bool {
	if o.beside == "" {
		return true
	}
	own, err := o.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(o.beside)
	return err == nil && os.SameFile(own, there)
}

// kept is an error, if it is one, with where that is what was written.
func (o *Output) kept(err error) error {
	if err == nil || o.beside == "" {
		return err
	}
	return fmt.Errorf("%w; what was written is in %s", err, o.beside)
}

// Committed tells whether an export that came to its end at an offset has been put
// in its place: nothing is beside, and the file is as long.
func Committed(path string, offset int64) (bool, error) {
	path = target(path)
	if _, err := os.Lstat(path + PartSuffix); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Mode().IsRegular() && info.Size() == offset, err
}

// Close ends a file that was not committed. What is not whole stays beside, to be
// gone on with, unless nothing was written.
func (o *Output) Close() error {
	if o.place == 0 {
		return o.Discard()
	}
	if o.file == nil {
		return nil
	}
	file := o.file
	o.file = nil
	return file.Close()
}

// Discard ends a file that was not committed and takes away what is there of it.
func (o *Output) Discard() error {
	if o.file == nil {
		return nil
	}
	file, mine := o.file, o.mine()
	o.file = nil
	err := file.Close()
	if o.beside != "" && mine {
		err = errors.Join(err, os.Remove(o.beside))
	}
	return err
}

// placed is a writer that counts its bytes.
type placed struct {
	w io.Writer
	n *int64
}

// Write writes on.
func (p *placed) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	*p.n += int64(n)
	return n, err
}
