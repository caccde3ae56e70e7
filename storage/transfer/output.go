package transfer

import (
	"bufio"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// Output is where an export goes, packed or not.
type Output struct {
	to     *bufio.Writer
	file   *os.File // nil: a pipe
	packed *gzip.Writer
	open   bool // the packed stream has begun
	place  int64
}

// OpenOutput makes a file, or goes on with one at an offset, behind which it is
// cut off.
func OpenOutput(path string, packed bool, offset int64) (*Output, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666) // #nosec G302 -- what a user exports is theirs: the umask decides
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		if info.Size() < offset {
			err = errors.New(path + " ends before the position to go on from")
		} else {
			err = file.Truncate(offset)
		}
		if err == nil {
			_, err = file.Seek(offset, io.SeekStart)
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	o := NewOutput(file, packed)
	o.file, o.place = file, offset
	return o, nil
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
	if err == nil && o.file != nil {
		err = o.file.Sync()
	}
	return o.place, err
}

// Close ends the file.
func (o *Output) Close() error {
	if o.file == nil {
		return nil
	}
	return o.file.Close()
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
