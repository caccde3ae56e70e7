package chunk

import "encoding/binary"

// minEntry is the fewest bytes that a page takes in the directory.
const minEntry = 2

// readDirectory reads what the directory tells. The pages' columns lie before
// end.
func (c *Chunk) readDirectory(r *reader, end int) {
	c.pages, c.n = c.pages[:0], 0
	n := r.uvarint()
	if c.class > classOpaque || n > uint64(r.left())/minEntry*PageSize {
		r.fail()
		return
	}
	c.n = int(n)
	c.readHead(r)
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

// sum reads the pages' summaries when they are first asked for. It answers
// false if there are none.
func (c *Chunk) sum() bool {
	if c.summed || c.flags&flagSummaries == 0 {
		return c.summed
	}
	r := reader{data: c.data[:len(c.data)-footSize], at: c.sumsAt}
	s := sums{power: c.power}
	for i := range c.pages {
		s.read(&r, &c.pages[i], c.pageLen(i))
	}
	if r.bad || r.left() != 0 {
		c.flags &^= flagSummaries
		return false
	}
	c.summed = true
	return true
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
	at, offset := int64(0), headSize
	for left := c.n; left > 0 && !r.bad; left -= PageSize {
		var p page
		if len(c.pages) == 0 {
			at = r.varint()
		} else {
			at += int64(r.uvarint())
		}
		p.first, p.times = at, offset
		at += int64(r.uvarint())
		p.last = at
		offset = advance(r, offset, end)
		p.values = offset
		if c.class != classNulls {
			offset = advance(r, offset, end)
		}
		p.end = offset
		c.pages = append(c.pages, p)
	}
	return offset
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

// appendEntry writes page i's times and the lengths of its columns, of which
// times and values tell the ends.
func (e *encoder) appendEntry(i, start, times, values int) {
	p := &e.pages[i]
	if i == 0 {
		e.directory = binary.AppendVarint(e.directory, p.first)
	} else {
		e.directory = binary.AppendUvarint(e.directory, uint64(p.first)-uint64(e.pages[i-1].last))
	}
	e.directory = binary.AppendUvarint(e.directory, uint64(p.last)-uint64(p.first))
	e.directory = binary.AppendUvarint(e.directory, uint64(times-start))
	if e.class != classNulls {
		e.directory = binary.AppendUvarint(e.directory, uint64(values-times))
	}
}
