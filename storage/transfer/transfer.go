// Package transfer moves points in and out as files: KairosDB's own export
// files, one JSON object a line, and CSV with a map of columns. It promises
// three things. What one KairosDB has exported goes in, and what goes out its
// import takes. Memory does not grow with the file, however long a line is. And
// nothing is lost in silence: every point that is not stored is counted, and
// told of with its line and the reason.
//
// A file is read in its order and written in its order, so that of two values
// for one time of a series the last one stays, and reading a part of a file
// again changes nothing.
package transfer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aion/storage/points"
)

// Format is the form of a file.
type Format string

// The formats.
const (
	JSON Format = "json" // KairosDB's
	CSV  Format = "csv"
)

// Choice says which points of all are meant. A name may have stars, each of
// which stands for any text. Range is one that a caller sets: the zero value
// holds one time alone, points.Always all.
type Choice struct {
	Metrics []string // any of these; empty: all
	Except  []string // and none of these
	Range   points.Range
}

// Takes tells whether the metric is meant.
func (c *Choice) Takes(metric string) bool {
	like := func(name string) bool { return alike(name, metric) }
	return (len(c.Metrics) == 0 || slices.ContainsFunc(c.Metrics, like)) && !slices.ContainsFunc(c.Except, like)
}

// alike tells whether a text fits a name whose stars stand for any text.
func alike(name, text string) bool {
	first, rest, starred := strings.Cut(name, "*")
	if !starred {
		return name == text
	}
	text, ok := strings.CutPrefix(text, first)
	for ok && starred {
		var part string
		part, rest, starred = strings.Cut(rest, "*")
		if !starred {
			return strings.HasSuffix(text, part)
		}
		_, text, ok = strings.Cut(text, part)
	}
	return ok
}

// Report is what became of a transfer.
type Report struct {
	Points   int64 // that were stored or written
	Refused  int64 // points, or lines that could not be read at all
	Series   int64 // of an export
	Problems []Problem
}

// Problem is why something was refused.
type Problem struct {
	Line   int64 // from 1; 0: none is known
	Reason string
}

// String is the problem for people.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Reason
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Reason)
}

// maxProblems is how many problems a report tells; all are counted.
const maxProblems = 10

// refuse counts n points that have the same problem, or one line.
func (r *Report) refuse(line, n int64, reason string) {
	r.Refused += n
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{line, reason})
	}
}

// Progress is how far a transfer is.
type Progress struct {
	Points int64
	Share  float64 // of the whole, from 0 to 1; 0: not known
}

// ErrForeign says that a file is not of the format that it was taken for.
var ErrForeign = errors.New("this is not a file of that format")

// The names of types in files, as KairosDB's API has them.
const (
	longName    = "long"
	doubleName  = "double"
	textName    = "string"
	nullName    = "null"
	complexName = "complex"
)

// storedType is the stored type of a name in a file. Names that KairosDB does
// not have are stored types of their own.
func storedType(name string) string {
	switch name {
	case longName:
		return points.TypeLong
	case doubleName:
		return points.TypeDouble
	case textName:
		return points.TypeText
	case nullName:
		return points.TypeNull
	case complexName:
		return points.TypeComplex
	}
	return name
}

// typeName is the name in files of point i of a series of that stored type.
// Numbers are named after what they are, so that those of kairos_legacy become
// longs and doubles as in KairosDB's export.
func typeName(stored string, b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text:
		return textName
	case b.Kind == points.Opaque && stored == points.TypeComplex:
		return complexName
	case b.Kind == points.Opaque:
		return stored
	case b.Null(i):
		return nullName
	case b.Int(i):
		return longName
	}
	return doubleName
}
