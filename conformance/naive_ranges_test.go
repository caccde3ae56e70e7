package conformance

import (
	"math"
	"slices"
	"time"
)

// naiveSpan is an amount of a unit.
type naiveSpan struct {
	Value int64  `json:"value"`
	Unit  string `json:"unit"`
}

// naiveMillis is the length of a unit that has one.
func naiveMillis(unit string) int64 {
	return map[string]int64{
		"milliseconds": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000,
		"days": 86_400_000, "weeks": 604_800_000,
	}[unit]
}

// naiveZone is a zone's offsets and local times.
type naiveZone struct{ *time.Location }

// zoneOf loads a zone; the empty name is UTC.
func zoneOf(name string) (naiveZone, error) {
	loc, err := time.LoadLocation(cmpZone(name))
	return naiveZone{loc}, err
}

// offset is the zone's offset at an instant in milliseconds.
func (z naiveZone) offset(at int64) int64 {
	_, seconds := time.UnixMilli(at).In(z.Location).Zone()
	return int64(seconds) * 1000
}

// local is the local time at an instant, as a time that pretends to be UTC.
func (z naiveZone) local(at int64) time.Time { return time.UnixMilli(at + z.offset(at)).UTC() }

// instant is when the zone's clocks show a local time. Of two such instants it
// is the one with the offset that was preferred, else the earlier; where there
// is none, clocks have moved on by the gap.
func (z naiveZone) instant(local time.Time, prefer int64) int64 {
	l := local.UnixMilli()
	before, after := z.offset(l-26*3_600_000), z.offset(l+26*3_600_000)
	var found []int64
	for _, off := range []int64{before, after} {
		if at := l - off; z.offset(at) == off && !slices.Contains(found, at) {
			found = append(found, at)
		}
	}
	if len(found) == 0 {
		return l - before
	}
	for _, at := range found {
		if z.offset(at) == prefer {
			return at
		}
	}
	return slices.Min(found)
}

// plus adds an amount of a unit to a local time; months and years keep the day
// of the month where the month has it.
func plus(local time.Time, n int64, unit string) time.Time {
	switch unit {
	case "days":
		return local.AddDate(0, 0, int(n))
	case "weeks":
		return local.AddDate(0, 0, 7*int(n))
	case "years":
		n *= 12
	}
	first := time.Date(local.Year(), local.Month()+time.Month(n), 1, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	return first.AddDate(0, 0, min(local.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// naiveRanges cuts time into ranges that begin at an origin.
type naiveRanges struct {
	zone   naiveZone
	origin int64
	size   naiveSpan
}

// aligned moves an origin back to the calendar boundary of a unit.
func aligned(z naiveZone, at int64, unit string) int64 {
	l := z.local(at)
	y, m, d := l.Date()
	switch unit {
	case "milliseconds":
		return at - l.UnixMilli()%1000
	case "years":
		m, d = 1, 1
	case "months":
		d = 1
	case "weeks":
		d -= (int(l.Weekday()) + 6) % 7
	}
	return z.instant(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), z.offset(at))
}

// calendar tells whether ranges are counted on the calendar.
func (r *naiveRanges) calendar() bool {
	return slices.Contains([]string{"days", "weeks", "months", "years"}, r.size.Unit)
}

// boundary is the start of range number i.
func (r *naiveRanges) boundary(i int64) int64 {
	if !r.calendar() {
		return r.origin + i*r.size.Value*naiveMillis(r.size.Unit)
	}
	return r.zone.instant(plus(r.zone.local(r.origin), i*r.size.Value, r.size.Unit), r.zone.offset(r.origin))
}

// of is the range that a time falls into: counted upwards from the origin, and
// by whole units toward zero before it.
func (r *naiveRanges) of(at int64) (from, to int64, err error) {
	var i int64
	switch {
	case !r.calendar():
		i = (at - r.origin) / naiveMillis(r.size.Unit) / r.size.Value
	case at >= r.origin:
		for r.boundary(i+1) <= at {
			i++
		}
	case r.size.Unit == "days" || r.size.Unit == "weeks":
		i = r.zone.local(at).Sub(r.zone.local(r.origin)).Milliseconds() / naiveMillis(r.size.Unit) / r.size.Value
	default:
		return 0, 0, errBeyond
	}
	from, to = r.boundary(i), r.boundary(i+1)
	if to <= at {
		return 0, 0, errBeyond
	}
	return from, to, nil
}

// span is how long an amount of a unit lasts from a time on.
func (z naiveZone) span(from int64, s naiveSpan) int64 {
	r := naiveRanges{zone: z, origin: from, size: s}
	if !r.calendar() {
		return s.Value * naiveMillis(s.Unit)
	}
	return z.instant(plus(z.local(from), s.Value, s.Unit), math.MinInt64) - from
}
