package aggregators

import (
	"testing"

	"aion/storage/points"
)

// naivePairs computes with each point and the one before.
func naivePairs(f func(p, q point, t *testing.T, env Env, v Values) float64) naive {
	return func(t *testing.T, env Env, v Values, in []point) ([]point, error) {
		var out []point
		for i := 1; i < len(in); i++ {
			p, q := in[i-1], in[i]
			if q.kind == "null" || p.kind == "null" || v["name"] != "diff" && p.at == q.at {
				return nil, errNaive
			}
			out = append(out, double(q.at, f(p, q, t, env, v)))
		}
		return out, nil
	}
}

// naiveSpeed is section 3.10 of the specification.
func naiveSpeed(t *testing.T, env Env, v Values, p, q point, happened float64) float64 {
	c := calendar{newClock(get(v, "time_zone", env.Zone))}
	length, err := c.length(p.at, get(v, "sampling", points.Span{Value: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return happened / float64(q.at-p.at) * float64(length)
}

// naiveEach computes with each number alone.
func naiveEach(f func(float64, Values) float64) naive {
	return func(_ *testing.T, _ Env, v Values, in []point) ([]point, error) {
		all, err := values(in)
		var out []point
		for i, x := range all {
			out = append(out, double(in[i].at, f(x, v)))
		}
		return out, err
	}
}

// naiveScore counts thresholds.
func naiveScore(x float64, v Values) float64 {
	n := 0
	all := v["thresholds"].([]Threshold)
	for _, t := range all {
		if x > t.Value || x == t.Value && t.Boundary == inferior {
			n++
		}
	}
	if get(v, "order", "") == "descending" {
		n = len(all) - n
	}
	return float64(n)
}

// naiveSMA adds every window anew.
func naiveSMA(_ *testing.T, _ Env, v Values, in []point) ([]point, error) {
	size := int(v["size"].(int64))
	if len(in) < size {
		return nil, nil
	}
	all, err := values(in)
	if err != nil {
		return nil, err
	}
	var out []point
	for i := size; i <= len(in); i++ {
		s := 0.0
		for _, x := range all[i-size : i] {
			s += x
		}
		out = append(out, double(in[i-1].at, s/float64(size)))
	}
	return out, nil
}

// naiveTrim cuts ends off.
func naiveTrim(_ *testing.T, _ Env, v Values, in []point) ([]point, error) {
	what := get(v, "trim", "")
	if len(in) > 0 && (what == "first" || what == "both") {
		in = in[1:]
	}
	if len(in) > 0 && (what == "last" || what == "both") {
		in = in[:len(in)-1]
	}
	return in, nil
}

// naiveFilter is section 3.16 of the specification.
func naiveFilter(_ *testing.T, _ Env, v Values, in []point) ([]point, error) {
	var out []point
	for _, p := range in {
		goes := true
		switch th := v["threshold"].(type) {
		case float64:
			if p.kind == "null" {
				return nil, errNaive
			}
			if p.kind != "string" {
				goes = naiveHolds(v["filter_op"].(string), compareMerged(double(0, p.number()), double(0, th)))
			}
		case string:
			if p.kind == "string" {
				goes = naiveHolds(v["filter_op"].(string), points.CompareUTF16(p.text, th))
			}
		}
		if !goes {
			out = append(out, p)
		}
	}
	return out, nil
}

// naiveHolds tells whether the sign of a comparison is what op asks for.
func naiveHolds(op string, sign int) bool {
	switch op {
	case "lt":
		return sign < 0
	case "lte":
		return sign <= 0
	case "gt":
		return sign > 0
	case "gte":
		return sign >= 0
	case "ne":
		return sign != 0
	}
	return sign == 0
}

// naiveGaps is section 3.3 of the specification, for the group read first.
func naiveGaps(t *testing.T, env Env, v Values, in []point) ([]point, error) {
	c, ranges := naiveCut(t, env, v)
	expected, last, step := c.start, min(c.end, env.Now), 0
	if c.trim {
		expected = ranges.origin
	}
	var out []point
	for len(in) > 0 || !c.trim && expected <= last {
		at := expected
		if c.trim && step == 0 {
			at = in[0].at
		}
		start, end, err := ranges.of(at)
		if err != nil {
			return nil, err
		}
		n := 0
		for n < len(in) && in[n].at < end {
			n++
		}
		out = append(out, in[:n]...)
		if n == 0 {
			out = append(out, null(start))
		}
		in, expected, step = in[n:], end, step+1
	}
	return out, nil
}
