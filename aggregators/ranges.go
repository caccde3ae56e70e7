package aggregators

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"aion/storage/points"
)

// grid cuts time into ranges of one size, counted from an origin, as
// KairosDB's RangeAggregator does. It serves one goroutine at a time.
type grid struct {
	size          points.Span
	origin        int64 // the time that ranges are counted from
	local, offset int64 // the origin on the zone's clock
	width         int64 // of a range of a fixed unit, 0 if it has none or arithmetic might overflow
	next          int64 // a boundary at or behind the origin: where a range is likely to begin
	calendar      calendar
}

// plainReach is how far from the origin ranges of a fixed unit are reckoned
// without looking for overflow.
const plainReach = int64(1) << 60

// newGrid counts ranges from start or, with align, from the boundary of the
// unit at or before it in the zone (nil: UTC). Where that midnight is skipped
// the answer is KairosDB's ComputeError.
func newGrid(size points.Span, start int64, align bool, zone *Zone) (*grid, error) {
	g := &grid{size: size, origin: start, calendar: calendar{newClock(zone)}}
	var err error
	if align {
		if g.origin, err = g.calendar.align(start, size.Unit); err != nil {
			return nil, err
		}
	}
	g.next = g.origin
	g.offset = g.calendar.clock.at(g.origin)
	if g.local, err = toLocal(g.origin, g.offset); err != nil {
		return nil, err
	}
	unit := size.Unit.Millis()
	if unit != 0 && (size.Unit < points.Days || zone == nil || len(g.calendar.clock.zone.starts) == 1) &&
		size.Value > 0 && size.Value <= plainReach/unit && -plainReach < g.origin && g.origin < plainReach {
		g.width = unit * size.Value
	}
	return g, nil
}

// of is the range, end exclusive, that a time counts as part of. Before the
// origin the range need not hold the time, since indices are truncated toward
// zero, and around transitions it may lie beside it.
func (g *grid) of(at int64) (start, end int64, err error) {
	if g.width != 0 && -plainReach < at && at < plainReach {
		if start = g.next; uint64(at-start) >= uint64(g.width) {
			start = g.origin + (at-g.origin)/g.width*g.width
		}
		g.next = max(start, g.origin) + g.width
		return start, start + g.width, nil
	}
	if g.size.Value == 0 {
		return 0, 0, &ComputeError{"/ by zero"}
	}
	n, err := g.units(at)
	if err != nil {
		return 0, 0, err
	}
	i := n / g.size.Value
	if start, err = g.boundary(i * g.size.Value); err != nil {
		return 0, 0, err
	}
	end, err = g.boundary((i + 1) * g.size.Value)
	return start, end, err
}

// units counts the whole units from the origin to a time, truncated toward zero
// (DateTimeField.getDifferenceAsLong).
func (g *grid) units(at int64) (int64, error) {
	if unit := g.size.Unit; unit < points.Days {
		d, err := subtract(at+g.offset, g.local)
		return d / unit.Millis(), err
	}
	local, err := g.calendar.local(at)
	if err != nil {
		return 0, err
	}
	return localDifference(local, g.local, g.size.Unit)
}

// boundary is the origin moved by n units, on the zone's clock from days on
// (DateTimeField.add).
func (g *grid) boundary(n int64) (int64, error) {
	local, err := addLocal(g.local, n, g.size.Unit)
	if err != nil {
		return 0, err
	}
	if g.size.Unit < points.Days {
		return local - g.offset, nil
	}
	return g.calendar.instant(local, g.offset)
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
	basis                *basis // shared by the streams
}

// basis is what counts a cut's ranges, made when the first stream asks for it:
// to align very many streams to the same boundary takes longer than to read short
// ones.
type basis struct {
	once sync.Once
	grid grid
	err  error
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
		basis:      new(basis),
	}
	if least := s.smallestSampling; c.sampling.Value < least {
		problem := fmt.Sprintf("must be greater than or equal to %d", least)
		return c, &PropertyError{Aggregator: name, Property: "sampling.value", Problem: problem}
	}
	return c, nil
}

// ranges makes a grid of the cut's ranges.
func (c *cut) ranges() (*grid, error) { return newGrid(c.sampling, c.start, c.align, c.zone) }

// rangesFor makes g a grid of the cut's ranges, for one stream.
func (c *cut) rangesFor(g *grid) error {
	c.basis.once.Do(func() {
		made, err := c.ranges()
		if c.basis.err = err; err == nil {
			c.basis.grid = *made
		}
	})
	*g = c.basis.grid
	return c.basis.err
}

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
	if len(parts) == 0 && c.align && !c.alignStart && !c.alignEnd && !c.trim { // as mostly
		var room [64]byte
		return string(append(appendSpan(append(append(room[:0], name...), '('), c.sampling), ')'))
	}
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
func spanText(s points.Span) string { return string(appendSpan(nil, s)) }

// appendSpan is spanText behind dst.
func appendSpan(dst []byte, s points.Span) []byte {
	dst = append(strconv.AppendInt(dst, s.Value, 10), ' ')
	for _, c := range []byte(s.Unit.String()) {
		dst = append(dst, c|0x20)
	}
	return dst
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
