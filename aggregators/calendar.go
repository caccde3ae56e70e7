package aggregators

import (
	"fmt"
	"math"
	"time"

	"aion/storage/points"
)

// Lengths in milliseconds.
const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	week   = 7 * day
)

// calendar reckons in the proleptic Gregorian calendar of a zone as joda-time's
// fields do. Local times are milliseconds since the epoch on the zone's clock.
type calendar struct{ clock clock }

// local is an instant on the zone's clock.
func (c *calendar) local(instant int64) (int64, error) {
	return toLocal(instant, c.clock.at(instant))
}

// toLocal adds an offset as ZonedChronology does.
func toLocal(instant, offset int64) (int64, error) {
	sum := instant + offset
	if (instant^sum) < 0 && (instant^offset) >= 0 {
		return 0, &ComputeError{"Adding time zone offset caused overflow"}
	}
	return sum, nil
}

// toInstant takes an offset away as ZonedChronology does.
func toInstant(local, offset int64) (int64, error) {
	at := local - offset
	if (local^at) < 0 && (local^offset) < 0 {
		return 0, &ComputeError{"Subtracting time zone offset caused overflow"}
	}
	return at, nil
}

// instant finds the instant of a local time (convertLocalToUTC): the one with
// the given offset, if that offset holds there; else, in a gap, the time moves
// forward by the gap's length.
func (c *calendar) instant(local, offset int64) (int64, error) {
	if u := local - offset; c.clock.at(u) == offset {
		return u, nil
	}
	a := c.clock.at(local)
	b := c.clock.at(local - a)
	if a != b && a < 0 && c.clock.next(local-a) != c.clock.next(local-b) {
		b = a
	}
	return toInstant(local, b)
}

// earlier finds the instant of a local time as DateTimeZone.getOffsetFromLocal
// does: in an overlap the earlier one, in a gap the time moves forward.
func (c *calendar) earlier(local int64) (int64, error) {
	a := c.clock.at(local)
	u := local - a
	b := c.clock.at(u)
	switch {
	case a < b && c.clock.next(u) != c.clock.next(local-b):
		b = a
	case a == b && a >= 0:
		if begin := c.clock.begin(u); begin > math.MinInt64 {
			p := begin - 1
			if before := c.clock.at(p); before-a >= u-p {
				b = before
			}
		}
	}
	return toInstant(local, b)
}

// localDifference counts the whole units, days or longer, from the local time b
// to a, truncated toward zero.
func localDifference(a, b int64, unit points.Unit) (int64, error) {
	switch {
	case unit < points.Months:
		d, err := subtract(a, b)
		return d / unit.Millis(), err
	case a < b:
		return -wholeUnits(b, a, unit), nil
	}
	return wholeUnits(a, b, unit), nil
}

// wholeUnits counts the whole months or years from b to a, a not before b.
func wholeUnits(a, b int64, unit points.Unit) int64 {
	if unit == points.Years {
		return wholeYears(a, b)
	}
	return wholeMonths(a, b)
}

// addLocal moves a local time by n units.
func addLocal(local, n int64, unit points.Unit) (int64, error) {
	switch unit {
	case points.Months:
		return addMonths(local, n)
	case points.Years:
		return addYears(local, n)
	}
	return addFixed(local, n, unit.Millis())
}

// addFixed adds n units of a fixed length.
func addFixed(t, n, unit int64) (int64, error) {
	d, err := multiply(n, unit)
	if err != nil {
		return 0, err
	}
	return sum(t, d)
}

// length is how long a span is that begins at an instant: what rate and sampler
// multiply by (Util.getSamplingDuration).
func (c *calendar) length(at int64, s points.Span) (int64, error) {
	if s.Unit == points.Milliseconds {
		return s.Value, nil
	}
	n := int64(int32(s.Value))
	if s.Unit < points.Days || n == 0 {
		return n * s.Unit.Millis(), nil
	}
	local, err := c.local(at)
	if err != nil {
		return 0, err
	}
	if local, err = addLocal(local, n, s.Unit); err != nil {
		return 0, err
	}
	end, err := c.earlier(local)
	if err != nil {
		return 0, err
	}
	return subtract(end, at)
}

// sum is a + b, or fails in the words of joda-time's FieldUtils.
func sum(a, b int64) (int64, error) {
	s := a + b
	if (a^s) < 0 && (a^b) >= 0 {
		return 0, &ComputeError{fmt.Sprintf("The calculation caused an overflow: %d + %d", a, b)}
	}
	return s, nil
}

// subtract is a - b, or fails likewise.
func subtract(a, b int64) (int64, error) {
	d := a - b
	if (a^d) < 0 && (a^b) < 0 {
		return 0, &ComputeError{fmt.Sprintf("The calculation caused an overflow: %d - %d", a, b)}
	}
	return d, nil
}

// multiply is a times b, or fails likewise.
func multiply(a, b int64) (int64, error) {
	p := a * b
	if b != 0 && p/b != a {
		return 0, &ComputeError{fmt.Sprintf("Multiplication overflows a long: %d * %d", a, b)}
	}
	return p, nil
}

// civil is the date of a local time and the milliseconds since its midnight.
func civil(local int64) (year int64, month time.Month, dayOfMonth int, ofDay int64) {
	y, m, d := time.UnixMilli(local).UTC().Date()
	return int64(y), m, d, local - floorTo(local, day)
}

// floorTo is the greatest multiple of unit that is not above t.
func floorTo(t, unit int64) int64 {
	r := t % unit
	if r < 0 {
		r += unit
	}
	return t - r
}

// dateMillis is the midnight that begins a date.
func dateMillis(year int64, month time.Month, dayOfMonth int) int64 {
	return time.Date(int(year), month, dayOfMonth, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// leap tells whether a year has 366 days.
func leap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// daysIn is the length of a month.
func daysIn(year int64, month time.Month) int {
	switch month {
	case time.February:
		if leap(year) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}
