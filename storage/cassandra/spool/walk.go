package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// The states that a piece of a segment can be in.
const (
	whole   = iota // a record whose checksum is right
	damaged        // bytes that are no record
	torn           // the end of a segment where a record was begun
)

// piece is a stretch of a segment.
type piece struct {
	state    int
	from, to int64
	payload  []byte // of a whole one; the caller's
}

// walker goes through a segment piece by piece.
type walker struct {
	file    io.ReaderAt
	at, end int64
	head    [headSize]byte
}

// next is the next piece, or io.EOF. Errors are the disk's, and next may then
// be tried again.
func (w *walker) next() (piece, error) {
	left := w.end - w.at
	if left <= 0 {
		return piece{}, io.EOF
	}
	if left < headSize {
		return w.pass(piece{state: torn, to: w.end}), nil
	}
	if err := w.read(w.head[:], w.at); err != nil {
		return piece{}, err
	}
	length, sum, ok := parseHead(w.head[:])
	if !ok {
		return w.stray()
	}
	if headSize+length > left {
		return w.pass(piece{state: torn, to: w.end}), nil
	}
	p := piece{to: w.at + headSize + length, payload: make([]byte, length)}
	if err := w.read(p.payload, w.at+headSize); err != nil {
		return piece{}, err
	}
	if checksum(p.payload) != sum {
		p.state, p.payload = damaged, nil
	}
	return w.pass(p), nil
}

// pass goes on behind a piece that begins here.
func (w *walker) pass(p piece) piece {
	p.from, w.at = w.at, p.to
	return p
}

// read fills part from an offset.
func (w *walker) read(part []byte, at int64) error {
	n, err := w.file.ReadAt(part, at)
	if n == len(part) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: the file is shorter than it was", io.ErrUnexpectedEOF)
	}
	return err
}

// stray is the piece from here to the next record, where no record begins. Where
// nothing but zeros follow, a file system has made room for a record that never
// came.
func (w *walker) stray() (piece, error) {
	const step = 64 << 10
	buf := make([]byte, step+headSize)
	zeros := true
	for at := w.at; at < w.end; at += step {
		part := buf[:min(int64(len(buf)), w.end-at)]
		if err := w.read(part, at); err != nil {
			return piece{}, err
		}
		if i := findHead(part, at == w.at); i >= 0 {
			return w.pass(piece{state: damaged, to: at + int64(i)}), nil
		}
		zeros = zeros && len(bytes.Trim(part, "\x00")) == 0
	}
	if zeros {
		return w.pass(piece{state: torn, to: w.end}), nil
	}
	return w.pass(piece{state: damaged, to: w.end}), nil
}

// findHead finds where a record begins in part, -1 where none does. With beyond
// the first byte does not count.
func findHead(part []byte, beyond bool) int {
	from := 0
	if beyond {
		from = 1
	}
	for from < len(part) {
		i := bytes.Index(part[from:], []byte(magic))
		if i < 0 {
			return -1
		}
		if from += i; len(part)-from >= headSize {
			if _, _, ok := parseHead(part[from:]); ok {
				return from
			}
		}
		from++
	}
	return -1
}
