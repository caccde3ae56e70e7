package conformance

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// naiveAggregator is one aggregator of a query with all properties that the
// random queries use.
type naiveAggregator struct {
	Name          string           `json:"name"`
	Sampling      *naiveSpan       `json:"sampling,omitempty"`
	AlignSampling *bool            `json:"align_sampling,omitempty"`
	AlignStart    bool             `json:"align_start_time,omitempty"`
	AlignEnd      bool             `json:"align_end_time,omitempty"`
	StartTime     *int64           `json:"start_time,omitempty"`
	Zone          string           `json:"time_zone,omitempty"`
	Trim          any              `json:"trim,omitempty"`
	Percentile    float64          `json:"percentile,omitempty"`
	Factor        float64          `json:"factor,omitempty"`
	Divisor       float64          `json:"divisor,omitempty"`
	Size          int              `json:"size,omitempty"`
	Unit          string           `json:"unit,omitempty"`
	Op            string           `json:"filter_op,omitempty"`
	Threshold     any              `json:"threshold,omitempty"`
	Thresholds    []naiveThreshold `json:"thresholds,omitempty"`
	Order         string           `json:"order,omitempty"`
	Return        string           `json:"return_type,omitempty"`
	DevCount      int              `json:"dev_count,omitempty"`
}

// naiveThreshold is one threshold of score.
type naiveThreshold struct {
	Value    float64 `json:"value"`
	Boundary string  `json:"boundary,omitempty"`
}

// errNaive is a failure that KairosDB answers with 500.
var errNaive = errors.New("the aggregator fails")

// naiveRun is what the groups of a query share.
type naiveRun struct {
	query *naiveQuery
	now   int64
	begun map[int]bool // gaps that have made a step
}

// chain sends a group's points through the aggregators that take them.
func (r *naiveRun) chain(g *naiveGroup) ([]naivePoint, error) {
	points, kind := g.points, g.kind
	for i := range r.query.Metrics[0].Aggregators {
		a := &r.query.Metrics[0].Aggregators[i]
		any := slices.Contains([]string{"count", "filter", "first", "gaps", "last", "trim"}, a.Name)
		if kind == "text" && !any {
			continue
		}
		var err error
		if points, err = r.apply(i, a, points); err != nil {
			return nil, err
		}
		if a.Name == "count" {
			kind = "number"
		}
	}
	return points, nil
}

// apply is one aggregator on one stream.
func (r *naiveRun) apply(i int, a *naiveAggregator, in []naivePoint) ([]naivePoint, error) {
	switch a.Name {
	case "diff", "rate", "sampler":
		return r.neighbours(a, in)
	case "scale":
		return eachNumber(in, func(v float64) float64 { return v * a.Factor })
	case "div":
		return eachNumber(in, func(v float64) float64 { return v / a.Divisor })
	case "score":
		return eachNumber(in, a.score)
	case "sma":
		return naiveMoving(in, a.Size)
	case "trim":
		return naiveTrim(in, a.Trim), nil
	case "filter":
		return a.filter(in)
	}
	ranges, err := r.ranges(a)
	if err != nil {
		return nil, err
	}
	if a.Name == "gaps" {
		return r.gaps(i, a, ranges, in)
	}
	return a.fold(ranges, in)
}

// zone is an aggregator's zone, else the query's.
func (r *naiveRun) zone(a *naiveAggregator) (naiveZone, error) {
	return zoneOf(cmp.Or(a.Zone, r.query.Zone))
}

// ranges are the ranges of a range aggregator.
func (r *naiveRun) ranges(a *naiveAggregator) (*naiveRanges, error) {
	zone, err := r.zone(a)
	if err != nil {
		return nil, err
	}
	origin := r.query.Start
	if a.StartTime != nil {
		origin = *a.StartTime
	}
	if a.AlignSampling == nil || *a.AlignSampling {
		origin = aligned(zone, origin, a.Sampling.Unit)
	}
	return &naiveRanges{zone: zone, origin: origin, size: *a.Sampling}, nil
}

// number is a double as a point.
func number(at int64, v float64) naivePoint { return naivePoint{at: at, f: v} }

// eachNumber changes every number and keeps its time.
func eachNumber(in []naivePoint, f func(float64) float64) ([]naivePoint, error) {
	var out []naivePoint
	for _, p := range in {
		if p.null {
			return nil, errNaive
		}
		out = append(out, number(p.at, f(p.f)))
	}
	return out, nil
}

// neighbours are diff, rate and sampler.
func (r *naiveRun) neighbours(a *naiveAggregator, in []naivePoint) ([]naivePoint, error) {
	zone, err := r.zone(a)
	if err != nil {
		return nil, err
	}
	span := naiveSpan{1, "milliseconds"}
	if a.Sampling != nil {
		span = *a.Sampling
	}
	if a.Unit != "" {
		span = naiveSpan{1, a.Unit}
	}
	if slices.ContainsFunc(in, func(p naivePoint) bool { return p.null }) {
		return nil, errBeyond
	}
	var out []naivePoint
	for i := 1; i < len(in); i++ {
		p, q := in[i-1], in[i]
		v := q.f - p.f
		if a.Name == "sampler" {
			v = q.f
		}
		if a.Name != "diff" {
			if p.at == q.at {
				return nil, errNaive
			}
			v = float64(v/float64(q.at-p.at)) * float64(zone.span(p.at, span))
		}
		out = append(out, number(q.at, v))
	}
	return out, nil
}

// score counts the thresholds below a number.
func (a *naiveAggregator) score(v float64) float64 {
	n := 0
	for _, t := range a.Thresholds { // distinct, so that their order is no matter
		if v > t.Value || v == t.Value && t.Boundary == "inferior" {
			n++
		}
	}
	if a.Order == "descending" {
		n = len(a.Thresholds) - n
	}
	return float64(n)
}

// naiveMoving is sma.
func naiveMoving(in []naivePoint, size int) ([]naivePoint, error) {
	var out []naivePoint
	if slices.ContainsFunc(in, func(p naivePoint) bool { return p.null }) {
		return nil, errBeyond
	}
	for i := size - 1; i < len(in); i++ {
		sum := 0.0
		for _, p := range in[i-size+1 : i+1] {
			sum += p.f
		}
		out = append(out, number(in[i].at, sum/float64(size)))
	}
	return out, nil
}

// naiveTrim drops the first or the last point, or both.
func naiveTrim(in []naivePoint, which any) []naivePoint {
	if which != "last" && len(in) > 0 {
		in = in[1:]
	}
	if which != "first" && len(in) > 0 {
		in = in[:len(in)-1]
	}
	return in
}

// filter removes the points for which the comparison holds, and those that
// cannot be compared.
func (a *naiveAggregator) filter(in []naivePoint) ([]naivePoint, error) {
	var out []naivePoint
	for _, p := range in {
		var c int
		switch t := a.Threshold.(type) {
		case float64:
			if p.null {
				return nil, errNaive
			}
			if p.text != nil {
				continue
			}
			c = cmp.Compare(p.f, t)
			if p.f == 0 && t == 0 {
				return nil, errBeyond
			}
		case string:
			if p.text == nil {
				continue
			}
			c = strings.Compare(*p.text, t)
		}
		holds := map[string]bool{"lt": c < 0, "lte": c <= 0, "gt": c > 0, "gte": c >= 0, "equal": c == 0, "ne": c != 0}
		if !holds[a.Op] {
			out = append(out, p)
		}
	}
	return out, nil
}

// gaps makes nulls where ranges have no point.
func (r *naiveRun) gaps(i int, a *naiveAggregator, ranges *naiveRanges, in []naivePoint) ([]naivePoint, error) {
	expected, end := r.query.Start, min(r.query.End, r.now)
	if a.StartTime != nil {
		expected = *a.StartTime
	}
	trim := a.Trim == true
	if trim {
		expected = ranges.origin
	}
	var out []naivePoint
	for len(in) > 0 || !trim && expected <= end {
		at := expected
		if trim && !r.begun[i] {
			at = in[0].at
		}
		r.begun[i] = true
		from, to, err := ranges.of(at)
		if err != nil || len(out) > 100_000 {
			return nil, errBeyond
		}
		n := 0
		for n < len(in) && in[n].at < to {
			n++
		}
		if out = append(out, in[:n]...); n == 0 {
			out = append(out, naivePoint{at: from, null: true})
		}
		in, expected = in[n:], to
	}
	return out, nil
}
