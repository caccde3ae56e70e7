package chunk

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sort"

	"aion/storage/points"
)

// PageSize is how many points a page holds, but for a chunk's last one.
const PageSize = 128

// The versions of chunks, the first byte of each. They differ in their directories:
// rows tell all of one page and then of the next, columns one thing of all pages and
// then the next.
const (
	versionRows    = 1
	versionColumns = 2
)

// headSize and footSize are the lengths of a chunk's fixed parts: version and
// class in front, length of the directory and checksum at the end.
const (
	headSize = 2
	footSize = 8
)

// slopeBits is how many bits of the chunk's slope, the mean distance of two
// times, stand behind the point.
const slopeBits = 16

// The classes of points, in the lower bits of a chunk's second byte.
const (
	classNulls = iota
	classDoubles
	classLongs
	classTexts
	classOpaque
	classMask = 7
)

// The flags in the upper bits of a chunk's second byte.
const (
	flagSummaries = 0x08 // every page has a summary
	flagExpiring  = 0x10 // some points expire
	flagFields    = 0x20 // the summaries are fields
	flagMixed     = 0x40 // some page has values of either sign, and fields tell of that
)

// castagnoli is the polynomial of a chunk's checksum.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Chunk reads an encoded chunk. The zero value is ready to be opened; opening
// the same Chunk again and again allocates nothing. It serves one goroutine at
// a time.
type Chunk struct {
	data     []byte
	class    byte
	flags    byte
	n        int
	power    float64 // doubles: what decimals are scaled by
	by       divisor // the same
	slope    int64
	typeName []byte // opaque
	earliest int64
	expiries int // where they begin
	heapAt   int // where the values that texts and bytes are chosen from begin
	heap     heap
	count    int    // pages
	columns  bool   // the directory is one of columns, and pages and digests have nothing
	step     uint64 // with columns: the mean length of a page
	places   [placeFields]field
	sums     [sumFields]field
	pages    []page
	told     told  // what Page has told last
	found    found // the page that was looked for last
	sumsAt   int   // where the summaries begin
	summed   bool  // they are read
	digests  []digest
	plain    bool // some of them are
	scratch  [PageSize]int64
}

// Open reads the header and the directory of a chunk. It refers to data, which
// stays unchanged while c is in use. The error is an ErrCorrupt: another
// version, a wrong checksum, or a directory that cannot be.
func (c *Chunk) Open(data []byte) error {
	if len(data) >= headSize+footSize && known(data[0]) && crc32.Checksum(data[:len(data)-4], castagnoli) != Checksum(data) {
		return fmt.Errorf("verify checksum of chunk: %w", points.ErrCorrupt)
	}
	return c.OpenVetted(data)
}

// known tells whether this is the version of a chunk.
func known(version byte) bool { return version == versionRows || version == versionColumns }

// Checksum is the checksum that a chunk says it has; 0 for what is too short to
// say one.
func Checksum(data []byte) uint32 {
	if len(data) < headSize+footSize {
		return 0
	}
	return binary.LittleEndian.Uint32(data[len(data)-4:])
}

// OpenVetted is Open of a chunk that Open has opened before without an error, and
// that is known to be the same still: it does not compute the checksum.
func (c *Chunk) OpenVetted(data []byte) error {
	if len(data) < headSize+footSize || !known(data[0]) {
		return fmt.Errorf("open chunk of %d bytes: %w", len(data), points.ErrCorrupt)
	}
	size := uint64(binary.LittleEndian.Uint32(data[len(data)-footSize:]))
	if size > uint64(len(data)-headSize-footSize) {
		return fmt.Errorf("open chunk's directory of %d bytes: %w", size, points.ErrCorrupt)
	}
	c.data, c.class, c.flags = data, data[1]&classMask, data[1]&^classMask
	c.heap.open, c.columns = false, data[0] == versionColumns
	c.told.next, c.found.next = 0, 0
	r := reader{data: data[:len(data)-footSize], at: len(data) - footSize - int(size)}
	c.fetch(r.at, len(data))
	c.readDirectory(&r, r.at)
	if r.bad {
		c.pages, c.n, c.count = c.pages[:0], 0, 0
		return fmt.Errorf("parse chunk's directory: %w", points.ErrCorrupt)
	}
	return nil
}

// Len is the number of points.
func (c *Chunk) Len() int { return c.n }

// Kind is the kind of the points.
func (c *Chunk) Kind() points.Kind { return kindOf(c.class) }

// numbers tells whether the points are longs or doubles, of which alone there are
// summaries.
func (c *Chunk) numbers() bool { return c.class == classDoubles || c.class == classLongs }

// kindOf is the kind of the points of a class.
func kindOf(class byte) points.Kind {
	switch class {
	case classTexts:
		return points.Text
	case classOpaque:
		return points.Opaque
	}
	return points.Number
}

// First is the time of the first point, 0 if there is none.
func (c *Chunk) First() int64 {
	if c.count == 0 {
		return 0
	}
	return c.pageFirst(0)
}

// Last is the time of the last point, 0 if there is none.
func (c *Chunk) Last() int64 {
	if c.count == 0 {
		return 0
	}
	return c.pageLast(c.count - 1)
}

// Pages is the number of pages.
func (c *Chunk) Pages() int { return c.count }

// Page tells the times of the first and the last point of page i, and how many
// points it holds.
func (c *Chunk) Page(i int) (first, last int64, n int) {
	if c.told.next != i+1 {
		c.told = told{i + 1, c.pageFirst(i), c.pageLast(i)}
	}
	return c.told.first, c.told.last, c.pageLen(i)
}

// told is what Page told of a page: who reads page by page asks for each several times.
type told struct {
	next        int // the page behind it; 0: there is none
	first, last int64
}

// pageLen is how many points page i holds.
func (c *Chunk) pageLen(i int) int { return min(PageSize, c.n-i*PageSize) }

// PagesBelow counts the pages from page i on that end below until.
func (c *Chunk) PagesBelow(i int, until int64) int {
	if i >= c.count || c.pageLast(c.count-1) < until {
		return max(0, c.count-i)
	}
	return sort.Search(c.count-1-i, func(n int) bool { return c.pageLast(i+n) >= until })
}

// Expiring tells whether some point expires.
func (c *Chunk) Expiring() bool { return c.flags&flagExpiring != 0 }

// EarliestExpiry is when the first point expires, in Unix milliseconds; 0 if
// none does.
func (c *Chunk) EarliestExpiry() int64 { return c.earliest }
