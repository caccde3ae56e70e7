// Package query answers queries over any store: a request model, a planner
// that does no I/O, an engine that streams, and KairosDB's groupers.
package query

import (
	"math"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// Query is a request in the words that all protocols share.
type Query struct {
	Start, End Moment
	Zone       *aggregators.Zone // nil: the engine's default
	Metrics    []Metric
}

// Moment is an absolute or relative time. The zero value is none.
type Moment struct {
	Form     Form
	Absolute int64       // Unix milliseconds
	Relative points.Span // this long before now
}

// Form says which member of a Moment counts.
type Form uint8

// The forms.
const (
	Unset Form = iota
	Absolute
	Relative
)

// At is an absolute Moment.
func At(ms int64) Moment { return Moment{Form: Absolute, Absolute: ms} }

// Ago is a relative Moment.
func Ago(s points.Span) Moment { return Moment{Form: Relative, Relative: s} }

// Time is the moment as of now, or otherwise where none is set.
func (m Moment) Time(now, otherwise int64) int64 {
	switch m.Form {
	case Absolute:
		return m.Absolute
	case Relative:
		return m.Relative.Before(now)
	}
	return otherwise
}

// Range is the query's time range as of now. Without a start it begins at the
// first, without an end it ends with the last time there is.
func (q *Query) Range(now int64) points.Range {
	return points.Range{From: q.Start.Time(now, math.MinInt64), To: q.End.Time(now, math.MaxInt64)}
}

// Metric is one metric of a query: which series, how they are grouped, what is
// computed of them.
type Metric struct {
	Name        string
	Alias       *string // printed beside the name where a release knows it
	Matchers    []storage.Matcher
	ExcludeTags bool
	Limit       int64 // points per series and then per group; 0 or less: none
	Order       points.Order
	Groupers    []Grouper
	Aggregators []Aggregation
}

// Aggregation is one aggregator with the values of its properties.
type Aggregation struct {
	Name   string
	Values aggregators.Values
}
