package stream

import "encoding/binary"

// frames cuts a stream into messages behind their lengths.
type frames struct {
	max     int
	skipped uint64 // bytes of a message that is too long which are still to come
}

// lengthBytes is how long a length is: 32 bits, big endian.
const lengthBytes = 4

// Frames is a Cutter of messages of up to max bytes, each behind its length in
// 32 bits, big endian. A longer one is passed over.
func Frames(max int) Cutter { return &frames{max: max} }

// Most is a message with its length.
func (f *frames) Most() int { return f.max + lengthBytes }

// Cut finds a message.
func (f *frames) Cut(b []byte) (message []byte, size int, problem error) {
	switch {
	case f.skipped > 0:
		n := min(f.skipped, uint64(len(b)))
		f.skipped -= n
		return nil, int(n), nil
	case len(b) < lengthBytes:
		return nil, 0, nil
	}
	length := uint64(binary.BigEndian.Uint32(b))
	switch {
	case length > uint64(f.max):
		f.skipped = length
		return nil, lengthBytes, Refusal("Adjusted frame length exceeds %d: %d - discarded", f.max, length)
	case uint64(len(b)) < lengthBytes+length:
		return nil, 0, nil
	}
	size = lengthBytes + int(length)
	return b[lengthBytes:size], size, nil
}
