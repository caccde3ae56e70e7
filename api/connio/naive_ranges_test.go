package connio

import (
	"math"
	"slices"
	"time"
)

// boundary is where the range of a time begins, and where the next one does. A
// time before the first range, as another aggregator may have stamped it, counts as
// part of that, as KairosDB's do.
func (q *naiveQuery) boundary(s *naiveStep, at int64) (from, to int64) {
	origin := time.UnixMilli(s.origin).In(q.zone)
	y, m, d := origin.Date()
	hour, minute, second := origin.Clock()
	clock := time.Duration(hour*3600+minute*60+second)*time.Second + time.Duration(origin.Nanosecond())
	if s.align {
		clock = 0
		switch s.unit {
		case "weeks":
			d -= (int(origin.Weekday()) + 6) % 7
		case "months":
			d = 1
		case "years":
			m, d = 1, 1
		}
	}
	edge := func(n int64) int64 {
		n *= s.value
		switch s.unit {
		case "days":
			return momentOf(y, m, d+int(n), clock, q.zone)
		case "weeks":
			return momentOf(y, m, d+7*int(n), clock, q.zone)
		case "months", "years":
			if s.unit == "years" {
				n *= 12
			}
			last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
			return momentOf(last.Year(), last.Month(), min(d, last.Day()), clock, q.zone)
		}
		if s.align {
			return momentOf(y, m, d, 0, q.zone) + n*millis(s.unit)
		}
		return s.origin + n*millis(s.unit)
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

// momentOf is when the clock of a zone shows a time of day: the first time of one that
// comes twice; one that is skipped is as much later.
func momentOf(y int, m time.Month, d int, clock time.Duration, zone *time.Location) int64 {
	want := time.Date(y, m, d, 0, 0, 0, int(clock), time.UTC)
	offset := func(at time.Time) time.Duration {
		_, seconds := at.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, behind := offset(want.AddDate(0, 0, -1)), offset(want.AddDate(0, 0, 1))
	at := want.Add(-before)
	if offset(at) != before && offset(want.Add(-behind)) == behind {
		at = want.Add(-behind)
	}
	return at.UnixMilli()
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
