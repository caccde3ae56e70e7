package posting

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"aion/storage/points"
)

// Set is a set of the numbers of series.
type Set = roaring64.Bitmap

// A posting is stored as what was added to it and what was taken away, in one
// of two forms: few numbers as varints, many as a bitmap.
const (
	formFew = iota
	formMany
)

// Few is up to how many numbers are stored as varints.
const Few = 64

// AppendDelta encodes a change to a posting.
func AppendDelta(dst []byte, added, removed *Set) ([]byte, error) {
	for _, s := range []*Set{added, removed} {
		n := s.GetCardinality()
		if n <= Few {
			dst = binary.AppendUvarint(append(dst, formFew), n)
			last := uint64(0)
			for it := s.Iterator(); it.HasNext(); {
				v := it.Next()
				dst, last = binary.AppendUvarint(dst, v-last), v
			}
			continue
		}
		s.RunOptimize()
		b, err := s.ToBytes()
		if err != nil {
			return dst, fmt.Errorf("encode posting: %w", err)
		}
		dst = binary.AppendUvarint(append(dst, formMany), uint64(len(b)))
		dst = append(dst, b...)
	}
	return dst, nil
}

// ParseDelta reads a change to a posting into sets.
func ParseDelta(b []byte, added, removed *Set) error {
	for _, s := range []*Set{added, removed} {
		rest, ok := parseSet(b, s)
		if !ok {
			return fmt.Errorf("parse posting: %w", points.ErrCorrupt)
		}
		b = rest
	}
	if len(b) != 0 {
		return fmt.Errorf("parse posting: %d bytes too many: %w", len(b), points.ErrCorrupt)
	}
	return nil
}

// parseSet adds the numbers at the front of b to s.
func parseSet(b []byte, s *Set) (rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	form, b := b[0], b[1:]
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, false
	}
	b = b[size:]
	switch form {
	case formFew:
		return parseFew(b, n, s)
	case formMany:
		return b[n:], parseMany(b[:n], s)
	}
	return nil, false
}

// parseFew adds n numbers that are varints to s.
func parseFew(b []byte, n uint64, s *Set) (rest []byte, ok bool) {
	last := uint64(0)
	for range n {
		d, size := binary.Uvarint(b)
		if size <= 0 {
			return nil, false
		}
		last, b = last+d, b[size:]
		s.Add(last)
	}
	return b, true
}

// parseMany adds the numbers of a bitmap to s.
func parseMany(b []byte, s *Set) bool {
	// The bitmap begins with how many parts it has, of 12 bytes at least.
	if len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)/12) {
		return false
	}
	var m Set
	if read, err := m.ReadFrom(bytes.NewReader(b)); err != nil || read != int64(len(b)) || m.Validate() != nil {
		return false
	}
	if s.IsEmpty() {
		*s = m
	} else {
		s.Or(&m)
	}
	return true
}

// AppendAdded encodes that numbers, which ascend, have been added.
func AppendAdded(dst []byte, numbers []uint64) ([]byte, error) {
	if len(numbers) > Few {
		var added, removed Set
		if neighbours(numbers) { // as the new series of a batch are
			added.AddRange(numbers[0], numbers[len(numbers)-1]+1)
		} else {
			added.AddMany(numbers)
		}
		return AppendDelta(dst, &added, &removed)
	}
	dst = binary.AppendUvarint(append(dst, formFew), uint64(len(numbers)))
	last := uint64(0)
	for _, v := range numbers {
		dst, last = binary.AppendUvarint(dst, v-last), v
	}
	return append(dst, formFew, 0), nil
}

// neighbours tells whether each of the numbers is the one behind that before it.
func neighbours(numbers []uint64) bool {
	for i := 1; i < len(numbers); i++ {
		if numbers[i] != numbers[i-1]+1 {
			return false
		}
	}
	return true
}

// Parse reads the value of a posting.
func Parse(v []byte) (*Set, error) {
	var members, removed Set
	if err := ParseDelta(v, &members, &removed); err != nil {
		return nil, err
	}
	return &members, nil
}
