package query

import (
	"fmt"
	"math"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// Grouper is one element of group_by: TagGrouper, TimeGrouper, ValueGrouper or
// BinGrouper.
type Grouper interface {
	grouper()
	fmt.Stringer
}

// TagGrouper splits series by the values of tags. Of several in one query only
// the first splits, as in KairosDB.
type TagGrouper struct{ Tags []string }

// TimeGrouper splits points by the number of their range since Start, modulo
// Count. Years have 364 days and months are calendar months in UTC, as in
// KairosDB's TimeGroupBy.
type TimeGrouper struct {
	Size  points.Span
	Count int32
	Start *int64 // nil: the query's start
}

// ValueGrouper splits points by their value divided by Size.
type ValueGrouper struct{ Size int32 }

// BinGrouper splits points by the bin that their value falls into.
type BinGrouper struct{ Bins []float64 }

// grouper marks a Grouper.
func (TagGrouper) grouper() {}

// grouper marks a Grouper.
func (TimeGrouper) grouper() {}

// grouper marks a Grouper.
func (ValueGrouper) grouper() {}

// grouper marks a Grouper.
func (BinGrouper) grouper() {}

// String prints g as plans do.
func (g TagGrouper) String() string { return fmt.Sprintf("tag%q", g.Tags) }

// String prints g as plans do.
func (g TimeGrouper) String() string {
	return fmt.Sprintf("time(%d %s, %d groups)", g.Size.Value, g.Size.Unit, g.Count)
}

// String prints g as plans do.
func (g ValueGrouper) String() string { return fmt.Sprintf("value(%d)", g.Size) }

// String prints g as plans do.
func (g BinGrouper) String() string { return fmt.Sprintf("bin%v", g.Bins) }

// splitter numbers the points of a block: ids[i] becomes the number of point i.
type splitter func(b *points.Block, ids []int32) error

// splitterOf is the arithmetic of a grouper that splits points.
func splitterOf(g Grouper) splitter {
	switch g := g.(type) {
	case TimeGrouper:
		return g.number
	case ValueGrouper:
		return g.number
	case BinGrouper:
		return g.number
	}
	panic(fmt.Sprintf("query: %T does not split points", g))
}

// number is TimeGroupBy's arithmetic: no zone, truncation toward zero, numbers
// narrowed to 32 bits, the sign of the dividend kept.
func (g TimeGrouper) number(b *points.Block, ids []int32) error {
	if g.Size.Unit == points.Months {
		g.numberMonths(b, ids)
		return nil
	}
	unit := g.Size.Unit.Millis()
	if g.Size.Unit == points.Years {
		unit = 364 * 86_400_000
	}
	size := g.Size.Value * unit
	if size == 0 {
		return &aggregators.ComputeError{Message: "/ by zero"}
	}
	for i, at := range b.Times {
		ids[i] = int32((at - *g.Start) / size % int64(g.Count))
	}
	return nil
}

// numberMonths ignores the size's value, as TimeGroupBy does.
func (g TimeGrouper) numberMonths(b *points.Block, ids []int32) {
	from := monthOf(*g.Start)
	for i, at := range b.Times {
		ids[i] = int32((monthOf(at) - from) % int64(g.Count))
	}
}

// monthOf counts calendar months in UTC.
func monthOf(at int64) int64 {
	t := time.UnixMilli(at).UTC()
	return int64(t.Year())*12 + int64(t.Month())
}

// number is ValueGroupBy's arithmetic: a long is divided and then narrowed by
// dropping bits, a double is first narrowed, saturating.
func (g ValueGrouper) number(b *points.Block, ids []int32) error {
	for i := range b.Times {
		switch {
		case b.Kind != points.Number || b.Null(i):
			ids[i] = -1
		case b.Int(i):
			ids[i] = int32(b.Ints[i] / int64(g.Size))
		default:
			ids[i] = saturate(b.Floats[i]) / g.Size
		}
	}
	return nil
}

// saturate is Java's cast of a double to an int.
func saturate(v float64) int32 {
	switch {
	case math.IsNaN(v):
		return 0
	case v >= math.MaxInt32:
		return math.MaxInt32
	case v <= math.MinInt32:
		return math.MinInt32
	}
	return int32(v)
}

// number is BinGroupBy's arithmetic: the first bin whose lower edge is not
// above the value, bins not necessarily sorted.
func (g BinGrouper) number(b *points.Block, ids []int32) error {
	for i := range b.Times {
		if b.Kind != points.Number || b.Null(i) {
			ids[i] = -1
			continue
		}
		if len(g.Bins) == 0 {
			return &aggregators.ComputeError{Message: "Index 0 out of bounds for length 0"}
		}
		ids[i] = g.bin(b.Floats[i])
	}
	return nil
}

// bin is the number of the bin that v falls into.
func (g BinGrouper) bin(v float64) int32 {
	if v < g.Bins[0] {
		return 0
	}
	for i := range len(g.Bins) - 1 {
		if g.Bins[i] <= v && v < g.Bins[i+1] {
			return int32(i + 1)
		}
	}
	return int32(len(g.Bins))
}
