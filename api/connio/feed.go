package connio

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// feed is what a data feed says of all its points.
type feed struct {
	points span  // a list
	prop   span  // the property that is meant where a point names none
	base   int64 // the time that points are relative to
	timed  bool  // base is one; else the feed names a time that is none
	noted  bool  // the annotations are such as may be
}

// feedOf reads a data feed, which came in at a time.
func feedOf(body span, now int64) (feed, error) {
	f := feed{base: now, timed: true, noted: true}
	for name, value := range body.members() {
		switch {
		case name.named("dps"):
			f.points = value
		case name.named("t"):
			f.base, f.timed = now, value.null()
			if !f.timed {
				f.base, f.timed = timeOf(value)
			}
		case name.named("prop"):
			f.prop = value
		case name.named("ann"):
			f.noted = annotations(value)
		}
	}
	if f.points.first() != '[' {
		return f, bad("dps: want an array of data points")
	}
	return f, nil
}

// entry is one data point of a feed.
type entry struct{ t, tt, v, prop, ann span }

// entryOf reads a data point. Not ok: it is none.
func entryOf(s span) (e entry, ok bool) {
	for name, value := range s.members() {
		switch {
		case name.named("t"):
			e.t = value
		case name.named("v"):
			e.v = value
		case name.named("tt"):
			e.tt = value
		case name.named("prop"):
			e.prop = value
		case name.named("ann"):
			e.ann = value
		}
	}
	return e, s.first() == '{'
}

// The times that points may have: those of the years that have four digits.
const (
	earliest = -62_135_596_800_000
	latest   = 253_402_300_799_999
)

// at is the time of a point: its own, else the feed's and what the point lies
// before or behind that. Not ok: it has none.
func (f *feed) at(e *entry) (at int64, ok bool) {
	if !e.t.null() {
		at, ok = timeOf(e.t)
		return at, ok && earliest <= at && at <= latest
	}
	if !f.timed {
		return 0, false
	}
	if e.tt.null() {
		return f.base, true
	}
	delta, ok := numberRow(e.tt)
	if !ok || math.Abs(delta.f) > latest-earliest {
		return 0, false
	}
	at = f.base + int64(math.Floor(delta.f))
	return at, earliest <= at && at <= latest
}

// timeOf is the time that a value names.
func timeOf(v span) (at int64, ok bool) {
	if v.first() != '"' {
		return 0, false
	}
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		inner = span(v.text())
	}
	return zoned(inner)
}

// fits tells whether a point's annotations, or the feed's, are such as may be.
func (f *feed) fits(e *entry) bool {
	if e.ann.null() {
		return f.noted
	}
	return annotations(e.ann)
}

// The most annotations that a point has, and the most characters of one.
const (
	maxAnnotations = 10
	maxAnnotation  = 128
)

// annotations tells whether a value is annotations: an object of a few short texts.
func annotations(v span) bool {
	if v.null() {
		return true
	}
	n := 0
	for _, value := range v.members() {
		if n++; n > maxAnnotations || value.first() != '"' || utf8.RuneCountInString(value.text()) > maxAnnotation {
			return false
		}
	}
	return v.first() == '{'
}
