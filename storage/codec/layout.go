// Package codec is KairosDB's stored form of points as bytes: row keys, column
// names, values, the map of tags and the fields of the tag index, as KairosDB
// 1.0 to 1.3 write them to Cassandra. It is pure. What KairosDB has written is
// read, what is written KairosDB reads, and the same point has the same bytes
// whoever writes it. Damaged bytes are answered by points.ErrCorrupt, never by
// a panic.
//
// Two things differ from points. KairosDB calls the type of nulls "null": row
// keys translate it, and whoever reads or writes a column data_type does so by
// StoredType and KeyType. And names of metrics and tags are ordered by UTF-16
// code unit here, while points.Tags are ordered by byte.
package codec

import (
	"fmt"
	"math"
	"strconv"

	"aion/storage/points"
)

// Unit is what a column counts.
type Unit uint8

// The units. Legacy counts milliseconds and shifts them left by one, which
// leaves the lowest bit for the kind of the value in rows without a type.
const (
	Milliseconds Unit = iota
	Seconds
	Legacy
)

// String is the word for u in the table spec.
func (u Unit) String() string {
	switch u {
	case Milliseconds:
		return "MILLISECONDS"
	case Seconds:
		return "SECONDS"
	case Legacy:
		return "LEGACY"
	}
	return "Unit(" + strconv.Itoa(int(u)) + ")"
}

// Layout is how a keyspace cuts time into rows and columns: what its table spec
// says. Width is the row width as it is stored there. KairosDB takes that
// number as milliseconds to compute row times, whatever the unit, and as the
// unit's elsewhere (RowSpec); WidthMillis is the latter.
type Layout struct {
	Unit  Unit
	Width int64
}

// defaultWidth is three weeks.
const defaultWidth = 1814400000

// Default is the layout that KairosDB 1.3 gives to a new keyspace.
func Default() Layout { return Layout{Unit: Milliseconds, Width: defaultWidth} }

// ParseLayout reads the values of row_time_unit and row_width in the table
// spec. An error names the one that is wrong. A width is wrong where columns of
// four bytes could not tell all times of a row apart.
func ParseLayout(unit, width string) (Layout, error) {
	var l Layout
	switch unit {
	case "MILLISECONDS":
		l.Unit = Milliseconds
	case "SECONDS":
		l.Unit = Seconds
	case "LEGACY":
		l.Unit = Legacy
	default:
		return Layout{}, fmt.Errorf("row_time_unit is %q, not MILLISECONDS, SECONDS or LEGACY", unit)
	}
	n, err := strconv.ParseInt(width, 10, 64)
	if err != nil {
		return Layout{}, fmt.Errorf("row_width is %q, not a number", width)
	}
	if n <= 0 || n > math.MaxInt32 {
		return Layout{}, fmt.Errorf("row_width is %d, not between 1 and %d", n, math.MaxInt32)
	}
	l.Width = n
	return l, nil
}

// WidthMillis is the width that KairosDB reckons with where it clamps reads,
// adds a margin to the life of index rows and tells whether a row is deleted
// whole. In SECONDS it is a thousand times what a row really holds.
func (l Layout) WidthMillis() int64 {
	if l.Unit == Seconds {
		return l.Width * 1000
	}
	return l.Width
}

// RowTime is the time of the row that holds the points of a time, in Java's
// arithmetic: at - abs(at) % Width. Negative times move away from zero, and the
// lowest ones of all wrap round to rows at the other end.
func (l Layout) RowTime(at int64) int64 {
	abs := at
	if at < 0 {
		abs = -at
	}
	return at - abs%l.Width
}

// RowTimes are the ranges of row times that may hold points of r, ascending and
// apart. Rows of negative times begin up to a width before their points, where
// KairosDB does not look for them; those of the lowest times lie at the upper
// end of all numbers.
func (l Layout) RowTimes(r points.Range) []points.Range {
	if r.Empty() {
		return nil
	}
	if r.From >= 0 {
		return []points.Range{{From: l.RowTime(r.From), To: r.To}}
	}
	rows := points.Range{From: r.From - (l.Width - 1), To: r.To}
	if rows.From <= r.From {
		return []points.Range{rows}
	}
	wrapped := points.Range{From: rows.From, To: math.MaxInt64}
	rows.From = math.MinInt64
	rows.To = max(rows.To, l.RowTime(math.MinInt64))
	if rows.To >= wrapped.From-1 {
		return []points.Range{points.Always}
	}
	return []points.Range{rows, wrapped}
}

// Whole tells whether a deletion of r takes the whole row. A row that reaches
// beyond the highest time is whole only in points.Always.
func (l Layout) Whole(row int64, r points.Range) bool {
	last := row + l.WidthMillis() - 1
	if last < row || row == l.RowTime(math.MinInt64) {
		return r == points.Always
	}
	return r.From <= row && r.To >= last
}
