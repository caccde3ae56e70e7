package query

import (
	"iter"

	"aion/aggregators"
	"aion/storage/points"
)

// Answer is one metric's part of what a query answers.
type Answer struct {
	// Results yields the groups in their order, once. A Result and its Points
	// are valid until the next one is asked for. An error is the last thing it
	// yields.
	Results iter.Seq2[*Result, error]

	// SampleSize is how many stored points were read. It is final once Results
	// is exhausted.
	SampleSize int64
}

// Result is one group.
type Result struct {
	Name    string
	Alias   *string
	GroupBy []GroupedBy             // in the order in which KairosDB prints them, tag last
	Type    string                  // the group type: number, text, …; empty if no series matched
	Tags    []aggregators.TagValues // nil if the query excludes them; else sorted, maybe empty
	Points  points.Cursor           // closed by the engine
}

// GroupedBy tells which of a grouper's groups a Result is.
type GroupedBy struct {
	Grouper Grouper  // TagGrouper, TimeGrouper, ValueGrouper or BinGrouper
	Number  int32    // of the group, for all but TagGrouper
	Values  []string // TagGrouper: the group's value of each of its Tags, "" where missing
}
