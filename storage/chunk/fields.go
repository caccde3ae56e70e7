package chunk

import (
	"encoding/binary"
	"math/bits"
)

// A directory of columns tells each thing of all pages together, packed, so that a
// chunk is opened without reading what it tells of pages that nobody asks for, and
// many pages are summed up in a loop over few bytes.

// columnsFrom is from how many pages on a directory is one of columns. With fewer
// their heads would outweigh what they save.
const columnsFrom = 4

// field is one thing that the directory tells of each page: base plus a packed
// number. Any of them can be read by itself.
type field struct {
	at    int // where the numbers begin
	width uint
	mask  uint64
	base  int64
}

// of is the field of page i in the chunk data.
func (f *field) of(data []byte, i int) int64 {
	bit := uint(i) * f.width
	return f.base + int64(binary.LittleEndian.Uint64(data[f.at+int(bit>>3):])>>(bit&7)&f.mask)
}

// unpack fills v with the packed numbers from page i on, a multiple of eight, and
// answers it and what each is to be added to.
func (f *field) unpack(v []int64, data []byte, i int) ([]int64, int64) {
	unpack(v, data[f.at+i/8*int(f.width):], int(f.width))
	return v, f.base
}

// fields reads where fields of n pages each are: the width and the base of each,
// then the numbers of each. What they are read from has slack behind r's data.
func (r *reader) fields(to []field, n int) {
	for i := range to {
		width := uint(r.octet())
		if width > maxWidth && width != rawWidth {
			r.fail()
		}
		to[i] = field{width: width, mask: uint64(1)<<width - 1, base: r.varint()}
	}
	for i := range to {
		to[i].at = r.at
		r.take(packedSize(n, int(to[i].width)))
	}
}

// appendFields writes what fields reads. The numbers, which are signed, become their
// distances from the smallest.
func appendFields(dst []byte, fields [][]uint64) []byte {
	var widths [mostFields]int
	for k, v := range fields {
		low, width := spread(v)
		widths[k] = width
		dst = binary.AppendVarint(append(dst, byte(width)), low)
	}
	for k, v := range fields {
		dst = pack(dst, v, widths[k])
	}
	return dst
}

// spread makes numbers their distances from the smallest, taken for signed, and
// answers that and how many bits they take.
func spread(v []uint64) (low int64, width int) {
	low, all := int64(v[0]), uint64(0)
	for _, x := range v {
		low = min(low, int64(x))
	}
	for i := range v {
		v[i] -= uint64(low)
		all |= v[i]
	}
	if width = bits.Len64(all); width > maxWidth {
		width = rawWidth
	}
	return low, width
}

// room is room for fields of all pages.
func (e *encoder) room() (f [mostFields][]uint64) {
	n := len(e.pages)
	if e.fields == nil {
		e.fields = make([]uint64, mostFields*n)
	}
	for k := range f {
		f[k] = e.fields[k*n : (k+1)*n]
	}
	return f
}

// The fields of a directory of columns. Times are their distances from the line
// that starts at 0 and has the chunk's slope; ends of pages are those from the
// line that has the mean length of a page. Those of summaries are integers scaled
// by the chunk's power of ten, but for the last two.
const (
	fieldFirst  = iota // the first time
	fieldLast          // the last time
	fieldEnd           // where the page ends
	fieldTimes         // how long its times are; without values there is none
	placeFields        // so many of them there are

	fieldLow    = iota - placeFields - 1 // the smallest number
	fieldSpread                          // from there to the largest
	fieldHead                            // from there to the first
	fieldTail                            // from there to the last
	fieldTotal                           // the sum of all such distances
	fieldOff                             // from the double nearest to the sum's quotient to Sum, in units of the last place
	fieldAbs                             // SumAbs as bits, if a page has values of either sign
	sumFields                            // so many of them there are

	mostFields = max(placeFields, sumFields)
)

// readColumns reads what a directory of columns tells of the pages and of what lies
// behind them and before end.
func (c *Chunk) readColumns(r *reader, end int) {
	heap, expiries := uint64(0), uint64(0)
	if c.class == classTexts || c.class == classOpaque {
		heap = r.uvarint()
	}
	if c.Expiring() {
		expiries = r.uvarint()
	}
	c.expiries = end - int(min(expiries, uint64(end)))
	c.heapAt = c.expiries - int(min(heap, uint64(end)))
	c.step = r.uvarint()
	kept := placeFields
	if c.class == classNulls {
		kept = fieldTimes
	}
	r.fields(c.places[:kept], c.count)
	c.sumsAt, c.summed = r.at, false
	if r.bad || c.heapAt < headSize || c.pageEnd(c.count-1) != c.heapAt || c.flags&flagSummaries == 0 && r.left() != 0 {
		r.fail()
	}
}

// line is where the line through the times stands at point k.
func (c *Chunk) line(k int) int64 { return int64(k) * c.slope >> slopeBits }

// pageFirst is the time of the first point of page i.
func (c *Chunk) pageFirst(i int) int64 {
	if !c.columns {
		return c.pages[i].first
	}
	return c.line(i*PageSize) + c.places[fieldFirst].of(c.data, i)
}

// pageLast is the time of the last point of page i.
func (c *Chunk) pageLast(i int) int64 {
	if !c.columns {
		return c.pages[i].last
	}
	return c.line(min((i+1)*PageSize, c.n)-1) + c.places[fieldLast].of(c.data, i)
}

// pageEnd is where page i ends, by a directory of columns.
func (c *Chunk) pageEnd(i int) int {
	return headSize + int(uint64(i+1)*c.step>>stepBits) + int(c.places[fieldEnd].of(c.data, i))
}

// page is what the directory tells of page i, but perhaps for its last time.
func (c *Chunk) page(i int) (p page) {
	switch {
	case !c.columns:
		return c.pages[i]
	case c.found.next == i+1:
		return c.found.page
	}
	if p.end = headSize; i > 0 {
		p.end = c.pageEnd(i - 1)
	}
	c.turn(i, &p)
	c.found = found{i + 1, p}
	return p
}

// found is a page that was looked for: who reads a part of it looks several times.
type found struct {
	next int // the page behind it; 0: there is none
	page page
}

// turn makes p page i, from the one before, by a directory of columns. Where that
// cannot be, nothing can be read from the place that p then tells.
func (c *Chunk) turn(i int, p *page) {
	start, end := p.end, c.pageEnd(i)
	values := end
	if c.class != classNulls {
		values = start + int(c.places[fieldTimes].of(c.data, i))
	}
	if start < headSize || values < start || end < values || end > c.heapAt {
		start, values, end = len(c.data), len(c.data), 0
	}
	p.first, p.times, p.values, p.end = c.pageFirst(i), start, values, end
}

// stepBits is how many bits of the mean length of a page stand behind the point.
const stepBits = 16

// appendColumns writes the directory of columns behind the lengths of heap and
// expiries.
func (e *encoder) appendColumns(n int) {
	f, count := e.room(), len(e.pages)
	step := uint64(e.pages[count-1].end-headSize) << stepBits / uint64(count)
	for i := range e.pages {
		p := &e.pages[i]
		f[fieldFirst][i] = uint64(p.first - int64(i*PageSize)*e.slope>>slopeBits)
		f[fieldLast][i] = uint64(p.last - int64(min((i+1)*PageSize, n)-1)*e.slope>>slopeBits)
		f[fieldEnd][i] = uint64(p.end-headSize) - uint64(i+1)*step>>stepBits
		f[fieldTimes][i] = uint64(p.times)
	}
	kept := placeFields
	if e.class == classNulls {
		kept = fieldTimes
	}
	e.directory = appendFields(binary.AppendUvarint(e.directory, step), f[:kept])
}
