package codec

import (
	"bytes"
	"encoding/binary"
	"slices"

	"aion/storage/points"
)

// ordered is t in the order of stored tags, by UTF-16 code unit of the name: t
// itself where that is its order.
func ordered(t points.Tags) points.Tags {
	for i := 1; i < len(t); i++ {
		if points.CompareUTF16(t[i-1].Name, t[i].Name) > 0 {
			t = slices.Clone(t)
			slices.SortStableFunc(t, func(a, b points.Tag) int { return points.CompareUTF16(a.Name, b.Name) })
			break
		}
	}
	return t
}

// sorted puts tags that were read into the order that points.Tags promises. A
// name that is there twice is damage.
func sorted(t points.Tags) (points.Tags, error) {
	for i := 1; i < len(t); i++ {
		if t[i-1].Name >= t[i].Name {
			t.Sort()
			break
		}
	}
	for i := 1; i < len(t); i++ {
		if t[i-1].Name == t[i].Name {
			return nil, corrupt("the tag %.80q is there twice", t[i].Name)
		}
	}
	return t, nil
}

// AppendTags adds t as a frozen map in the form of protocol version 3 and later,
// in KairosDB's order. Cassandra before 4.1 keeps that order and takes another
// one for another key; later ones sort by byte.
func AppendTags(dst []byte, t points.Tags) []byte {
	t = ordered(t)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(t)))
	for i := range t {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(t[i].Name)))
		dst = append(dst, t[i].Name...)
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(t[i].Value)))
		dst = append(dst, t[i].Value...)
	}
	return dst
}

// ParseTags reads a frozen map in any order of its entries. The tags share no
// memory with b. Errors are points.ErrCorrupt.
func ParseTags(b []byte) (points.Tags, error) {
	if len(b) < 4 {
		return nil, corrupt("a map of tags has %d bytes", len(b))
	}
	n, rest := binary.BigEndian.Uint32(b), b[4:]
	if uint64(n) > uint64(len(rest)/8) {
		return nil, corrupt("a map of %d tags has %d bytes", n, len(b))
	}
	text := string(rest)
	t := make(points.Tags, n)
	for i := range t {
		var ok bool
		if t[i].Name, text, ok = cutPart(text); ok {
			t[i].Value, text, ok = cutPart(text)
		}
		if !ok {
			return nil, corrupt("a map of %d tags ends within tag %d", n, i)
		}
	}
	if text != "" {
		return nil, corrupt("a map of %d tags has %d bytes too many", n, len(text))
	}
	return sorted(t)
}

// cutPart reads a part of a map behind its length.
func cutPart[T string | []byte](s T) (part, rest T, ok bool) {
	if len(s) < 4 {
		return part, rest, false
	}
	n := uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3])
	if s = s[4:]; uint64(n) > uint64(len(s)) {
		return part, rest, false
	}
	return s[:n], s[n:], true
}

// CompareTags is the order in which Cassandra keeps maps of tags: entry by
// entry as they are stored, name before value, as unsigned bytes, and a map
// before those that it begins. Bytes that are no map are compared as they are.
func CompareTags(a, b []byte) int {
	if len(a) < 4 || len(b) < 4 {
		return bytes.Compare(a, b)
	}
	order := bytes.Compare(a[:4], b[:4])
	for a, b = a[4:], b[4:]; len(a) != 0 && len(b) != 0; {
		x, restA, okA := cutPart(a)
		y, restB, okB := cutPart(b)
		if !okA || !okB {
			return bytes.Compare(a, b)
		}
		if c := bytes.Compare(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return order
}
