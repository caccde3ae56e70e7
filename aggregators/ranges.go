package aggregators

import (
	"fmt"
	"math"
	"strings"

	"aion/storage/points"
)

// Ranges cuts time into ranges of one size, counted from an origin, as
// KairosDB's RangeAggregator does. It serves one goroutine at a time.
type Ranges struct {
	size          points.Span
	origin        int64
	local, offset int64 // the origin on the zone's clock
	width         int64 // of a range of a fixed unit, 0 if it has none or arithmetic might overflow
	calendar      calendar
}

// plainReach is how far from the origin ranges of a fixed unit are reckoned
// without looking for overflow.
const plainReach = int64(1) << 60

// NewRanges counts ranges from start or, with align, from the boundary of the
// unit at or before it in the zone (nil: UTC). Where that midnight is skipped
// the answer is KairosDB's ComputeError.
func NewRanges(size points.Span, start int64, align bool, zone *Zone) (*Ranges, error) {
	r := &Ranges{size: size, origin: start, calendar: calendar{newClock(zone)}}
	var err error
	if align {
		if r.origin, err = r.calendar.align(start, size.Unit); err != nil {
			return nil, err
		}
	}
	r.offset = r.calendar.clock.at(r.origin)
	if r.local, err = toLocal(r.origin, r.offset); err != nil {
		return nil, err
	}
	unit := size.Unit.Millis()
	if unit != 0 && (size.Unit < points.Days || zone == nil || len(r.calendar.clock.zone.starts) == 1) &&
		size.Value > 0 && size.Value <= plainReach/unit && -plainReach < r.origin && r.origin < plainReach {
		r.width = unit * size.Value
	}
	return r, nil
}

// Origin is the time that ranges are counted from.
func (r *Ranges) Origin() int64 { return r.origin }

// Of is the range, end exclusive, that a time counts as part of. Before the
// origin the range need not hold the time, since indices are truncated toward
// zero, and around transitions it may lie beside it.
func (r *Ranges) Of(at int64) (start, end int64, err error) {
	if r.width != 0 && -plainReach < at && at < plainReach {
		start = r.origin + (at-r.origin)/r.width*r.width
		return start, start + r.width, nil
	}
	if r.size.Value == 0 {
		return 0, 0, &ComputeError{"/ by zero"}
	}
	n, err := r.units(at)
	if err != nil {
		return 0, 0, err
	}
	i := n / r.size.Value
	if start, err = r.boundary(i * r.size.Value); err != nil {
		return 0, 0, err
	}
	end, err = r.boundary((i + 1) * r.size.Value)
	return start, end, err
}

// units counts the whole units from the origin to a time, truncated toward zero
// (DateTimeField.getDifferenceAsLong).
func (r *Ranges) units(at int64) (int64, error) {
	if unit := r.size.Unit; unit < points.Days {
		d, err := subtract(at+r.offset, r.local)
		return d / unit.Millis(), err
	}
	local, err := r.calendar.local(at)
	if err != nil {
		return 0, err
	}
	return localDifference(local, r.local, r.size.Unit)
}

// boundary is the origin moved by n units, on the zone's clock from days on
// (DateTimeField.add).
func (r *Ranges) boundary(n int64) (int64, error) {
	local, err := addLocal(r.local, n, r.size.Unit)
	if err != nil {
		return 0, err
	}
	if r.size.Unit < points.Days {
		return local - r.offset, nil
	}
	return r.calendar.instant(local, r.offset)
}

// cut is how a range aggregator cuts its stream and stamps its results: the
// properties of ranges.
type cut struct {
	sampling             points.Span
	align                bool
	alignStart, alignEnd bool
	trim                 bool
	start, end           int64
	zone                 *Zone
}

// newCut reads the properties of ranges for the aggregator of that name.
func newCut(name string, env Env, v Values) (cut, error) {
	s := env.Release.switches()
	c := cut{
		sampling:   get(v, "sampling", points.Span{Value: 1, Unit: points.Milliseconds}),
		align:      get(v, "align_sampling", s.alignSampling),
		alignStart: get(v, "align_start_time", false),
		alignEnd:   get(v, "align_end_time", false),
		trim:       get(v, "trim", false),
		start:      get(v, "start_time", env.Start),
		end:        get(v, "end_time", env.End),
		zone:       get(v, "time_zone", env.Zone),
	}
	if least := s.smallestSampling; c.sampling.Value < least {
		problem := fmt.Sprintf("must be greater than or equal to %d", least)
		return c, &PropertyError{Aggregator: name, Property: "sampling.value", Problem: problem}
	}
	return c, nil
}

// ranges makes the cut's Ranges.
func (c *cut) ranges() (*Ranges, error) { return NewRanges(c.sampling, c.start, c.align, c.zone) }

// stamp is the time of a range's result: that of its first point unless an end
// of the range is asked for.
func (c *cut) stamp(first, start, end int64) int64 {
	switch {
	case c.alignStart:
		return start
	case c.alignEnd:
		return end
	}
	return first
}

// text is the cut as plans print it, behind what the aggregator says itself.
func (c *cut) text(name string, parts ...string) string {
	parts = append(parts, spanText(c.sampling))
	for _, flag := range []struct {
		on   bool
		text string
	}{
		{!c.align, "no align_sampling"},
		{c.alignStart, "align_start_time"},
		{c.alignEnd, "align_end_time"},
		{c.trim, "trim"},
	} {
		if flag.on {
			parts = append(parts, flag.text)
		}
	}
	return call(name, parts...)
}

// spanText prints a span for plans: 5 minutes.
func spanText(s points.Span) string {
	return fmt.Sprintf("%d %s", s.Value, strings.ToLower(s.Unit.String()))
}

// call prints an aggregator and its settings for plans.
func call(name string, parts ...string) string {
	if len(parts) == 0 {
		return name
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// until is where the range behind [start, end) ends, about.
func until(start, end int64) int64 {
	if next := end + (end - start); next > end {
		return next
	}
	return math.MaxInt64
}
