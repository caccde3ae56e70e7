package transfer

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// Input is a file, or what comes through a pipe, that is imported. What begins
// like gzip is unpacked.
type Input struct {
	plain io.Reader
	file  *os.File // nil: not ours to close
	size  int64
	read  atomic.Int64
}

// OpenInput opens a file from an offset of what it holds unpacked.
func OpenInput(path string, offset int64) (*Input, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &Input{file: file}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		in.size = info.Size()
	}
	if err := in.begin(file, offset); err != nil {
		_ = file.Close() // it was only read
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return in, nil
}

// NewInput reads a pipe.
func NewInput(r io.Reader) (*Input, error) {
	in := &Input{}
	return in, in.begin(r, 0)
}

// begin looks at the first bytes and passes over what lies before the offset.
func (in *Input) begin(r io.Reader, offset int64) error {
	buffered := bufio.NewReaderSize(&counted{r, &in.read}, scanWindow)
	magic, err := buffered.Peek(2)
	if err != nil && len(magic) == 0 && err != io.EOF {
		return err
	}
	in.plain = buffered
	if string(magic) == "\x1f\x8b" {
		if in.plain, err = gzip.NewReader(buffered); err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
	} else if in.file != nil && in.size > 0 && offset > 0 {
		at, err := in.file.Seek(offset, io.SeekStart)
		buffered.Reset(&counted{in.file, &in.read})
		in.read.Store(at)
		return err
	}
	if _, err := io.CopyN(io.Discard, in.plain, offset); err != nil {
		return fmt.Errorf("it ends before the position to go on from: %w", err)
	}
	return nil
}

// Share is how much of the file has been read, from 0 to 1; 0: not known.
func (in *Input) Share() float64 {
	if in.size == 0 {
		return 0
	}
	return min(1, float64(in.read.Load())/float64(in.size))
}

// Close closes the file.
func (in *Input) Close() error {
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}

// counted is a reader that counts its bytes.
type counted struct {
	r io.Reader
	n *atomic.Int64
}

// Read reads on.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
