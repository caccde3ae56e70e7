package chunk

import (
	"encoding/binary"
	"hash/crc32"

	"aion/storage/points"
)

// encoder holds a chunk on its way to bytes.
type encoder struct {
	doubles
	class, flags byte
	slope        int64
	power        float64
	whole        bool // all pages are scaled
	pages        []outline
	fields       []uint64
	directory    []byte
	summaries    []byte
	indexes      []int64 // texts and opaque values: which of the heap's each is
}

// Append encodes the points of b behind dst as one chunk. Times ascend
// strictly. The numbers of a block are of one stored type: all longs, all
// doubles, or all null; the first point tells which. expires is nil or tells
// when each point expires, in Unix milliseconds, 0 for never.
func Append(dst []byte, b *points.Block, expires []int64) []byte {
	e := encoder{class: classOf(b), power: 1, slope: slope(b.Times)}
	earliest := soonest(expires)
	if earliest != 0 {
		e.flags |= flagExpiring
	}
	k := 0
	if e.class == classDoubles {
		k = exponent(b.Floats)
		e.power = powers[k]
	}
	e.whole = true
	e.summarize(b, 0)
	e.appendHead(b.Len(), k, b.Type, earliest)
	start, version := len(dst), byte(versionRows)
	dst = e.appendPages(append(dst, 0, 0), start, b, 0)
	if earliest != 0 {
		dst = e.appendExpiries(dst, expires)
	}
	if len(e.pages) >= columnsFrom {
		version = versionColumns
		e.appendColumns(b.Len())
	}
	e.appendSummaries(version)
	return e.finish(dst, start, version)
}

// finish ends the chunk that begins there.
func (e *encoder) finish(dst []byte, start int, version byte) []byte {
	dst[start], dst[start+1] = version, e.class|e.flags
	dst = append(append(dst, e.directory...), e.summaries...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(e.directory)+len(e.summaries)))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// classOf is the class of b's points.
func classOf(b *points.Block) byte {
	switch {
	case b.Kind == points.Text:
		return classTexts
	case b.Kind == points.Opaque:
		return classOpaque
	case b.Len() != 0 && b.Null(0):
		return classNulls
	case b.Len() != 0 && b.Int(0):
		return classLongs
	}
	return classDoubles
}

// soonest is the earliest expiry, 0 if there is none.
func soonest(expires []int64) int64 {
	first := int64(0)
	for _, at := range expires {
		if at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// slope is the mean distance of two times, that of the straight line that fits
// best, as a fixed-point number of slopeBits. It is 0 where that is too much.
func slope(times []int64) int64 {
	if len(times) < 2 {
		return 0
	}
	middle, above, below := float64(len(times)-1)/2, 0.0, 0.0
	for i, at := range times {
		x := float64(i) - middle
		above += x * float64(at-times[0])
		below += x * x
	}
	s := above / below * (1 << slopeBits)
	if !(s >= 0 && s < 1<<56) {
		return 0
	}
	return int64(s)
}

// summarize fills in what the directory tells but for offsets of the pages from first
// on, the points of which are those of b.
func (e *encoder) summarize(b *points.Block, first int) {
	count := first + (b.Len()+PageSize-1)/PageSize
	e.pages = append(make([]outline, 0, count), e.pages...)[:count]
	e.directory = make([]byte, 0, 64+16*count)
	numbers := e.class == classDoubles || e.class == classLongs
	ok := numbers && count != 0
	for i := range e.pages[first:] {
		p, from, to := &e.pages[first+i], i*PageSize, min((i+1)*PageSize, b.Len())
		p.first, p.last = b.Times[from], b.Times[to-1]
		ok = ok && p.setSums(b.Floats[from:to])
	}
	if ok {
		e.flags |= flagSummaries
	}
}

// appendPages writes the columns of the pages from first on and, for texts and opaque
// values, the heap; and their entries. The chunk begins at start.
func (e *encoder) appendPages(dst []byte, start int, b *points.Block, first int) []byte {
	var h []byte
	switch e.class {
	case classTexts:
		h = appendHeap(nil, b.Texts, e.index(b.Len()))
	case classOpaque:
		h = appendHeap(nil, b.Bytes, e.index(b.Len()))
	}
	for i := range e.pages[first:] {
		p, from, to, begin := &e.pages[first+i], i*PageSize, min((i+1)*PageSize, b.Len()), len(dst)
		dst = e.appendTimes(dst, b.Times[from:to], e.slope)
		p.times = len(dst) - begin
		dst, p.whole = e.appendValues(dst, b, from, to)
		p.end = len(dst) - start
		if len(e.pages) < columnsFrom {
			e.appendEntry(first + i)
		}
		if p.whole && e.flags&flagSummaries != 0 {
			p.scaled = p.scaledOf(e.ints[:to-from], e.power)
		}
		e.whole = e.whole && p.whole
	}
	if e.class == classTexts || e.class == classOpaque {
		e.directory = binary.AppendUvarint(e.directory, uint64(len(h)))
	}
	return append(dst, h...)
}

// index is room for an index of each of n values.
func (e *encoder) index(n int) []int64 {
	e.indexes = make([]int64, n)
	return e.indexes
}

// appendValues writes the values of points [from, to). whole tells that e.ints
// holds all of them, scaled by e.power.
func (e *encoder) appendValues(dst []byte, b *points.Block, from, to int) (out []byte, whole bool) {
	switch e.class {
	case classNulls:
		return dst, false
	case classDoubles:
		return e.doubles.append(dst, b.Floats[from:to], e.power)
	case classLongs:
		copy(e.ints[:], b.Ints[from:to])
		return e.appendInts(dst, b.Ints[from:to]), true
	}
	return e.appendInts(dst, e.indexes[from:to]), false
}

// appendExpiries writes when the points expire, a page at a time.
func (e *encoder) appendExpiries(dst []byte, expires []int64) []byte {
	start := len(dst)
	for from := 0; from < len(expires); from += PageSize {
		dst = e.appendInts(dst, expires[from:min(from+PageSize, len(expires))])
	}
	e.directory = binary.AppendUvarint(e.directory, uint64(len(dst)-start))
	return dst
}
