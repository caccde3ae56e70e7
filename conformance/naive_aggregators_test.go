package conformance

import (
	"cmp"
	"errors"
	"math"
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

// fold cuts a stream into ranges and folds each.
func (a *naiveAggregator) fold(ranges *naiveRanges, in []naivePoint) ([]naivePoint, error) {
	var out []naivePoint
	for len(in) > 0 {
		from, to, err := ranges.of(in[0].at)
		if err != nil {
			return nil, err
		}
		n := 0
		for n < len(in) && in[n].at < to {
			n++
		}
		stamp := func(p naivePoint) int64 {
			switch {
			case a.AlignStart:
				return from
			case a.AlignEnd:
				return to
			}
			return p.at
		}
		folded, err := a.foldRange(in[:n], stamp)
		if err != nil {
			return nil, err
		}
		out, in = append(out, folded...), in[n:]
	}
	return out, nil
}

// foldRange folds the points of one range.
func (a *naiveAggregator) foldRange(in []naivePoint, stamp func(naivePoint) int64) ([]naivePoint, error) {
	var values []float64
	for _, p := range in {
		if !p.null {
			values = append(values, p.f)
		}
	}
	at := stamp(in[0])
	switch a.Name {
	case "count":
		return []naivePoint{{at: at, f: float64(len(in)), i: int64(len(in)), long: true}}, nil
	case "first", "last":
		p := in[0]
		if a.Name == "last" {
			p = in[len(in)-1]
		}
		p.at = stamp(p)
		return []naivePoint{p}, nil
	case "least_squares":
		return naiveLine(in)
	case "avg":
		return []naivePoint{number(at, naiveSum(values)/float64(len(values)))}, nil
	}
	if len(values) < len(in) {
		return nil, errNaive
	}
	switch a.Name {
	case "sum":
		return []naivePoint{number(at, naiveSum(values))}, nil
	case "dev":
		return []naivePoint{number(at, a.deviation(values))}, nil
	case "percentile":
		return []naivePoint{number(at, naivePercentile(values, a.Percentile))}, nil
	}
	slices.SortStableFunc(values, func(x, y float64) int { return naiveOrder(number(0, x), number(0, y)) })
	if a.Name == "min" {
		return []naivePoint{number(at, values[0])}, nil
	}
	return []naivePoint{number(at, values[len(values)-1])}, nil
}

// naiveSum adds in order.
func naiveSum(values []float64) float64 {
	s := 0.0
	for _, v := range values {
		s += v
	}
	return s
}

// deviation is dev's running means.
func (a *naiveAggregator) deviation(values []float64) float64 {
	var n, mean, square, sd float64
	for _, v := range values {
		n++
		mean += (v - mean) / n
		square += (float64(v*v) - square) / n
		sd = math.Sqrt((float64(square*n) - float64(float64(n*mean)*mean)) / (n - 1))
	}
	if math.IsNaN(sd) {
		sd = 0
	}
	switch a.Return {
	case "pos_sd":
		return mean + float64(sd*float64(max(a.DevCount, 1)))
	case "neg_sd":
		return mean - float64(sd*float64(max(a.DevCount, 1)))
	}
	return sd
}

// naivePercentile is the value at p times one more than the count.
func naivePercentile(values []float64, p float64) float64 {
	slices.SortStableFunc(values, func(x, y float64) int { return naiveOrder(number(0, x), number(0, y)) })
	n := float64(len(values))
	pos := p * (n + 1)
	switch {
	case pos < 1:
		return values[0]
	case pos >= n:
		return values[len(values)-1]
	}
	k := int(math.Floor(pos))
	return values[k-1] + float64((pos-math.Floor(pos))*(values[k]-values[k-1]))
}

// naiveLine is least_squares: the fitted line at the first and the last time.
func naiveLine(in []naivePoint) ([]naivePoint, error) {
	if slices.ContainsFunc(in, func(p naivePoint) bool { return p.null }) {
		return nil, errBeyond
	}
	if len(in) < 3 {
		return in, nil
	}
	var n, mx, my, sxx, sxy, sx, sy float64
	for _, p := range in {
		x, y := float64(p.at), p.f
		if n == 0 {
			mx, my = x, y
		} else {
			f, g := 1+n, n/(1+n)
			dx, dy := x-mx, y-my
			sxx += float64(float64(dx*dx) * g)
			sxy += float64(float64(dx*dy) * g)
			mx += dx / f
			my += dy / f
		}
		sx, sy, n = sx+x, sy+y, n+1
	}
	slope := sxy / sxx
	if math.Abs(sxx) < 10*math.SmallestNonzeroFloat64 {
		slope = math.NaN()
	}
	at := func(z int64) naivePoint {
		return number(z, float64((sy-float64(slope*sx))/n)+float64(slope*float64(z)))
	}
	return []naivePoint{at(in[0].at), at(in[len(in)-1].at)}, nil
}
