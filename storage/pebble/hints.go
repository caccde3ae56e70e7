package pebble

import "aion/storage"

// hints tells by marks which numbers series may have. Whoever asks compares the mark
// with that on the series' card page, so that a hint that is wrong, or that is lost,
// does no harm. The zero value is empty.
type hints struct {
	parts [1 << 8][]uint64 // by the first bits of the mark, so that none takes long to grow: buckets
}

// A hint is a number and, above it, some bits of the mark, 0 where there is none. A
// bucket of them is a cache line. A part has a power of two of them, most of it at
// most: enough together for twice as many series as are known.
const (
	hintBits   = 40
	bucketSize = 8
	partMost   = 2 * knownSeries / 256
)

// hint is the hint of a mark.
func hint(m digest, number uint64) uint64 { return m[1]>>hintBits<<hintBits | number }

// bucket is where the hint of a mark is; nil: there is none.
func (h *hints) bucket(m digest) []uint64 {
	part := h.parts[m[0]>>56]
	if len(part) == 0 {
		return nil
	}
	at := int(m[0]) & (len(part) - 1) &^ (bucketSize - 1)
	return part[at : at+bucketSize]
}

// fetch brings the hints of marks near the processor. The sum of what was seen keeps
// the compiler from leaving it out.
//
//go:noinline
func (h *hints) fetch(marks []storage.Mark) (sum uint64) {
	for _, m := range marks {
		if b := h.bucket(digest(m)); b != nil {
			sum += b[0]
		}
	}
	return sum
}

// add adds a hint. c has the marks of all hints that are right.
func (h *hints) add(c *cards, m digest, number uint64) {
	if len(h.parts[m[0]>>56]) == 0 {
		h.parts[m[0]>>56] = make([]uint64, bucketSize)
	}
	for !h.put(m, number) {
		if !h.grow(c, int(m[0]>>56)) {
			h.bucket(m)[m[1]%bucketSize] = hint(m, number)
			return
		}
	}
}

// put adds a hint where there is room for it, or tells that there is none.
func (h *hints) put(m digest, number uint64) bool {
	b, x := h.bucket(m), hint(m, number)
	for i := range b {
		if b[i] == 0 || b[i] == x {
			b[i] = x
			return true
		}
	}
	return false
}

// grow makes a part larger, unless it is as large as it may be, and leaves hints out
// that are wrong.
func (h *hints) grow(c *cards, part int) bool {
	was := h.parts[part]
	if len(was) >= partMost {
		return false
	}
	h.parts[part] = make([]uint64, 2*len(was))
	for _, x := range was {
		number := x & cardNumber
		if m := c.mark(number); m != (digest{}) && hint(m, number) == x && int(m[0]>>56) == part {
			h.put(m, number)
		}
	}
	return true
}
