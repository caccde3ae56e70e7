package query

import "aion/storage/points"

// Grouper is one element of group_by: TagGrouper, TimeGrouper, ValueGrouper or
// BinGrouper.
type Grouper interface{ grouper() }

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

func (TagGrouper) grouper()   {}
func (TimeGrouper) grouper()  {}
func (ValueGrouper) grouper() {}
func (BinGrouper) grouper()   {}
