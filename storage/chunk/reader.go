package chunk

import (
	"encoding/binary"
	"fmt"

	"aion/storage/points"
)

// reader takes numbers off the front of data. Past the end it answers zeros and
// remembers that it did, so that a parser asks once, at its end.
type reader struct {
	data []byte
	at   int
	bad  bool
}

// fail marks what is read as damaged.
func (r *reader) fail() { r.bad, r.at = true, len(r.data) }

// left is how many bytes are not read yet.
func (r *reader) left() int { return len(r.data) - r.at }

// octet reads one byte.
func (r *reader) octet() byte {
	if r.at >= len(r.data) {
		r.fail()
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

// word reads eight bytes, the lowest first.
func (r *reader) word() uint64 {
	if r.left() < 8 {
		r.fail()
		return 0
	}
	r.at += 8
	return binary.LittleEndian.Uint64(r.data[r.at-8:])
}

// uvarint reads an unsigned varint.
func (r *reader) uvarint() uint64 {
	if r.left() >= 4 { // most are of three bytes at most
		w := binary.LittleEndian.Uint32(r.data[r.at:])
		switch {
		case w&0x80 == 0:
			r.at++
			return uint64(w & 0x7f)
		case w&0x8000 == 0:
			r.at += 2
			return uint64(w&0x7f | w>>1&0x3f80)
		case w&0x800000 == 0:
			r.at += 3
			return uint64(w&0x7f | w>>1&0x3f80 | w>>2&0x1fc000)
		}
	}
	v, n := binary.Uvarint(r.data[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

// briefBytes is how many bytes brief may look at, and tooLong marks what is no
// number of up to three bytes.
const (
	briefBytes = 4
	tooLong    = 1 << 63
)

// brief is the unsigned varint at a place in data, and where the next one begins:
// a uvarint that is compiled into its caller, for many numbers one behind the
// other.
func brief(data []byte, at int) (v uint64, next int) {
	w := binary.LittleEndian.Uint32(data[at:])
	if w&0x80 == 0 {
		return uint64(w & 0x7f), at + 1
	}
	if w&0x8000 == 0 {
		return uint64(w&0x7f | w>>1&0x3f80), at + 2
	}
	return uint64(w&0x7f|w>>1&0x3f80|w>>2&0x1fc000) | uint64(w&0x800000)<<40, at + 3
}

// varint reads a signed (zigzag) varint.
func (r *reader) varint() int64 { return zigzag(r.uvarint()) }

// zigzag is the signed number that u stands for.
func zigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// length reads an unsigned varint that says how many bytes, or things of at
// least a byte each, follow.
func (r *reader) length() int {
	n := r.uvarint()
	if n > uint64(r.left()) {
		r.fail()
		return 0
	}
	return int(n)
}

// take reads n bytes. They refer to data.
func (r *reader) take(n int) []byte {
	if n < 0 || n > r.left() {
		r.fail()
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

// err is an ErrCorrupt that names what was read, if it was damaged.
func (r *reader) err(what string) error {
	if !r.bad {
		return nil
	}
	return fmt.Errorf("parse %s: %w", what, points.ErrCorrupt)
}
