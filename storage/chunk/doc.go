// Package chunk is the stored form of a run of points of one series: compressed
// columns of times and values in pages, with a summary of each page and of the
// whole. It is pure: bytes in, bytes out. What is read equals what was written
// to the bit, NaN payloads and minus zero included; damaged bytes are answered
// by points.ErrCorrupt, never by a panic.
//
// # Chunks
//
// testdata/dump shows whole chunks of version 1 byte by byte. Varints are those of
// encoding/binary, signed ones in zigzag; fixed-width numbers begin with their
// lowest byte.
//
//	version   1 byte
//	class     1 byte: nulls, doubles, longs, texts or opaque, and the flags
//	pages     of each 128 points: the column of times, the column of values
//	heap      texts and opaque values: each distinct value once
//	expiries  if points expire: a column of integers for each page
//	directory points, exponent or type, earliest expiry, slope; the pages; the
//	          summaries
//	footer    4 bytes the directory's length, 4 bytes CRC-32C of all before
//
// A column of integers is one of
//
//	offsets    v[i] - base
//	deltas     v[i] - v[i-1] - base, where v[0] is written behind the column
//	distances  v[i] - (v[0] + i*slope) - base, for times
//
// whichever is shortest. What remains is never negative as an unsigned number,
// arithmetic wraps, and all of a column's numbers are packed in the same number
// of bits, the first in the lowest bits of the first byte. Up to an eighth of
// them may be exceptions: their upper bits follow with their positions. The
// times of a page begin with the time that the directory tells.
//
// Doubles are integers divided by a power of ten, one for the chunk, where that
// gives them back to the bit; a page's few others follow it as they are. Pages
// for which that does not pay hold the bits of their doubles, shifted right by
// the zeros that all of them end with. Texts and opaque values are indexes into
// the heap, in the order in which values first come, so that a column of all
// different ones takes no bits.
//
// A summary is kept as scaled integers where its page is, and its Sum as the
// distance in units of the last place from the quotient of the integers' sum,
// so that it is the very double that adding in time order gives.
//
// # Directories
//
// A chunk of few pages, version 1, has a directory of rows. It tells of each page
// the distance of its first time from the last one before, that of its last time
// from its first, and the lengths of its columns; then the lengths of heap and
// expiries; then one summary after the other.
//
// That of more pages, version 2, is one of columns: the lengths of heap and
// expiries, the mean length of a page in units of 2^-16 bytes, and fields. A field
// is one thing of all pages: a base and, packed, each page's distance from it, so
// that any of them can be read by itself. Of all fields come the widths, a byte
// each, with the bases, signed, and then the numbers of each, beginning with a byte.
// They are the first times and the last ones, as distances from the line through 0
// that has the chunk's slope; the ends of the pages, as distances from those of
// pages of the mean length; and the lengths of the columns of times, where there
// are values. If all summaries are scaled they are fields in the same manner: the
// smallest number; how far the largest, the first and the last lie above it, and all
// of them together; the distance of Sum; and, if some page has values of either
// sign, the sum of the absolutes as bits. Other summaries follow one after the
// other, as in version 1.
//
// # Runs
//
// A run is a few points as they arrived: version and class, count, type of
// opaque values, times as differences, values one by one (doubles as they are,
// longs as differences, texts and bytes behind their lengths), expiries as
// differences. It has no checksum; engines keep runs in records that have one.
//
// # Runs in columns
//
// Runs of up to 64 series that are kept together can stand in columns. Those that do
// not are told by whoever keeps them. Columns are parts, each of all runs of one kind:
// longs, decimals or other doubles, expiring or not.
//
//	head      1 byte: the kind; whether points expire, whether some run has
//	          several points, whether other runs are left for later parts
//	length    2 bytes: of all from scale on
//	mask      8 bytes, if other runs are left: by bits, which ones the part has
//	scale     1 byte: of decimals the power of ten; of other doubles by how many
//	          bits they are shifted right, which all of them end with as zeros
//	fields    width and base of each, a byte and a varint; then the numbers of
//	          each, beginning with a byte
//
// The fields are how many points a run has beyond one, its first time, the steps from
// time to time of all runs, and so on of values and expiries. There are none of steps
// where each run has one point. A byte of ones ends the parts where runs are left that
// have no columns. The points of one run are read without those of the others.
package chunk
