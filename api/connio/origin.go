package connio

import (
	"time"

	"aion/storage/points"
)

// edges are where ranges of days and longer units begin, on the clock of a zone:
// so many units before and behind the one that they are counted from.
type edges struct {
	clock time.Time // what the clock shows at that one, as if it were UTC's
	size  points.Span
	zone  *time.Location
}

// at is where the range of a number begins. Not exact: the clock does not show
// there what it shows where the ranges are counted from, but for the date, since the
// month is too short or the time is skipped.
func (e *edges) at(n int64) (at int64, exact bool) {
	day, clock := e.clock.Day(), e.clock
	switch n := int(n * e.size.Value); e.size.Unit {
	case points.Months:
		clock = monthsBefore(clock, -n)
	case points.Years:
		clock = monthsBefore(clock, -12*n)
	case points.Weeks:
		clock, day = clock.AddDate(0, 0, 7*n), 0
	default:
		clock, day = clock.AddDate(0, 0, n), 0
	}
	at, skipped := instantOf(clock, e.zone)
	return at, !skipped && (day == 0 || clock.Day() == day)
}

// last is the number of the last range that begins at a time or before.
func (e *edges) last(at int64) int64 {
	const year = 31_556_952 * second // on an average
	long := map[points.Unit]int64{points.Days: 24 * hour, points.Weeks: 7 * 24 * hour, points.Months: year / 12, points.Years: year}
	n := (at - e.clock.UnixMilli()) / long[e.size.Unit] / e.size.Value
	begins := func(n int64) int64 { at, _ := e.at(n); return at }
	for begins(n) > at {
		n--
	}
	for begins(n+1) <= at {
		n++
	}
	return n
}

// mostBack is how many ranges before the first one those are counted from at most.
const mostBack = 50

// counted is from when on the ranges are to be counted that are counted from an
// origin, at which the clock shows e's time, in a query that begins at start: the
// same ranges from a time that is not behind it. first is where the one begins that
// start lies in.
func (e *edges) counted(origin, start int64) (from, first int64) {
	if e.size.Unit < points.Days {
		long := e.size.Unit.Millis() * e.size.Value
		if first = start - (start-origin)%long; first > start {
			first -= long
		}
		return first, first
	}
	n := e.last(start)
	first, exact := e.at(n)
	from = first
	for back := int64(1); !exact && back <= mostBack; back++ {
		from, exact = e.at(n - back)
	}
	return from, first
}

// alignedClock is the beginning of the calendar's unit that a time on the clock lies
// in, as KairosDB aligns ranges: of the second for milliseconds, of the day for units
// up to days, of the week, the month or the year.
func alignedClock(clock time.Time, unit points.Unit) time.Time {
	year, month, day := clock.Date()
	switch unit {
	case points.Milliseconds:
		return clock.Truncate(time.Second)
	case points.Weeks:
		day -= (int(clock.Weekday()) + 6) % 7
	case points.Months:
		day = 1
	case points.Years:
		month, day = time.January, 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// clockOf is what the clock of a zone shows at a time, as if it were UTC's.
func clockOf(at int64, zone *time.Location) time.Time {
	t := time.UnixMilli(at).In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instantOf is when the clock of a zone shows something: the first time of what it
// shows twice. What it skips is as much later as is skipped.
func instantOf(clock time.Time, zone *time.Location) (at int64, skipped bool) {
	t := time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), zone)
	at = t.UnixMilli()
	if late := clock.Sub(clockOf(at, zone)).Milliseconds(); late != 0 {
		return at + max(late, 0), true
	}
	change, _ := t.ZoneBounds()
	if change.IsZero() {
		return at, false
	}
	_, old := change.Add(-1).Zone()
	_, now := t.Zone()
	if before := t.Add(time.Duration(now-old) * time.Second); before.Before(change) {
		at = before.UnixMilli()
	}
	return at, false
}
