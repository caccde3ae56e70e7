package folder

import "encoding/binary"

// lastSequence reads the sequence number up to which everything is in tables or
// in logs that are kept, and the number of the oldest of these logs, out of one
// edit of a manifest: 0 where the edit does not say. Not ok: the edit has parts
// that are not known here.
func lastSequence(edit []byte) (last, log uint64, ok bool) {
	e := fields{rest: edit}
	for len(e.rest) != 0 && !e.bad {
		switch e.number() {
		case 4:
			last = e.number()
		case 1: // comparer
			e.bytes()
		case 2:
			log = e.number()
		case 3, 9, 106: // number of a file, of a log
			e.number()
		case 6, 105: // a table that goes: level, number; a file: number, size
			e.number()
			e.number()
		case 5: // level, key
			e.number()
			e.bytes()
		case 100, 103: // a table that comes
			e.table()
		default:
			return 0, 0, false
		}
	}
	return last, log, !e.bad
}

// fields reads the parts of an edit.
type fields struct {
	rest []byte
	bad  bool
}

// number reads a number.
func (e *fields) number() uint64 {
	n, size := binary.Uvarint(e.rest)
	if size <= 0 {
		e.bad, e.rest = true, nil
		return 0
	}
	e.rest = e.rest[size:]
	return n
}

// bytes skips a text.
func (e *fields) bytes() {
	n := e.number()
	if n > uint64(len(e.rest)) {
		e.bad, e.rest = true, nil
		return
	}
	e.rest = e.rest[n:]
}

// table skips a table: level, number, size, bounds, sequence numbers, and parts
// that say themselves what they are.
func (e *fields) table() {
	e.number()
	e.number()
	e.number()
	e.bytes()
	e.bytes()
	e.number()
	e.number()
	for !e.bad {
		switch e.number() {
		case 1:
			return
		case 66: // a part of a file: its number
			e.number()
		case 69: // values in other files, which nobody has asked for
			e.bad = true
		default:
			e.bytes()
		}
	}
}
