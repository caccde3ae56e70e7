package connio

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// naivePoint is a point as Connio's pages see one.
type naivePoint struct {
	at               int64
	v                float64
	null             bool
	protocol, source string
}

// naiveQuery is a query object in which all is settled, times in milliseconds.
type naiveQuery struct {
	from, to int64 // the query's range
	now      int64
	zone     *time.Location
	filter   map[string][]string
	limit    int
	desc     bool
	groupers []naiveGrouper
	steps    []naiveStep
}

// naiveGrouper is one grouper.
type naiveGrouper struct {
	by    string
	size  float64 // by time: milliseconds, or months
	month bool
	count int
	bins  []float64
	tags  []string
}

// naiveStep is one aggregator.
type naiveStep struct {
	name               string
	value              int64
	unit               string
	align, alignStart  bool
	origin             int64
	percentile, factor float64
	trim               string
}

// naiveGroup is one group of an answer.
type naiveGroup struct {
	key        []string // sorts like the groups
	attributes map[string][]string
	values     []naivePoint
}

// answer answers a query by the letter of the pages: filter, limit, groups,
// aggregators.
func (q *naiveQuery) answer(all []naivePoint) (size int, groups []naiveGroup) {
	var points []naivePoint
	for _, p := range all {
		if p.at >= q.from && p.at <= q.to && q.takes(p) {
			points = append(points, p)
		}
	}
	slices.SortFunc(points, func(a, b naivePoint) int { return cmp.Compare(a.at, b.at) })
	if q.desc {
		slices.Reverse(points)
	}
	found := map[string]*naiveGroup{}
	kept := map[string]int{}
	for i, p := range points {
		key := q.key(p)
		name := strings.Join(key, "\x00")
		g := found[name]
		if g == nil {
			g = &naiveGroup{key: key, attributes: map[string][]string{}}
			found[name] = g
		}
		for tag, value := range map[string]string{"protocol": p.protocol, "source": p.source} {
			if !slices.Contains(g.attributes[tag], value) {
				g.attributes[tag] = append(g.attributes[tag], value)
				slices.Sort(g.attributes[tag])
			}
		}
		if q.limit == 0 || i < q.limit {
			size++
			kept[name]++
			g.values = append(g.values, p)
		}
	}
	for name, g := range found {
		if kept[name] > 0 {
			groups = append(groups, *g)
		}
	}
	slices.SortFunc(groups, func(a, b naiveGroup) int { return slices.Compare(a.key, b.key) })
	for i := range groups {
		groups[i].values = q.compute(groups[i].values)
	}
	return size, groups
}

// takes tells whether a point passes the filter.
func (q *naiveQuery) takes(p naivePoint) bool {
	is := func(values []string, value string) bool {
		return values == nil || slices.Contains(values, value) ||
			value == "imsg" && slices.Contains(values, "internal") || value == "internal" && slices.Contains(values, "imsg")
	}
	return is(q.filter["protocol"], p.protocol) && is(q.filter["source"], p.source)
}

// key is what a point is grouped by; numbers sort as texts.
func (q *naiveQuery) key(p naivePoint) []string {
	var key []string
	for _, g := range q.groupers {
		n := 0.0
		switch g.by {
		case "time":
			if g.month {
				n = float64(q.months(p.at) / int64(g.size))
			} else {
				n = math.Floor(float64(p.at-q.from) / g.size)
			}
			n = math.Mod(n, float64(g.count))
		case "value":
			n = math.Trunc(p.v / g.size)
		case "bin":
			for _, b := range g.bins {
				if b <= p.v {
					n++
				}
			}
		case "tag":
			for _, tag := range g.tags {
				if tag == "protocol" {
					key = append(key, p.protocol)
				} else {
					key = append(key, p.source)
				}
			}
			continue
		}
		key = append(key, fmt.Sprintf("%012.0f", n+1e6))
	}
	return key
}

// months counts the whole months from the query's start to a time.
func (q *naiveQuery) months(at int64) (n int64) {
	start := time.UnixMilli(q.from).In(q.zone)
	y, m, d := start.Date()
	hour, minute, second := start.Clock()
	clock := time.Duration(hour*3600+minute*60+second)*time.Second + time.Duration(start.Nanosecond())
	for {
		last := time.Date(y, m+time.Month(n)+2, 0, 0, 0, 0, 0, time.UTC)
		if momentOf(last.Year(), last.Month(), min(d, last.Day()), clock, q.zone) > at {
			return n
		}
		n++
	}
}

// ranged tells whether an aggregator folds ranges.
func (s *naiveStep) ranged() bool {
	return slices.Contains(strings.Fields("avg dev count first gaps last least_squares max min percentile sum"), s.name)
}

// compute runs the aggregators. Those of ranges see the points forwards.
func (q *naiveQuery) compute(points []naivePoint) []naivePoint {
	for i := range q.steps {
		s := &q.steps[i]
		if !s.ranged() {
			points = s.pointwise(points)
			continue
		}
		if q.desc {
			slices.Reverse(points)
		}
		if s.name == "gaps" {
			points = q.gaps(s, points)
		} else {
			points = q.ranges(s, points)
		}
		if q.desc {
			slices.Reverse(points)
		}
	}
	return points
}

// solid are the points that have a value.
func solidOf(points []naivePoint) (kept []naivePoint) {
	for _, p := range points {
		if !p.null {
			kept = append(kept, p)
		}
	}
	return kept
}

// pointwise computes what is no range aggregator.
func (s *naiveStep) pointwise(points []naivePoint) (out []naivePoint) {
	switch s.name {
	case "scale", "div":
		for _, p := range points {
			if s.name == "div" {
				p.v /= s.factor
			} else {
				p.v *= s.factor
			}
			out = append(out, p)
		}
		return out
	case "trim":
		if s.trim != "LAST" && len(points) > 0 {
			points = points[1:]
		}
		if s.trim != "FIRST" && len(points) > 0 {
			points = points[:len(points)-1]
		}
		return points
	}
	points = solidOf(points)
	for i := 1; i < len(points); i++ {
		p, before := points[i], points[i-1]
		length := float64(millis(s.unit) * s.value)
		switch s.name {
		case "diff":
			p.v -= before.v
		case "rate":
			p.v = (p.v - before.v) / float64(p.at-before.at) * length
		case "sampler":
			p.v = p.v / float64(p.at-before.at) * length
		}
		out = append(out, p)
	}
	return out
}

// millis is the length of a unit that has one.
func millis(unit string) int64 {
	return map[string]int64{"milliseconds": 1, "seconds": 1e3, "minutes": 6e4, "hours": 36e5, "days": 864e5, "weeks": 7 * 864e5}[unit]
}
