package spool

import (
	"encoding/binary"
	"fmt"
	"math"

	"aion/storage"
	"aion/storage/points"
)

// The shapes of a change's points.
const (
	shapeNone byte = iota
	shapeLongs
	shapeDoubles
	shapeMixed
	shapeTexts
	shapeOpaque
)

// What a mixed number is.
const (
	isDouble byte = iota
	isLong
	isNull
)

// appendChanges adds the changes of a batch to dst. What is added does not
// depend on what stands before it, so that batches can be joined.
func appendChanges(dst []byte, b *storage.Batch) []byte {
	var key, before []byte
	for i := range b.Changes {
		c := &b.Changes[i]
		key = c.Key.Append(key[:0])
		dst = appendKey(dst, before, key)
		key, before = before, key
		dst = binary.AppendVarint(dst, int64(c.TTL))
		dst = binary.AppendUvarint(dst, uint64(len(c.Remove)))
		dst = appendDistances(dst, c.Remove)
		dst = appendBlock(dst, &c.Points)
	}
	return dst
}

// appendKey adds what a key does not share with the one before it.
func appendKey(dst, before, key []byte) []byte {
	n := 0
	for n < len(before) && n < len(key) && before[n] == key[n] {
		n++
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = binary.AppendUvarint(dst, uint64(len(key)-n))
	return append(dst, key[n:]...)
}

// appendDistances adds integers, each as the distance from the one before.
func appendDistances(dst []byte, numbers []int64) []byte {
	last := int64(0)
	for _, n := range numbers {
		dst = binary.AppendVarint(dst, n-last)
		last = n
	}
	return dst
}

// shapeOf is the shape in which a block is encoded.
func shapeOf(b *points.Block) byte {
	switch {
	case b.Len() == 0:
		return shapeNone
	case b.Kind == points.Text:
		return shapeTexts
	case b.Kind == points.Opaque:
		return shapeOpaque
	}
	longs := 0
	for i := range b.Times {
		switch {
		case b.Null(i):
			return shapeMixed
		case b.Int(i):
			longs++
		}
	}
	switch longs {
	case 0:
		return shapeDoubles
	case b.Len():
		return shapeLongs
	}
	return shapeMixed
}

// appendBlock adds the points of a block whose columns have their lengths.
func appendBlock(dst []byte, b *points.Block) []byte {
	shape := shapeOf(b)
	dst = append(dst, shape)
	if shape == shapeNone {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(b.Len()))
	dst = appendDistances(dst, b.Times)
	switch shape {
	case shapeLongs:
		return appendDistances(dst, b.Ints)
	case shapeDoubles:
		for _, v := range b.Floats {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	case shapeMixed:
		return appendMixed(dst, b)
	case shapeTexts:
		for _, v := range b.Texts {
			dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
		}
	case shapeOpaque:
		dst = append(binary.AppendUvarint(dst, uint64(len(b.Type))), b.Type...)
		for _, v := range b.Bytes {
			dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
		}
	}
	return dst
}

// appendMixed adds numbers of which each may be something else.
func appendMixed(dst []byte, b *points.Block) []byte {
	for i := range b.Times {
		switch {
		case b.Null(i):
			dst = append(dst, isNull)
		case b.Int(i):
			dst = binary.AppendVarint(append(dst, isLong), b.Ints[i])
		default:
			dst = binary.LittleEndian.AppendUint64(append(dst, isDouble), math.Float64bits(b.Floats[i]))
		}
	}
	return dst
}

// sound tells whether the points of every change are of the kind of its series,
// which is not too long for any store, and their columns have the lengths that
// encoding relies on.
func sound(b *storage.Batch) error {
	for i := range b.Changes {
		c := &b.Changes[i]
		if n := c.Points.Len(); n != 0 && c.Points.Kind != c.Key.Kind() {
			return points.Invalid("change %d: the points are not of the kind of %s", i, c.Key)
		} else if n != 0 && !columns(&c.Points, n) {
			return points.Invalid("change %d: the points of %s are not whole", i, c.Key)
		}
		if err := c.Key.CheckSize(); err != nil {
			return fmt.Errorf("change %d: %w", i, err)
		}
	}
	return nil
}

// columns tells whether the columns in use have n values, or none where they
// need not.
func columns(b *points.Block, n int) bool {
	fits := func(length int) bool { return length == n || length == 0 }
	switch b.Kind {
	case points.Number:
		return len(b.Floats) == n && fits(len(b.Ints)) && fits(len(b.IsInt)) && fits(len(b.Nulls))
	case points.Text:
		return len(b.Texts) == n
	}
	return len(b.Bytes) == n
}
