package chunk

import (
	"fmt"
	"slices"

	"aion/storage/points"
)

// AppendPages decodes the pages [from, to) behind the points of b, whose kind
// is that of the chunk unless it is empty. On an error, an ErrCorrupt, b has
// the points it had.
func (c *Chunk) AppendPages(b *points.Block, from, to int) error {
	if from >= to {
		return nil
	}
	if b.Len() == 0 {
		b.Reset(c.Kind())
		b.Type = string(c.typeName)
	}
	if b.Kind != c.Kind() {
		return fmt.Errorf("append pages of kind %d to a block of kind %d: %w", c.Kind(), b.Kind, points.ErrCorrupt)
	}
	if !c.fits(b) {
		var own points.Block
		if err := c.AppendPages(&own, from, to); err != nil {
			return err
		}
		b.AppendBlock(&own)
		return nil
	}
	old := b.Len()
	n := min(to*PageSize, c.n) - from*PageSize
	c.grow(b, n)
	if err := c.decode(b, old, from, to); err != nil {
		truncate(b, old)
		return err
	}
	return nil
}

// fits tells whether the optional columns of b are as those of the chunk, so
// that pages can be decoded into them.
func (c *Chunk) fits(b *points.Block) bool {
	if b.Len() == 0 || b.Kind != points.Number {
		return true
	}
	switch c.class {
	case classLongs:
		return len(b.Ints) == b.Len() && len(b.IsInt) == 0 && len(b.Nulls) == 0
	case classDoubles:
		return len(b.Ints) == 0 && len(b.Nulls) == 0
	}
	return len(b.Ints) == 0 && len(b.Nulls) == b.Len()
}

// grow lengthens b's columns by n points.
func (c *Chunk) grow(b *points.Block, n int) {
	b.Times = lengthen(b.Times, n)
	switch c.class {
	case classTexts:
		b.Texts = lengthen(b.Texts, n)
		return
	case classOpaque:
		b.Bytes = lengthen(b.Bytes, n)
		return
	case classLongs:
		b.Ints = lengthen(b.Ints, n)
	case classNulls:
		b.Nulls = lengthen(b.Nulls, n)
	}
	b.Floats = lengthen(b.Floats, n)
}

// lengthen is s with n more elements of any value.
func lengthen[T any](s []T, n int) []T { return slices.Grow(s, n)[:len(s)+n] }

// truncate takes from b all points behind the first n.
func truncate(b *points.Block, n int) {
	b.Times = b.Times[:n]
	b.Floats = b.Floats[:min(n, len(b.Floats))]
	b.Ints = b.Ints[:min(n, len(b.Ints))]
	b.IsInt = b.IsInt[:min(n, len(b.IsInt))]
	b.Nulls = b.Nulls[:min(n, len(b.Nulls))]
	b.Texts = b.Texts[:min(n, len(b.Texts))]
	b.Bytes = b.Bytes[:min(n, len(b.Bytes))]
}

// decode fills b's points from the one at on with those of pages [from, to).
func (c *Chunk) decode(b *points.Block, at, from, to int) error {
	r, p := reader{data: c.data}, c.page(from)
	for i := from; i < to; i++ {
		n := c.pageLen(i)
		switch {
		case i == from:
		case c.columns:
			c.turn(i, &p)
		default:
			p = c.pages[i]
		}
		r.at = p.times
		r.times(b.Times[at:at+n], p.values, p.first, c.slope)
		r.at = p.values
		switch c.class {
		case classNulls:
			clear(b.Floats[at : at+n])
			fill(b.Nulls[at : at+n])
		case classDoubles:
			r.doubles(b.Floats[at:at+n], c.scratch[:n], p.end, c.by)
		case classLongs:
			r.ints(b.Ints[at:at+n], p.end)
			floats(b.Floats[at:at+n], b.Ints[at:at+n])
		default:
			r.ints(c.scratch[:n], p.end)
			if err := c.choose(b, at, c.scratch[:n]); err != nil {
				return err
			}
		}
		if r.bad {
			return fmt.Errorf("decode page %d of chunk: %w", i, points.ErrCorrupt)
		}
		at += n
	}
	return nil
}

// fill sets all of s.
func fill(s []bool) {
	for i := range s {
		s[i] = true
	}
}

// floats sets v to the doubles nearest to the integers n.
func floats(v []float64, n []int64) {
	v = v[:len(n)]
	for i, x := range n {
		v[i] = float64(x)
	}
}

// choose sets b's texts or bytes, from the one at on, to the heap's values of
// these indexes.
func (c *Chunk) choose(b *points.Block, at int, indexes []int64) error {
	if !c.heap.open {
		if err := c.heap.read(c.data[c.heapAt:c.expiries], c.class == classTexts); err != nil {
			return err
		}
	}
	for i, x := range indexes {
		if uint64(x) >= uint64(len(c.heap.ends)) {
			return fmt.Errorf("choose value %d of %d: %w", x, len(c.heap.ends), points.ErrCorrupt)
		}
		from, to := c.heap.span(x)
		if c.class == classTexts {
			b.Texts[at+i] = c.heap.text[from:to]
		} else {
			b.Bytes[at+i] = c.heap.bytes[from:to:to]
		}
	}
	return nil
}

// AppendExpiries decodes when each point expires, 0 for never, behind dst. The
// error is an ErrCorrupt.
func (c *Chunk) AppendExpiries(dst []int64) ([]int64, error) {
	old := len(dst)
	dst = lengthen(dst, c.n)
	if !c.Expiring() {
		clear(dst[old:])
		return dst, nil
	}
	r := reader{data: c.data, at: c.expiries}
	end := len(c.data) - footSize
	for from := old; from < len(dst); from += PageSize {
		r.ints(dst[from:min(from+PageSize, len(dst))], end)
	}
	if r.bad {
		return dst[:old], fmt.Errorf("decode expiries of chunk: %w", points.ErrCorrupt)
	}
	return dst, nil
}
