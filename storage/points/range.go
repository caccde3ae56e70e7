package points

import (
	"math"
	"strings"
	"time"
)

// Range is a time range in Unix milliseconds, both ends inclusive. From > To is
// an empty range.
type Range struct{ From, To int64 }

// Always is the range that holds every time.
var Always = Range{math.MinInt64, math.MaxInt64}

// Holds tells whether at lies in r.
func (r Range) Holds(at int64) bool { return r.From <= at && at <= r.To }

// Empty tells whether no time lies in r.
func (r Range) Empty() bool { return r.From > r.To }

// Order is the direction in which a series is read.
type Order bool

// The two orders.
const (
	Asc  Order = false
	Desc Order = true
)

// String is KairosDB's word for o.
func (o Order) String() string {
	if o == Desc {
		return "desc"
	}
	return "asc"
}

// Unit is a unit of time of KairosDB's.
type Unit uint8

// The units, in KairosDB's order.
const (
	Milliseconds Unit = iota
	Seconds
	Minutes
	Hours
	Days
	Weeks
	Months
	Years
)

// Units lists the names of the units in KairosDB's order, in the upper case
// that its answers print.
var Units = [...]string{"MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"}

// ParseUnit reads a unit's name in any case.
func ParseUnit(s string) (Unit, bool) {
	for i, name := range Units {
		if strings.EqualFold(s, name) {
			return Unit(i), true
		}
	}
	return 0, false
}

// String is the unit's name in upper case.
func (u Unit) String() string { return Units[u] }

// Millis is the length of a fixed unit; months and years have none and give 0.
func (u Unit) Millis() int64 {
	switch u {
	case Milliseconds:
		return 1
	case Seconds:
		return 1000
	case Minutes:
		return 60_000
	case Hours:
		return 3_600_000
	case Days:
		return 86_400_000
	case Weeks:
		return 7 * 86_400_000
	}
	return 0
}

// Span is an amount of a unit: a sampling, a range size, a relative time.
type Span struct {
	Value int64
	Unit  Unit
}

// Before is the time that lies s before now, as KairosDB reckons relative
// times: milliseconds as a 64-bit number, everything else by a calendar in UTC
// with the value narrowed to 32 bits; months and years keep the day of the
// month, clamped to the last one. Before 15 October 1582 the calendar is the
// Julian one, as in Java's GregorianCalendar.
func (s Span) Before(now int64) int64 {
	switch s.Unit {
	case Milliseconds:
		return now - s.Value
	case Months:
		return monthsBefore(now, int64(int32(s.Value)))
	case Years:
		return monthsBefore(now, 12*int64(int32(s.Value)))
	}
	return now - int64(int32(s.Value))*s.Unit.Millis()
}

// cutover is the first instant of the Gregorian calendar, 15 October 1582.
const cutover = -12219292800000

// monthsBefore goes back n months on the mixed Julian and Gregorian calendar.
func monthsBefore(now, n int64) int64 {
	const day = 86_400_000
	t := time.UnixMilli(now).UTC()
	ofDay := now - time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).UnixMilli()
	months := int64(t.Year())*12 + int64(t.Month()) - 1 - n
	year, month := floorDiv(months, 12), time.Month(months-12*floorDiv(months, 12)+1)
	first := time.Date(int(year), month, 1, 0, 0, 0, 0, time.UTC)
	last := int64(first.AddDate(0, 1, -1).Day())
	at := first.UnixMilli() + (min(int64(t.Day()), last)-1)*day + ofDay
	if at >= cutover || now < cutover {
		return at
	}
	last = int64(daysOfJulianMonth(year, month))
	return julianDay(year, int64(month), min(int64(t.Day()), last))*day + ofDay
}

// daysOfJulianMonth is the length of a month of the Julian calendar.
func daysOfJulianMonth(year int64, month time.Month) int {
	if month == time.February {
		if year%4 == 0 {
			return 29
		}
		return 28
	}
	return time.Date(2001, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// julianDay counts the days from 1 January 1970 (Gregorian) to a Julian date.
func julianDay(year, month, day int64) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return floorDiv(1461*(year+4716), 4) + (306001*(month+1))/10000 + day - 1524 - 2440588
}

// floorDiv is a/b rounded down.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
