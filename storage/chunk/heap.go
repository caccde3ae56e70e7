package chunk

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/s2"

	"aion/storage/points"
)

// The forms of a heap: the lengths of its values, then the values.
const (
	heapPlain = 0
	heapS2    = 1 // both compressed as a block of S2
)

// maxHeap is the largest heap that is compressed, so that a reader knows what
// it may be asked to allocate.
const maxHeap = 64 << 20

// appendHeap writes each distinct value once, in the order in which they first
// come, and sets indexes to the place of every value among them.
func appendHeap[T string | []byte](dst []byte, values []T, indexes []int64) []byte {
	known := make(map[string]int64)
	var lengths, bodies []byte
	for i, v := range values {
		at, ok := known[string(v)]
		if !ok {
			at = int64(len(known))
			known[string(v)] = at
			lengths = binary.AppendUvarint(lengths, uint64(len(v)))
			bodies = append(bodies, v...)
		}
		indexes[i] = at
	}
	dst = binary.AppendUvarint(dst, uint64(len(known)))
	plain := append(lengths, bodies...)
	if len(plain) > maxHeap {
		return append(append(dst, heapPlain), plain...)
	}
	packed := s2.EncodeBetter(nil, plain)
	if len(packed) >= len(plain)-len(plain)/8 {
		return append(append(dst, heapPlain), plain...)
	}
	return append(append(dst, heapS2), packed...)
}

// heap is the distinct values of a chunk of texts or opaque values.
type heap struct {
	open   bool
	ends   []int // of each value in bytes or text
	bytes  []byte
	text   string
	buffer []byte
}

// read reads a heap. Its values are copies that nobody changes.
func (h *heap) read(data []byte, texts bool) error {
	r := reader{data: data}
	n, form := r.uvarint(), r.octet()
	rest := r.take(r.left())
	switch form {
	case heapPlain:
	case heapS2:
		size, err := s2.DecodedLen(rest)
		if err != nil || size > maxHeap {
			return fmt.Errorf("open heap of %d bytes: %w", size, points.ErrCorrupt)
		}
		if h.buffer, err = s2.Decode(h.buffer[:cap(h.buffer)], rest); err != nil {
			return fmt.Errorf("decompress heap: %w: %w", points.ErrCorrupt, err)
		}
		rest = h.buffer
	default:
		r.fail()
	}
	if n > uint64(len(rest)) {
		r.fail()
	}
	if r.bad {
		return r.err("heap")
	}
	return h.readValues(rest, int(n), texts)
}

// readValues reads n lengths and the values behind them.
func (h *heap) readValues(data []byte, n int, texts bool) error {
	r := reader{data: data}
	h.ends = h.ends[:0]
	end := 0
	for range n {
		end += r.length()
		h.ends = append(h.ends, end)
	}
	if end != r.left() {
		r.fail()
	}
	if err := r.err("heap"); err != nil {
		return err
	}
	h.bytes, h.text = nil, ""
	if texts {
		h.text = string(data[r.at:])
	} else {
		h.bytes = append([]byte{}, data[r.at:]...)
	}
	h.open = true
	return nil
}

// span tells where value i lies.
func (h *heap) span(i int64) (from, to int) {
	if i > 0 {
		from = h.ends[i-1]
	}
	return from, h.ends[i]
}
