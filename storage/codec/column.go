package codec

import (
	"encoding/binary"
	"math"

	"aion/storage/points"
)

// columnSize is how many bytes a column name has.
const columnSize = 4

// column is the column of an offset, the distance of a time from its row's.
func (l Layout) column(offset int64) uint32 {
	switch l.Unit {
	case Seconds:
		return uint32(offset / 1000)
	case Legacy:
		return uint32(offset) << 1
	}
	return uint32(offset)
}

// PutColumn writes the name of the column for a time in its row. In SECONDS
// what is less than a second is lost.
func (l Layout) PutColumn(dst *[4]byte, at, row int64) {
	binary.BigEndian.PutUint32(dst[:], l.column(at-row))
}

// Time is the time that a column stands for. A column has four bytes: further
// ones do not count, missing ones count as zeros.
func (l Layout) Time(row int64, column []byte) int64 {
	if len(column) < columnSize {
		var whole [columnSize]byte
		copy(whole[:], column)
		column = whole[:]
	}
	c := binary.BigEndian.Uint32(column)
	switch l.Unit {
	case Seconds:
		return row + int64(int32(c))*1000
	case Legacy:
		return row + int64(c>>1)
	}
	return row + int64(int32(c))
}

// Bounds are the bounds [from, to) of the columns that the points of r have in a
// row. In untyped rows to is one later, so that a double at the very end is
// among them, which KairosDB misses. ok is false where the row cannot hold a
// point of r.
//
// A column between the bounds may stand for a time outside r: in SECONDS by the
// rest of a second, as in KairosDB, and in rows within a width of the lowest and
// the highest time. The reader leaves those points out.
func (l Layout) Bounds(row int64, r points.Range, untyped bool) (from, to [4]byte, ok bool) {
	first, last, ok := l.offsets(row, r)
	low, high := l.column(first), l.column(last)
	if row == l.RowTime(math.MinInt64) {
		// The lowest time of all is in front of its row: its column is that of a
		// negative offset and sorts behind all others.
		c := l.column(math.MinInt64 - row)
		var name [columnSize]byte
		binary.BigEndian.PutUint32(name[:], c)
		if r.From == math.MinInt64 || r.Holds(l.Time(row, name[:])) {
			if !ok {
				low, high = c, c
			}
			low, high, ok = min(low, c), max(high, c), true
		}
	}
	if !ok {
		return from, to, false
	}
	after := uint64(high) + 1
	if untyped && l.Unit == Legacy {
		after++
	}
	after = min(after, math.MaxUint32) // of a few widths, the lowest time's column is the last
	binary.BigEndian.PutUint32(from[:], low)
	binary.BigEndian.PutUint32(to[:], uint32(after))
	return from, to, true
}

// offsets are the first and the last offset that points of r have in a row.
// The last one may go as far as WidthMillis, like that of KairosDB's deletions.
func (l Layout) offsets(row int64, r points.Range) (first, last int64, ok bool) {
	end := row + l.Width - 1
	if end >= row {
		if r.Empty() || r.To < row || r.From > end {
			return 0, 0, false
		}
		return max(r.From, row) - row, l.lastOffset(row, r.To), true
	}
	// The row's times go on at the lowest of all after the highest.
	if r.Empty() || r.To < row && r.From > end {
		return 0, 0, false
	}
	if r.To < row {
		return r.From - row, min(r.To, end) - row, true
	}
	if r.From > end {
		return max(r.From, row) - row, r.To - row, true
	}
	return 0, l.Width - 1, true
}

// lastOffset is the offset of to, but at most the last of a row.
func (l Layout) lastOffset(row, to int64) int64 {
	if n := uint64(to - row); n < uint64(l.WidthMillis()) {
		return int64(n)
	}
	return l.WidthMillis() - 1
}
