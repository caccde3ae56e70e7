package rollup

import (
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// stretch is a part of a time range that one query rolls up: whole ranges of the
// sampling, counted from an origin.
type stretch struct {
	points.Range
	origin int64
	grid   *aggregators.Grid
}

// cutter cuts time into stretches. The ranges of a sampling that divides a day
// are counted from midnight, in the zone; all others from a day long ago, so that
// they are the same in every run.
type cutter struct {
	size points.Span
	zone *aggregators.Zone // nil: UTC
}

// How many ranges a stretch has at most where it is not a day.
const (
	shortRanges = 1000 // of a unit below a day
	longRanges  = 31
)

// first is the stretch that a time lies in: it begins with the time's range and
// ends with the one that until, which is not before the time, lies in, or before.
func (c cutter) first(at, until int64) (stretch, error) {
	if c.size.Value <= 0 {
		return stretch{}, points.Invalid("a sampling of %d %s cannot be rolled up", c.size.Value, c.size.Unit)
	}
	s := stretch{origin: c.origin(at)}
	var err error
	if s.grid, err = aggregators.NewGrid(c.size, s.origin, c.zone); err != nil {
		return s, err
	}
	if s.Range, err = s.grid.Range(at); err != nil {
		return s, err
	}
	switch {
	case c.daily():
		s.To = min(s.upTo(until), c.midnight(at, 1)-1)
	case c.size.Unit < points.Days:
		s.To = min(s.upTo(until), s.From+shortRanges*(s.To+1-s.From)-1)
	default:
		err = s.extend(until)
	}
	return s, err
}

// upTo is the end of the range that until lies in, where all are of one length.
func (s *stretch) upTo(until int64) int64 {
	length := s.To + 1 - s.From
	return s.From + ((until-s.From)/length+1)*length - 1
}

// extend lets a stretch go on range by range.
func (s *stretch) extend(until int64) error {
	for n := 1; s.To < until && n < longRanges; n++ {
		next, err := s.grid.Range(s.To + 1)
		if err != nil {
			return err
		}
		if next.To <= s.To {
			break
		}
		s.To = next.To
	}
	return nil
}

// daily tells whether the sampling divides a day of 24 hours.
func (c cutter) daily() bool {
	length := c.size.Unit.Millis() * c.size.Value
	return c.size.Unit < points.Days && length > 0 && points.Days.Millis()%length == 0
}

// origin is what the ranges around a time are counted from.
func (c cutter) origin(at int64) int64 {
	switch {
	case c.daily():
		return c.midnight(at, 0)
	case c.size.Unit < points.Days:
		return time.Date(1970, 1, 1, 0, 0, 0, 0, c.location()).UnixMilli()
	case c.size.Unit == points.Weeks:
		return time.Date(1600, 1, 3, 0, 0, 0, 0, c.location()).UnixMilli() // a Monday
	}
	return time.Date(1600, 1, 1, 0, 0, 0, 0, c.location()).UnixMilli()
}

// midnight is the beginning of the day that lies some days after that of a time.
func (c cutter) midnight(at int64, days int) int64 {
	t := time.UnixMilli(at).In(c.location())
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, c.location()).UnixMilli()
}

// location is the zone as package time has it.
func (c cutter) location() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone.Location()
}

// later is a time that lies s after at.
func later(at int64, s points.Span) int64 {
	return points.Span{Value: -s.Value, Unit: s.Unit}.Before(at)
}

// leastInterval is how often a task may run at most.
const leastInterval = time.Second

// due is when a task that was due at a time is due next after now, and how many
// of its runs were missed meanwhile.
func due(was, now int64, interval points.Span) (next int64, missed int) {
	if interval.Unit == points.Milliseconds {
		interval.Value = max(interval.Value, leastInterval.Milliseconds())
	}
	if length := interval.Unit.Millis() * interval.Value; length > 0 && now > was {
		n := (now - was) / length
		was, missed = was+n*length, int(n)
	}
	for next = later(was, interval); next <= now; next = later(next, interval) {
		missed++
	}
	return next, missed
}
