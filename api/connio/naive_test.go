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
	for monthsBefore(start, -int(n+1)).UnixMilli() <= at {
		n++
	}
	return n
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

// boundary is where the range of a time begins, and where the next one does. A
// time before the first range, as another aggregator may have stamped it, counts as
// part of that, as KairosDB's do.
func (q *naiveQuery) boundary(s *naiveStep, at int64) (from, to int64) {
	origin := time.UnixMilli(s.origin).In(q.zone)
	if s.align {
		y, m, d := origin.Date()
		origin = time.Date(y, m, d, 0, 0, 0, 0, q.zone)
		switch s.unit {
		case "weeks":
			origin = origin.AddDate(0, 0, -(int(origin.Weekday())+6)%7)
		case "months":
			origin = origin.AddDate(0, 0, 1-d)
		}
	}
	edge := func(n int64) int64 {
		if s.unit == "months" {
			return monthsBefore(origin, -int(n*s.value)).UnixMilli()
		}
		return origin.UnixMilli() + n*s.value*millis(s.unit)
	}
	n := int64(0)
	for edge(n) > q.from {
		n--
	}
	for edge(n+1) <= q.from {
		n++
	}
	for edge(n+1) <= at {
		n++
	}
	for edge(n-1) >= at {
		n--
	}
	return edge(n), edge(n + 1)
}

// gaps adds nulls.
func (q *naiveQuery) gaps(s *naiveStep, points []naivePoint) (out []naivePoint) {
	at, _ := q.boundary(s, q.from)
	for at <= min(q.to, q.now) || len(points) > 0 {
		_, end := q.boundary(s, at)
		some := false
		for len(points) > 0 && points[0].at < end {
			out, points, some = append(out, points[0]), points[1:], true
		}
		if !some {
			out = append(out, naivePoint{at: at, null: true})
		}
		at = end
	}
	return out
}

// ranges folds ranges.
func (q *naiveQuery) ranges(s *naiveStep, points []naivePoint) (out []naivePoint) {
	for len(points) > 0 {
		from, to := q.boundary(s, points[0].at)
		n := 0
		for n < len(points) && points[n].at < to {
			n++
		}
		in := solidOf(points[:n])
		stamp := points[0].at
		if s.alignStart {
			stamp = from
		}
		points = points[n:]
		if len(in) > 0 {
			out = append(out, s.fold(in, stamp)...)
		}
	}
	return out
}

// fold folds the points of one range.
func (s *naiveStep) fold(in []naivePoint, stamp int64) []naivePoint {
	first, last := in[0], in[len(in)-1]
	var values []float64
	sum := 0.0
	for _, p := range in {
		values, sum = append(values, p.v), sum+p.v
	}
	n := float64(len(in))
	slices.Sort(values)
	v := 0.0
	switch s.name {
	case "sum":
		v = sum
	case "avg":
		v = sum / n
	case "count":
		v = n
	case "min":
		v = values[0]
	case "max":
		v = values[len(values)-1]
	case "first":
		v = first.v
	case "last":
		if v = last.v; !s.alignStart {
			stamp = last.at
		}
	case "dev":
		for _, x := range values {
			v += (x - sum/n) * (x - sum/n)
		}
		if v = math.Sqrt(v / (n - 1)); n == 1 {
			v = 0
		}
	case "percentile":
		pos := s.percentile * (n + 1)
		switch k := int(pos); {
		case pos < 1:
			v = values[0]
		case pos >= n:
			v = values[len(values)-1]
		default:
			v = values[k-1] + (pos-float64(k))*(values[k]-values[k-1])
		}
	case "least_squares":
		return line(in, sum/n)
	}
	return []naivePoint{{at: stamp, v: v}}
}

// line is the two ends of the line that fits the points best.
func line(in []naivePoint, mean float64) []naivePoint {
	if len(in) < 3 {
		return in
	}
	first, last := in[0], in[len(in)-1]
	middle, up, down := 0.0, 0.0, 0.0
	for _, p := range in {
		middle += float64(p.at-first.at) / float64(len(in))
	}
	for _, p := range in {
		x := float64(p.at-first.at) - middle
		up, down = up+x*(p.v-mean), down+x*x
	}
	slope := up / down
	return []naivePoint{
		{at: first.at, v: mean - slope*middle}, {at: last.at, v: mean + slope*(float64(last.at-first.at)-middle)},
	}
}
