package chunk

import (
	"encoding/binary"
	"fmt"
	"sort"

	"aion/storage/points"
)

// Doubles tells whether the points are doubles, none of them null.
func (c *Chunk) Doubles() bool { return c.class == classDoubles }

// AppendFloats decodes the values of page i of a chunk of doubles behind v, and
// leaves its times alone. On an error, an ErrCorrupt, v is as it was.
func (c *Chunk) AppendFloats(v []float64, i int) ([]float64, error) {
	old, n := len(v), c.pageLen(i)
	if !c.Doubles() {
		return v, fmt.Errorf("read doubles of a chunk of others: %w", points.ErrCorrupt)
	}
	v = lengthen(v, n)
	p := c.page(i)
	r := reader{data: c.data, at: p.values}
	r.doubles(v[old:], c.scratch[:n], p.end, c.by)
	if r.bad {
		return v[:old], fmt.Errorf("decode values of page %d of chunk: %w", i, points.ErrCorrupt)
	}
	return v, nil
}

// AppendTimes decodes the times of page i behind dst, and leaves its values alone.
// On an error, an ErrCorrupt, dst is as it was.
func (c *Chunk) AppendTimes(dst []int64, i int) ([]int64, error) {
	p, old := c.page(i), len(dst)
	dst = lengthen(dst, c.pageLen(i))
	r := reader{data: c.data, at: p.times}
	if r.times(dst[old:], p.values, p.first, c.slope); r.bad {
		return dst[:old], fmt.Errorf("decode times of page %d of chunk: %w", i, points.ErrCorrupt)
	}
	return dst, nil
}

// Below counts the points of page i whose times are below until, and tells the
// time of the first that is not, if there is one. The error is an ErrCorrupt.
func (c *Chunk) Below(i int, until int64) (n int, at int64, err error) {
	size := c.pageLen(i)
	if c.pageLast(i) < until {
		return size, 0, nil
	}
	p := c.page(i)
	r := reader{data: c.data, at: p.times}
	if n, at, ok := r.search(size, &p, c.slope, until); ok {
		return n, at, nil
	}
	times, err := c.AppendTimes(c.scratch[:0], i)
	if err != nil {
		return 0, 0, err
	}
	if n = sort.Search(size, func(i int) bool { return times[i] >= until }); n == size {
		return size, 0, nil
	}
	return n, times[n], nil
}

// Searchable tells whether Below need not decode the times of page i.
func (c *Chunk) Searchable(i int) bool {
	at := c.page(i).times
	return at+1 < len(c.data) && searchable(c.data[at], c.data[at+1])
}

// searchable tells by the first two bytes of a column of times whether each of
// them can be unpacked by itself.
func searchable(head, exceptions byte) bool {
	return head>>6 == modeFit && exceptions == 0 && int(head&0x3f) <= maxWidth
}

// search finds the first of a page's size times that is not below until. It
// unpacks only those that it looks at; not ok: that cannot be done with this
// column.
func (r *reader) search(size int, p *page, slope, until int64) (n int, at int64, ok bool) {
	head, exceptions := r.octet(), r.octet()
	base := r.varint()
	width := int(head & 0x3f)
	if r.bad || !searchable(head, exceptions) ||
		packedSize(size, width) > p.values-r.at || p.values+slack > len(r.data) {
		return 0, 0, false
	}
	data, mask, origin := r.data[r.at:], uint64(1)<<width-1, p.first+base
	time := func(i int) int64 {
		bit := uint(i * width)
		v := binary.LittleEndian.Uint64(data[bit>>3:]) >> (bit & 7) & mask
		return int64(v) + origin + int64(i)*slope>>slopeBits
	}
	from, to := 0, size
	for from < to {
		if half := int(uint(from+to) >> 1); time(half) < until {
			from = half + 1
		} else {
			to = half
		}
	}
	if from == size {
		return size, 0, true
	}
	return from, time(from), true
}
