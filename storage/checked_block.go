package storage

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"aion/storage/points"
)

// changeProblem says what is wrong with a change, or nothing.
func changeProblem(c *Change) string {
	if !c.Key.Tags.Sorted() {
		return "the tags are not sorted"
	}
	if c.Points.Len() == 0 {
		return ""
	}
	for i, v := range c.Points.Floats {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprintf("point %d is %v", i, v)
		}
	}
	return BlockProblem(&c.Key, &c.Points)
}

// recalledProblem says what is wrong with the recalled numbers of a batch for a store,
// or nothing. A store that is no Recaller would leave them out without a word.
func recalledProblem(b *Batch, s Store) string {
	for i := range b.Recalled {
		r := &b.Recalled[i]
		v := math.Float64frombits(r.Bits)
		switch {
		case r.Ref == 0:
			return fmt.Sprintf("number %d is of no series", i)
		case !r.Long && (math.IsNaN(v) || math.IsInf(v, 0)):
			return fmt.Sprintf("number %d is %v", i, v)
		case int(r.Turn) > len(b.Changes) || i > 0 && r.Turn < b.Recalled[i-1].Turn:
			return fmt.Sprintf("number %d is before change %d of %d", i, r.Turn, len(b.Changes))
		}
	}
	if _, ok := s.(Recaller); len(b.Recalled) != 0 && !ok {
		return "the store recalls no series"
	}
	return ""
}

// BlockProblem says what is wrong with a block of the series of that key, its
// order aside, or nothing.
func BlockProblem(k *points.Key, b *points.Block) string {
	if b.Kind != k.Kind() {
		return fmt.Sprintf("a block of kind %d", b.Kind)
	}
	if b.Kind == points.Opaque && b.Type != k.Type {
		return fmt.Sprintf("a block of type %q", b.Type)
	}
	if p := columnProblem(b); p != "" {
		return p
	}
	if b.Kind == points.Number {
		return numberProblem(k.Type, b)
	}
	return ""
}

// columnProblem says which column has a length that it must not have.
func columnProblem(b *points.Block) string {
	number, n := b.Kind == points.Number, b.Len()
	columns := []struct {
		name     string
		len      int
		used     bool
		optional bool
	}{
		{"floats", len(b.Floats), number, false},
		{"integers", len(b.Ints), number, true},
		{"integer flags", len(b.IsInt), number && len(b.Ints) != 0, true},
		{"nulls", len(b.Nulls), number, true},
		{"texts", len(b.Texts), b.Kind == points.Text, false},
		{"opaque values", len(b.Bytes), b.Kind == points.Opaque, false},
	}
	for _, c := range columns {
		if c.len == n && c.used || c.len == 0 && (!c.used || c.optional) {
			continue
		}
		return fmt.Sprintf("%d times and %d %s", n, c.len, c.name)
	}
	return ""
}

// numberProblem says which number is not one of the stored type, or not the
// same in two columns.
func numberProblem(stored string, b *points.Block) string {
	for i, v := range b.Floats {
		isInt, null := b.Int(i), b.Null(i)
		switch {
		case isInt && v != float64(b.Ints[i]):
			return fmt.Sprintf("point %d is %d and %v", i, b.Ints[i], v)
		case null && (v != 0 || isInt):
			return fmt.Sprintf("point %d is null and %v", i, v)
		case stored == points.TypeLong && !isInt,
			stored == points.TypeDouble && (isInt || null),
			stored == points.TypeNull && !null:
			return fmt.Sprintf("point %d, %v, is no %s", i, v, stored)
		}
	}
	return ""
}

// junk is what overwritten memory holds.
const junk = 0x5c5c5c5c5c5c5c

// scribble overwrites all memory of b's columns. Texts themselves and the bytes
// of opaque values may belong to the driver and stay.
func scribble(b *points.Block) {
	b.Type = "overwritten"
	fill(b.Times, junk)
	fill(b.Floats, math.NaN())
	fill(b.Ints, junk)
	fill(b.IsInt, true)
	fill(b.Nulls, true)
	fill(b.Texts, "overwritten")
	fill(b.Bytes, []byte("overwritten"))
}

// fill overwrites s up to its capacity.
func fill[T any](s []T, v T) {
	s = s[:cap(s)]
	for i := range s {
		s[i] = v
	}
}

// copyBatch is a batch that shares no memory with b but texts.
func copyBatch(b *Batch) *Batch {
	out := &Batch{Changes: slices.Clone(b.Changes), Recalled: slices.Clone(b.Recalled), size: b.size}
	for i := range out.Changes {
		c := &out.Changes[i]
		c.Key.Tags = slices.Clone(c.Key.Tags)
		c.Remove = slices.Clone(c.Remove)
		p := &c.Points
		p.Times, p.Floats, p.Ints = slices.Clone(p.Times), slices.Clone(p.Floats), slices.Clone(p.Ints)
		p.IsInt, p.Nulls = slices.Clone(p.IsInt), slices.Clone(p.Nulls)
		p.Texts, p.Bytes = slices.Clone(p.Texts), slices.Clone(p.Bytes)
		for j := range p.Bytes {
			p.Bytes[j] = bytes.Clone(p.Bytes[j])
		}
	}
	return out
}

// scribbleBatch overwrites all memory of b but texts.
func scribbleBatch(b *Batch) {
	for i := range b.Changes {
		c := &b.Changes[i]
		fill(c.Key.Tags, points.Tag{Name: "overwritten", Value: "overwritten"})
		fill(c.Remove, junk)
		for _, v := range c.Points.Bytes {
			fill(v, 0x5c)
		}
		scribble(&c.Points)
	}
	clear(b.Changes)
	fill(b.Recalled, Recalled{Ref: ^Ref(0), At: junk})
}
