package aggregators

import (
	"fmt"
	"math"
	"time"

	"aion/storage/points"
)

// The years of joda-time's Gregorian calendar.
const (
	minYear = -292275054
	maxYear = 292278993
)

// wholeMonths counts the months from b to a, a not before b
// (BasicMonthOfYearDateTimeField): the last day of a short month is as good as
// the later day that b has.
func wholeMonths(a, b int64) int64 {
	ya, ma, da, ofA := civil(a)
	yb, mb, db, ofB := civil(b)
	k := 12*(ya-yb) + int64(ma) - int64(mb)
	if da == daysIn(ya, ma) && db > da {
		db = da
	}
	if int64(da)*day+ofA < int64(db)*day+ofB {
		k--
	}
	return k
}

// wholeYears counts the years from b to a, a not before b (BasicGJChronology):
// behind 28 February a leap day counts for nothing.
func wholeYears(a, b int64) int64 {
	const afterFebruary = 59 * day
	ya, _, _, _ := civil(a)
	yb, _, _, _ := civil(b)
	ra, rb := a-dateMillis(ya, time.January, 1), b-dateMillis(yb, time.January, 1)
	if rb >= afterFebruary {
		switch {
		case leap(yb) && !leap(ya):
			rb -= day
		case !leap(yb) && ra >= afterFebruary && leap(ya):
			ra -= day
		}
	}
	k := ya - yb
	if ra < rb {
		k--
	}
	return k
}

// addMonths keeps the time of day and the day of the month, clamped to the
// month's length.
func addMonths(local, n int64) (int64, error) {
	y, m, d, ofDay := civil(local)
	months := y*12 + int64(m) - 1 + n
	y = floorTo(months, 12) / 12
	if n != int64(int32(n)) && (n > math.MaxInt64/2 || n < math.MinInt64/2 || y < minYear || y > maxYear) {
		return 0, &ComputeError{fmt.Sprintf("Magnitude of add amount is too large: %d", n)}
	}
	m = time.Month(months-12*y) + 1
	return dateMillis(y, m, min(d, daysIn(y, m))) + ofDay, nil
}

// addYears keeps the time of day and the day of the year, leap day aside: 29
// February becomes 28 February in a common year.
func addYears(local, n int64) (int64, error) {
	if n != int64(int32(n)) {
		return 0, &ComputeError{fmt.Sprintf("Value cannot fit in an int: %d", n)}
	}
	if n == 0 {
		return local, nil
	}
	y, m, d, ofDay := civil(local)
	to := y + n
	if to != int64(int32(to)) {
		return 0, &ComputeError{fmt.Sprintf("The calculation caused an overflow: %d + %d", y, n)}
	}
	if to < minYear || to > maxYear {
		return 0, &ComputeError{fmt.Sprintf("Value %d for year must be in the range [%d,%d]", to, minYear, maxYear)}
	}
	return dateMillis(to, m, min(d, daysIn(to, m))) + ofDay, nil
}

// field is a field of a date or time of day that alignment sets to its least
// value, 0 or 1.
type field struct {
	name  string
	least int64
	unit  int64                   // milliseconds of one
	read  func(local int64) int64 // its value
}

// The fields, by joda-time's names.
var (
	dayOfYear      = field{"dayOfYear", 1, day, func(t int64) int64 { return int64(time.UnixMilli(t).UTC().YearDay()) }}
	dayOfMonth     = field{"dayOfMonth", 1, day, func(t int64) int64 { return int64(time.UnixMilli(t).UTC().Day()) }}
	dayOfWeek      = field{"dayOfWeek", 1, day, func(t int64) int64 { return 1 + int64(time.UnixMilli(t).UTC().Weekday()+6)%7 }}
	millisOfDay    = field{"millisOfDay", 0, 1, func(t int64) int64 { return t - floorTo(t, day) }}
	hourOfDay      = field{"hourOfDay", 0, hour, func(t int64) int64 { return (t - floorTo(t, day)) / hour }}
	minuteOfHour   = field{"minuteOfHour", 0, minute, func(t int64) int64 { return (t - floorTo(t, hour)) / minute }}
	secondOfMinute = field{"secondOfMinute", 0, second, func(t int64) int64 { return (t - floorTo(t, minute)) / second }}
	millisOfSecond = field{"millisOfSecond", 0, 1, func(t int64) int64 { return t - floorTo(t, second) }}
)

// alignedFields are the fields that RangeAggregator.alignRangeBoundary sets for
// a unit, in its order.
func alignedFields(u points.Unit) []field {
	switch u {
	case points.Years:
		return []field{dayOfYear, millisOfDay}
	case points.Months:
		return []field{dayOfMonth, millisOfDay}
	case points.Weeks:
		return []field{dayOfWeek, millisOfDay}
	case points.Milliseconds:
		return []field{millisOfSecond}
	}
	return []field{hourOfDay, minuteOfHour, secondOfMinute, millisOfSecond}
}

// align moves an instant back to the boundary that ranges of a unit are counted
// from: the year, month or week on the zone's clock, its midnight for days down
// to seconds, the second for milliseconds. Where that midnight is skipped it
// fails, as KairosDB does.
func (c *calendar) align(at int64, u points.Unit) (int64, error) {
	for _, f := range alignedFields(u) {
		var err error
		if at, err = c.toLeast(at, f); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// toLeast sets one field of an instant (ZonedDateTimeField.set).
func (c *calendar) toLeast(at int64, f field) (int64, error) {
	offset := c.clock.at(at)
	local, err := toLocal(at, offset)
	if err != nil {
		return 0, err
	}
	local -= (f.read(local) - f.least) * f.unit
	if at, err = c.instant(local, offset); err != nil {
		return 0, err
	}
	now, err := c.local(at)
	if err != nil {
		return 0, err
	}
	if f.read(now) != f.least {
		return 0, &ComputeError{fmt.Sprintf("Value %d for %s is not supported: %s", f.least, f.name, c.illegal(local))}
	}
	return at, nil
}

// illegal says that a local time does not exist in the zone.
func (c *calendar) illegal(local int64) string {
	y, m, d, ofDay := civil(local)
	if y <= 0 {
		y = 1 - y
	}
	return fmt.Sprintf("Illegal instant due to time zone offset transition (daylight savings time 'gap'): "+
		"%04d-%02d-%02dT%02d:%02d:%02d.%03d (%s)", y, int(m), d,
		ofDay/hour, ofDay%hour/minute, ofDay%minute/second, ofDay%second, c.clock.zone)
}
