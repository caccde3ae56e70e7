package pebble

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// roll walks over the series that there are, in the order of their numbers. The
// series that it is at is that of its sheet.
type roll struct {
	it    *pebble.Iterator // over sheets
	value []byte           // the sheet, until the iterator moves
	sheet sheetReader
	key   []byte
	err   error
}

// next moves on to the next series, if there is one.
func (r *roll) next() bool {
	for r.err == nil && !r.sheet.next() {
		if r.err = r.sheet.err(); r.err != nil || !r.open(r.it.Next()) {
			return false
		}
	}
	return r.err == nil
}

// seek moves to the first series from a number on, if there is one.
func (r *roll) seek(number uint64) bool {
	r.key = appendSheetKey(r.key[:0], number)
	for more := r.open(r.it.SeekGE(r.key)); more && r.next(); {
		if r.sheet.number >= number {
			return true
		}
	}
	return false
}

// open opens the sheet that the iterator is at, if it is at one.
func (r *roll) open(ok bool) bool {
	if !ok {
		r.err = r.it.Error()
		return false
	}
	first, _ := parseNumbered(r.it.Key())
	r.value, r.err = r.it.ValueAndErr()
	r.sheet.open(first, r.value)
	return r.err == nil
}

// sheetErasure takes series off their sheets. Nobody writes meanwhile.
type sheetErasure struct {
	begun  bool // a sheet is in the making
	first  uint64
	value  []byte // what the sheet was
	gone   [sheetSize]bool
	reader sheetReader
	writer sheetWriter
	stays  func(key []byte) // is told the keys of some that stay, close to one that goes; nil: nobody is
	key    []byte
}

// erase takes off the series that names is at. Numbers ascend from call to call. Of a
// sheet that cannot be read to its end nothing is taken: that is the error.
func (e *sheetErasure) erase(b *pebble.Batch, names *roll) error {
	if !e.begun || e.first != names.sheet.first {
		if err := e.flush(b); err != nil {
			return err
		}
		e.first, e.gone = names.sheet.first, [sheetSize]bool{}
		e.value = append(e.value[:0], names.value...)
		for e.reader.open(e.first, e.value); e.reader.next(); {
			continue // to the end
		}
		if err := e.reader.err(); err != nil {
			return err
		}
		e.begun = true
	}
	e.gone[names.sheet.number%sheetSize] = true
	return nil
}

// flush adds what is left of the sheet to a batch, or that nothing is.
func (e *sheetErasure) flush(b *pebble.Batch) error {
	if !e.begun {
		return nil
	}
	e.begun = false
	e.writer.reset()
	for e.reader.open(e.first, e.value); e.reader.next(); {
		if !e.gone[e.reader.number%sheetSize] {
			e.writer.add(e.reader.number, e.reader.key)
			if e.stays != nil && e.close(e.reader.number) {
				e.stays(e.reader.key)
			}
		}
	}
	e.key = appendSheetKey(e.key[:0], e.first)
	if len(e.writer.buf) == 0 {
		return firstOf(e.reader.err(), b.Delete(e.key, nil))
	}
	return firstOf(e.reader.err(), b.Set(e.key, e.writer.buf, nil))
}

// near is how far a series may be from another to be close to it. The series of a
// device come into being one after the other, and mostly each has another metric.
const near = 4

// close tells whether one that is close to a series of the sheet goes.
func (e *sheetErasure) close(number uint64) bool {
	at := int(number % sheetSize)
	return slices.Contains(e.gone[max(0, at-near):min(at+near+1, sheetSize)], true)
}
