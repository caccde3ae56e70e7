// Package aggregators holds KairosDB's aggregators: what turns a stream of
// points into another. Ranges, calendars and zones are the window's business; an
// aggregator is only arithmetic. Results equal KairosDB's to the bit, but for long
// sums where Env.FreeOrder is set.
package aggregators

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"aion/storage/points"
)

// Aggregator turns one stream of points into another. One value serves all
// groups of one metric of one query; what must not leak from group to group
// lives in the cursor that Apply makes.
type Aggregator interface {
	// Kind says what comes out where points of kind in go in. Not ok: the
	// stream is passed over untouched, as KairosDB does.
	Kind(in points.Kind) (out points.Kind, ok bool)

	// Apply reads in lazily, nothing before the first Next, and closes it with
	// itself.
	Apply(g Group, in points.Cursor) points.Cursor

	// String is the aggregator as plans print it: sum(1 hours, align_start_time).
	fmt.Stringer
}

// SideBySide is an Aggregator that can take the series of a group without their
// points being merged first, because order makes no difference to its answer,
// or only one that the query allows (Env.FreeOrder).
type SideBySide interface {
	Aggregator

	// ApplyAll is Apply for the ascending cursors of the series of one group,
	// and answers what Apply would answer for their merged stream. It owns the
	// cursors.
	ApplyAll(g Group, in []points.Cursor) points.Cursor

	// OneByOne tells whether ApplyAll reads so many cursors one after the other,
	// each to its end and all of them before the first answer, without a look at the
	// tags of their group.
	OneByOne(series int) bool
}

// Parted is an Aggregator that answers of a stretch of time what it answers of
// it within a longer stream, if both ends of the stretch are boundaries.
type Parted interface {
	Aggregator

	// Boundary is the first boundary at or behind a time that is not before
	// from, the earliest time of the stream. Not ok: it cannot be told.
	Boundary(from, at int64) (boundary int64, ok bool)
}

// InTurn is an Aggregator whose groups must be read one after the other, in
// their order, each to its end before the next: what it does in one shows in
// the next (gaps with trim), or in the order in which points are saved.
type InTurn interface {
	Aggregator
	InTurn() bool
}

// TagValues is one tag of a group with all the values it has there, sorted by
// UTF-16 code unit.
type TagValues struct {
	Name   string
	Values []string
}

// Group is what an aggregator may know of the group whose points it is given.
type Group struct {
	Metric string
	Tags   []TagValues // sorted by name, of the group before value, time and bin grouping
	By     []string    // the tags that any tag grouper of the query names, in order
	Run    *Run        // what all groups of the metric share in this run
}

// Run is what all groups of a metric share while a query runs: created by the
// engine for each run, safe for concurrent use.
type Run struct {
	Sink    Sink
	Budget  Budget
	MaxGaps int64   // how many nulls gaps may make in all; 0: no limit
	Memory  *Memory // that other runs may share; nil: each stream has its own

	gaps  atomic.Int64 // nulls made so far
	mu    sync.Mutex
	begun map[Aggregator]bool
}

// Begin answers true the first time it is called for a in this run.
func (r *Run) Begin(a Aggregator) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun[a] {
		return false
	}
	if r.begun == nil {
		r.begun = map[Aggregator]bool{}
	}
	r.begun[a] = true
	return true
}

// Sink takes the points that save_as publishes. The engine supplies one that
// batches, and waits for it before the answer ends.
type Sink interface {
	// Save stores the points of b, whose memory stays the caller's, under the
	// metric and tags: integers as longs, other numbers as doubles, nulls as
	// nulls, texts as strings. ttl 0 is the store's default.
	Save(ctx context.Context, metric string, tags points.Tags, ttl time.Duration, b *points.Block) error
}

// Budget is what a query may hold in memory. A nil Budget is without end.
type Budget interface {
	// Take charges bytes (negative: gives back) and fails with a LimitError
	// when there is not that much left.
	Take(bytes int64) error
}

// Env is what building an aggregator needs to know of its query.
type Env struct {
	Now        int64 // the server's clock when the request was parsed
	Start, End int64 // the query's time range
	Zone       *Zone // the query's, or the server's default; nil is UTC
	Release    Release
	FreeOrder  bool // ranges of 1,024 points and more may be added in any order
}

// ComputeError is a failure in the arithmetic, in the words of KairosDB's Java.
// KairosDB answers it with 500.
type ComputeError struct{ Message string } // empty where Java's exception has no message

// Error is the message.
func (e *ComputeError) Error() string {
	if e.Message == "" {
		return "the aggregator cannot compute"
	}
	return e.Message
}

// Reducer folds the points of one range.
type Reducer interface {
	// Add takes points that all lie in the range. b is a view.
	Add(b *points.Block) error

	// Flush appends the range's result, if it has one, stamped at, and starts
	// afresh.
	Flush(at int64, out *points.Block) error
}

// Folder is a Reducer that also takes whole runs of points by their summary.
type Folder interface {
	Reducer
	AddSummary(s points.Summary)
}
