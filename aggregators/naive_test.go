package aggregators

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// naive computes an aggregator point by point, in the plainest way.
type naive func(t *testing.T, env Env, v Values, in []point) ([]point, error)

// errNaive stands for any failure.
var errNaive = errors.New("naive failure")

// naives are the evaluators by name.
var naives = map[string]naive{
	"avg":           folding(naiveAvg),
	"count":         folding(func(in []point, _ Values) ([]point, error) { return []point{long(0, int64(len(in)))}, nil }),
	"dev":           folding(naiveDev),
	"first":         folding(func(in []point, _ Values) ([]point, error) { return in[:1], nil }),
	"last":          folding(func(in []point, _ Values) ([]point, error) { return in[len(in)-1:], nil }),
	"least_squares": folding(naiveLeastSquares),
	"max":           folding(naiveExtreme(-math.MaxFloat64, func(a, b float64) bool { return ordered(a) > ordered(b) })),
	"min":           folding(naiveExtreme(math.MaxFloat64, func(a, b float64) bool { return ordered(a) < ordered(b) || a != a })),
	"percentile":    folding(naivePercentile),
	"sum":           folding(naiveSum),
	"diff":          naivePairs(func(p, q point, _ *testing.T, _ Env, _ Values) float64 { return q.number() - p.number() }),
	"rate": naivePairs(func(p, q point, t *testing.T, env Env, v Values) float64 {
		return naiveSpeed(t, env, v, p, q, q.number()-p.number())
	}),
	"sampler": naivePairs(func(p, q point, t *testing.T, env Env, v Values) float64 {
		return naiveSpeed(t, env, v, p, q, q.number())
	}),
	"scale":   naiveEach(func(x float64, v Values) float64 { return x * v["factor"].(float64) }),
	"div":     naiveEach(func(x float64, v Values) float64 { return x / v["divisor"].(float64) }),
	"score":   naiveEach(naiveScore),
	"sma":     naiveSMA,
	"trim":    naiveTrim,
	"filter":  naiveFilter,
	"gaps":    naiveGaps,
	"save_as": func(_ *testing.T, _ Env, _ Values, in []point) ([]point, error) { return in, nil },
}

// folding walks the ranges as section 2.4 of the specification says.
func folding(fold func([]point, Values) ([]point, error)) naive {
	return func(t *testing.T, env Env, v Values, in []point) ([]point, error) {
		c, ranges := naiveCut(t, env, v)
		var out []point
		for len(in) > 0 {
			start, end, err := ranges.of(in[0].at)
			if err != nil {
				return nil, err
			}
			n := 1
			for n < len(in) && in[n].at < end {
				n++
			}
			got, err := fold(in[:n], v)
			if err != nil {
				return nil, err
			}
			out = append(out, naiveStamp(c, got, in[0].at, start, end, v)...)
			in = in[n:]
		}
		return out, nil
	}
}

// naiveCut reads the properties of ranges.
func naiveCut(t *testing.T, env Env, v Values) (cut, *grid) {
	t.Helper()
	c, err := newCut("", env, v)
	if err != nil {
		t.Fatal(err)
	}
	ranges, err := c.ranges()
	if err != nil {
		t.Fatal(err)
	}
	return c, ranges
}

// naiveStamp gives results their time; lsq and last know their own.
func naiveStamp(c cut, got []point, first, start, end int64, v Values) []point {
	name := v["name"]
	if name == "least_squares" || name == "last" && !c.alignStart && !c.alignEnd {
		return got
	}
	got = slices.Clone(got)
	for i := range got {
		got[i].at = c.stamp(first, start, end)
	}
	return got
}

// values are the numbers of points, none of which may be null.
func values(in []point) ([]float64, error) {
	var all []float64
	for _, p := range in {
		if p.kind == "null" {
			return nil, errNaive
		}
		all = append(all, p.number())
	}
	return all, nil
}

// naiveSum adds.
func naiveSum(in []point, _ Values) ([]point, error) {
	all, err := values(in)
	s := 0.0
	for _, x := range all {
		s += x
	}
	return []point{double(0, s)}, err
}

// naiveAvg passes over nulls.
func naiveAvg(in []point, v Values) ([]point, error) {
	in = slices.DeleteFunc(slices.Clone(in), func(p point) bool { return p.kind == "null" })
	s, _ := naiveSum(in, v)
	return []point{double(0, s[0].number()/float64(len(in)))}, nil
}

// naiveDev is section 3.6 of the specification.
func naiveDev(in []point, v Values) ([]point, error) {
	all, err := values(in)
	var n, mean, power, sigma float64
	for _, x := range all {
		n++
		mean = mean + (x-mean)/n
		power = power + (float64(x*x)-power)/n
		sigma = math.Sqrt((float64(power*n) - float64(n*mean)*mean) / (n - 1))
	}
	if math.IsNaN(sigma) {
		sigma = 0
	}
	factor := float64(get(v, "dev_count", int64(1)))
	switch get(v, "return_type", "value") {
	case "pos_sd":
		sigma = mean + float64(sigma*factor)
	case "neg_sd":
		sigma = mean - float64(sigma*factor)
	}
	return []point{double(0, sigma)}, err
}

// naiveExtreme keeps the better of two numbers; NaN stays.
func naiveExtreme(from float64, better func(a, b float64) bool) func([]point, Values) ([]point, error) {
	return func(in []point, _ Values) ([]point, error) {
		all, err := values(in)
		m := from
		for _, x := range all {
			if m == m && better(x, m) {
				m = x
			}
		}
		return []point{double(0, m)}, err
	}
}

// naivePercentile sorts.
func naivePercentile(in []point, v Values) ([]point, error) {
	all, err := values(in)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b float64) int { return compareMerged(double(0, a), double(0, b)) })
	p, c := v["percentile"].(float64), float64(len(all))
	pos := p * (c + 1)
	switch {
	case pos < 1:
		return []point{double(0, all[0])}, nil
	case pos >= c:
		return []point{double(0, all[len(all)-1])}, nil
	}
	k := int(pos)
	return []point{double(0, all[k-1]+float64((pos-math.Floor(pos))*(all[k]-all[k-1])))}, nil
}

// naiveLeastSquares is section 3.8 of the specification.
func naiveLeastSquares(in []point, _ Values) ([]point, error) {
	ys, err := values(in)
	if len(in) <= 2 || err != nil {
		return in, err
	}
	var n, xBar, yBar, sxx, sxy, sx, sy float64
	start := int64(-1)
	for i, p := range in {
		x, y := float64(p.at), ys[i]
		if start == -1 {
			start = p.at
		}
		if n == 0 {
			xBar, yBar = x, y
		} else {
			dx, dy := x-xBar, y-yBar
			sxx += float64(dx * dx * (n / (1 + n)))
			sxy += float64(dx * dy * (n / (1 + n)))
			xBar += dx / (1 + n)
			yBar += dy / (1 + n)
		}
		sx, sy, n = sx+x, sy+y, n+1
	}
	b := sxy / sxx
	if math.Abs(sxx) < 10*math.SmallestNonzeroFloat64 {
		b = math.NaN()
	}
	at := func(z int64) point { return double(z, (sy-float64(b*sx))/n+float64(b*float64(z))) }
	return []point{at(start), at(in[len(in)-1].at)}, nil
}
