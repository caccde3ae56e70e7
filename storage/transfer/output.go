package transfer

import (
	"bufio"
	"errors"
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
// was there before stays as it is. What is no plain file is written as it is.
func OpenOutput(path string, packed bool, offset int64) (*Output, error) {
	o := NewOutput(nil, packed)
	o.place = offset
	path = target(path)
	mode := os.FileMode(0o666) // what a user exports is theirs: the umask decides
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		o.file, err = os.OpenFile(path, os.O_RDWR, 0)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		o.final, o.beside = path, path+PartSuffix
		if o.file, err = openPart(o.beside, offset, mode); err == nil && info != nil {
			err = o.file.Chmod(info.Mode().Perm())
		}
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

// openPart opens a file that is not whole at an offset.
func openPart(path string, offset int64, mode os.FileMode) (*os.File, error) {
	flag := os.O_RDWR
	if offset == 0 {
		flag |= os.O_CREATE
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
// A pipe has no place. The file is closed then.
func (o *Output) Commit() error {
	_, err := o.Mark()
	if err != nil || o.file == nil {
		return err
	}
	err = o.file.Close()
	if o.file = nil; err != nil || o.beside == "" {
		return err
	}
	if err := os.Rename(o.beside, o.final); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(o.final))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
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
	file := o.file
	o.file = nil
	err := file.Close()
	if o.beside != "" {
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
