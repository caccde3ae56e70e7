package grafana

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// What a panel asks for where it does not say, and at most.
const (
	usualPoints = 1000
	mostPoints  = 11_000
	excess      = 10 // times as many points as it has room for are refused
)

// Nominal lengths in milliseconds.
const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// steps are the steps that a panel's points may have: all up to twelve hours
// divide a day, so that they stand still while the panel moves; those behind are
// units of the calendar.
func steps() []points.Span {
	var list []points.Span
	for _, of := range []struct {
		unit   points.Unit
		values []int64
	}{
		{points.Milliseconds, []int64{1, 2, 5, 10, 20, 50, 100, 200, 500}},
		{points.Seconds, []int64{1, 2, 5, 10, 15, 20, 30}},
		{points.Minutes, []int64{1, 2, 5, 10, 15, 20, 30}},
		{points.Hours, []int64{1, 2, 3, 4, 6, 8, 12}},
		{points.Days, []int64{1}},
		{points.Weeks, []int64{1}},
		{points.Months, []int64{1, 3}},
		{points.Years, []int64{1}},
	} {
		for _, v := range of.values {
			list = append(list, points.Span{Value: v, Unit: of.unit})
		}
	}
	return list
}

// length is how long a span is: in a calendar, where months have 30 days and
// years 365.
func length(s points.Span) int64 {
	unit := s.Unit.Millis()
	switch s.Unit {
	case points.Months:
		unit = 30 * day
	case points.Years:
		unit = 365 * day
	}
	if s.Value > (1<<62)/unit {
		return 1 << 62
	}
	return s.Value * unit
}

// stepFor is the step at which a range has no more points than a panel has room
// for, and which is not below the interval that the panel asks for.
func stepFor(r points.Range, room, interval int64) points.Span {
	ideal := max(interval, 1, (r.To-r.From+room-1)/room)
	all := steps()
	for _, s := range all {
		if length(s) >= ideal {
			return s
		}
	}
	return all[len(all)-1]
}

// begin is the start of the step that a time lies in. Steps below a day are
// counted from the second or the midnight before, longer ones lie where the
// calendar has them. Where a midnight is skipped the one before counts.
func begin(at int64, step points.Span, zone *aggregators.Zone) (int64, error) {
	location := time.UTC
	if zone != nil {
		location = zone.Location()
	}
	t := time.UnixMilli(at).In(location)
	y, m, d := t.Date()
	switch step.Unit {
	case points.Milliseconds:
		if length(step) <= second {
			return at - ((at%second+second)%second)%step.Value, nil
		}
	case points.Weeks:
		d -= (int(t.Weekday()) + 6) % 7
	case points.Months:
		d = 1
		if step.Value == 3 {
			m -= (m - 1) % 3
		}
	case points.Years:
		m, d = time.January, 1
	}
	origin := time.Date(y, m, d, 0, 0, 0, 0, location)
	for origin.Hour() != 0 || origin.UnixMilli() > at {
		d--
		origin = time.Date(y, m, d, 0, 0, 0, 0, location)
	}
	grid, err := aggregators.NewGrid(step, origin.UnixMilli(), zone)
	if err != nil {
		return 0, err
	}
	r, err := grid.Range(at)
	return r.From, err
}

// spanText is a length of time as people and Grafana write it.
var spanText = regexp.MustCompile(`^\s*(\d{1,12})\s*([a-zA-Z]+)\s*$`)

// parseSpan reads 5m, 1h or 5 minutes.
func parseSpan(text string) (points.Span, bool) {
	parts := spanText.FindStringSubmatch(text)
	if parts == nil {
		return points.Span{}, false
	}
	short := map[string]points.Unit{
		"ms": points.Milliseconds, "s": points.Seconds, "m": points.Minutes, "h": points.Hours,
		"d": points.Days, "w": points.Weeks, "M": points.Months, "y": points.Years,
	}
	unit, ok := short[parts[2]]
	if !ok {
		if unit, ok = points.ParseUnit(parts[2]); !ok {
			unit, ok = points.ParseUnit(strings.TrimSuffix(parts[2], "s") + "s")
		}
	}
	v, err := strconv.ParseInt(parts[1], 10, 64)
	return points.Span{Value: v, Unit: unit}, ok && err == nil && v > 0
}
