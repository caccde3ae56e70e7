package chunk

import "encoding/binary"

// minEntry is the fewest bytes that a page takes in a directory of rows, and
// minPage those that its times take.
const (
	minEntry = 2
	minPage  = 3
)

// readDirectory reads what the directory tells. The pages' columns lie before
// end.
func (c *Chunk) readDirectory(r *reader, end int) {
	c.pages, c.n, c.count = c.pages[:0], 0, 0
	n, most := r.uvarint(), r.left()/minEntry
	if c.columns {
		most = (end - headSize) / minPage
	}
	if c.class > classOpaque || c.flags&flagSummaries != 0 && !c.numbers() || n > uint64(most)*PageSize || c.columns && n == 0 {
		r.fail()
		return
	}
	c.n = int(n)
	c.count = (c.n + PageSize - 1) / PageSize
	if c.readHead(r); c.columns {
		c.readColumns(r, end)
		return
	}
	offset := c.readPages(r, end)
	c.heapAt = offset
	if c.class == classTexts || c.class == classOpaque {
		offset = advance(r, offset, end)
	}
	if c.expiries = offset; c.Expiring() {
		offset = advance(r, offset, end)
	}
	c.sumsAt, c.summed = r.at, false
	if offset != end || c.flags&flagSummaries == 0 && r.left() != 0 {
		r.fail()
	}
}

// readHead reads what the directory tells of all pages together.
func (c *Chunk) readHead(r *reader) {
	c.power, c.typeName, c.earliest = 1, nil, 0
	switch c.class {
	case classDoubles:
		k := int(r.octet())
		if k >= len(powers) {
			r.fail()
			return
		}
		c.power = powers[k]
		if c.by.power != c.power {
			c.by = newDivisor(c.power)
		}
	case classOpaque:
		c.typeName = r.take(r.length())
	}
	if c.Expiring() {
		c.earliest = r.varint()
	}
	c.slope = int64(r.uvarint())
}

// readPages reads the entries of the pages and answers where the last one ends.
// The first page's time is a distance from 0, any other's from the time before.
func (c *Chunk) readPages(r *reader, end int) int {
	c.pages = lengthen(c.pages, c.count)
	at, offset, ok := int64(0), headSize, true
	for i := range c.pages {
		p := &c.pages[i]
		gap, length, times, values := r.entry(c.class != classNulls)
		if i == 0 {
			gap = uint64(zigzag(gap))
		}
		p.first = at + int64(gap)
		at = p.first + int64(length)
		p.last, p.times = at, offset
		offset, ok = past(offset, times, end, ok)
		p.values = offset
		offset, ok = past(offset, values, end, ok)
		p.end = offset
	}
	if !ok {
		r.fail()
	}
	return offset
}

// entry reads the entry of a page: how long after the last time its first one is,
// and after that its last one; the lengths of its columns. Only with values it has
// a second one.
func (r *reader) entry(withValues bool) (gap, length, times, values uint64) {
	if at := r.at; withValues && r.left() >= 3*3+briefBytes {
		gap, at = brief(r.data, at)
		length, at = brief(r.data, at)
		times, at = brief(r.data, at)
		values, at = brief(r.data, at)
		if (gap|length|times|values)&tooLong == 0 {
			r.at = at
			return gap, length, times, values
		}
	}
	gap, length, times = r.uvarint(), r.uvarint(), r.uvarint()
	if withValues {
		values = r.uvarint()
	}
	return gap, length, times, values
}

// past is where what begins at offset and has n bytes ends; ok stays true if that
// is not behind end.
func past(offset int, n uint64, end int, ok bool) (int, bool) {
	if n > uint64(end-offset) {
		return offset, false
	}
	return offset + int(n), ok
}

// advance reads the length of what begins at offset and answers where that
// ends, which is not behind end.
func advance(r *reader, offset, end int) int {
	n := r.uvarint()
	if n > uint64(end-offset) {
		r.fail()
		return offset
	}
	return offset + int(n)
}

// appendHead writes what readHead reads.
func (e *encoder) appendHead(n, exponent int, typeName string, earliest int64) {
	e.directory = binary.AppendUvarint(e.directory, uint64(n))
	switch e.class {
	case classDoubles:
		e.directory = append(e.directory, byte(exponent))
	case classOpaque:
		e.directory = binary.AppendUvarint(e.directory, uint64(len(typeName)))
		e.directory = append(e.directory, typeName...)
	}
	if e.flags&flagExpiring != 0 {
		e.directory = binary.AppendVarint(e.directory, earliest)
	}
	e.directory = binary.AppendUvarint(e.directory, uint64(e.slope))
}

// appendEntry writes page i's times and the lengths of its columns.
func (e *encoder) appendEntry(i int) {
	p, start := &e.pages[i], headSize
	if i > 0 {
		start = e.pages[i-1].end
	}
	if i == 0 {
		e.directory = binary.AppendVarint(e.directory, p.first)
	} else {
		e.directory = binary.AppendUvarint(e.directory, uint64(p.first)-uint64(e.pages[i-1].last))
	}
	e.directory = binary.AppendUvarint(e.directory, uint64(p.last)-uint64(p.first))
	e.directory = binary.AppendUvarint(e.directory, uint64(p.times))
	if e.class != classNulls {
		e.directory = binary.AppendUvarint(e.directory, uint64(p.end-start-p.times))
	}
}
