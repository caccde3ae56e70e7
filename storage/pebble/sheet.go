package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// sheetSize is how many numbers a sheet has room for. A sheet is what the
// dictionary stores the keys of series under: those whose numbers are neighbours
// together, since they mostly are alike and come in one batch.
const sheetSize = 64

// sheetOf is the first number of the sheet that a number stands on.
func sheetOf(number uint64) uint64 { return number &^ (sheetSize - 1) }

// appendSheetKey is the key of the sheet that a number stands on.
func appendSheetKey(dst []byte, number uint64) []byte {
	return appendNumbered(dst, keySeries, sheetOf(number))
}

// sheetWriter encodes a sheet: for each series, in the order of their numbers, the
// number less that of the sheet, how many bytes of its key are those of the key
// before, and the others behind their length.
type sheetWriter struct {
	buf  []byte
	last []byte // the key before
}

// reset begins a sheet.
func (w *sheetWriter) reset() { w.buf, w.last = w.buf[:0], w.last[:0] }

// add adds a series. Numbers ascend from call to call.
func (w *sheetWriter) add(number uint64, key []byte) {
	shared := 0
	for shared < len(key) && shared < len(w.last) && key[shared] == w.last[shared] {
		shared++
	}
	w.buf = binary.AppendUvarint(append(w.buf, byte(number%sheetSize)), uint64(shared))
	w.buf = binary.AppendUvarint(w.buf, uint64(len(key)-shared))
	w.buf = append(w.buf, key[shared:]...)
	w.last = append(w.last[:shared], key[shared:]...)
}

// sheetReader reads a sheet.
type sheetReader struct {
	rest    []byte
	first   uint64 // the sheet's number
	begun   bool
	number  uint64 // of the series that it is at
	key     []byte // of the series that it is at, in memory that is used again
	damaged bool
}

// open begins to read a sheet from a value, which must stay as it is meanwhile.
func (r *sheetReader) open(first uint64, value []byte) {
	r.rest, r.first, r.begun, r.damaged, r.key = value, first, false, false, r.key[:0]
}

// next moves on to the next series. At the end, or where the sheet cannot be read,
// which damaged then tells, it answers false.
func (r *sheetReader) next() bool {
	if len(r.rest) == 0 || r.damaged {
		return false
	}
	number, b := r.first+uint64(r.rest[0]), r.rest[1:]
	shared, size := binary.Uvarint(b)
	r.damaged = true
	if size <= 0 || shared > uint64(len(r.key)) || sheetOf(number) != r.first || r.begun && number <= r.number {
		return false
	}
	part, rest, ok := cutPart(b[size:])
	if !ok {
		return false
	}
	r.key = append(r.key[:shared], part...)
	r.number, r.rest, r.begun, r.damaged = number, rest, true, false
	return true
}

// find moves on to a number, if it stands on the sheet and not before where the
// reader is.
func (r *sheetReader) find(number uint64) (bool, error) {
	for !r.begun || r.number < number {
		if !r.next() {
			return false, r.err()
		}
	}
	return r.number == number, nil
}

// err is the error of a sheet that cannot be read.
func (r *sheetReader) err() error {
	if !r.damaged {
		return nil
	}
	return fmt.Errorf("parse keys of series from %d on: %w", r.first, points.ErrCorrupt)
}

// readKey reads the key of a series, in the form of points.Key.Append, behind
// dst. Not ok: there is no such series.
func readKey(r pebble.Reader, dst []byte, number uint64) (key []byte, ok bool, err error) {
	v, closer, err := r.Get(appendSheetKey(make([]byte, 0, 9), number))
	if errors.Is(err, pebble.ErrNotFound) {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, fmt.Errorf("look up series %d: %w", number, translate(err))
	}
	defer closer.Close()
	var sheet sheetReader
	sheet.open(sheetOf(number), v)
	if ok, err = sheet.find(number); !ok || err != nil {
		return dst, false, err
	}
	return append(dst, sheet.key...), true, nil
}
