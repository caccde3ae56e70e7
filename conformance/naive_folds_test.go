package conformance

import (
	"math"
	"slices"
)

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
	case "first":
		in[0].at = at
		return in[:1], nil
	case "last":
		p := in[len(in)-1]
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
	return []naivePoint{number(at, a.foldNumbers(values))}, nil
}

// foldNumbers folds the numbers of a range that has no nulls into one.
func (a *naiveAggregator) foldNumbers(values []float64) float64 {
	switch a.Name {
	case "sum":
		return naiveSum(values)
	case "dev":
		return a.deviation(values)
	case "percentile":
		return naivePercentile(values, a.Percentile)
	}
	slices.SortStableFunc(values, func(x, y float64) int { return naiveOrder(number(0, x), number(0, y)) })
	if a.Name == "min" {
		return values[0]
	}
	return values[len(values)-1]
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
