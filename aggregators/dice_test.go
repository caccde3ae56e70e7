package aggregators

import (
	"math"
	"math/rand/v2"
	"testing"

	"aion/storage/points"
)

// dice throws the cases of the random tests.
type dice struct{ *rand.Rand }

// newDice throws what its seed says.
func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 7))} }

// of picks one of a list.
func of[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

// oneIn is true once in n times.
func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

// env is a query of some minutes to some weeks.
func (d dice) env(t *testing.T) Env {
	t.Helper()
	zone, err := LoadZone(of(d, "", "UTC", "Europe/Paris", "America/New_York", "Asia/Kabul", "Australia/Lord_Howe", "+05:45",
		"America/St_Johns", "Africa/Casablanca"))
	if err != nil {
		t.Fatal(err)
	}
	start := of(d, int64(0), 1_400_000_000_000, -5_000_000_000, 1_396_000_000_000) + d.Int64N(40*day)
	return Env{Now: math.MaxInt64, Start: start, End: start + d.Int64N(of(d, minute, hour, 9*day)), Zone: zone, Release: Develop}
}

// stream is a series within the query's range, and its kind: number or text.
func (d dice) stream(env Env, n int, kind string) []point {
	var all []point
	step := max(1, (env.End-env.Start)/int64(n+1)*2)
	if d.oneIn(3) {
		step = 1
	}
	for at := env.Start; len(all) < n && at <= env.End; at += 1 + d.Int64N(step) {
		all = append(all, d.point(at, kind))
	}
	return all
}

// point is one point.
func (d dice) point(at int64, kind string) point {
	switch kind {
	case "text":
		return text(at, of(d, "a", "b", "alfa", "", "\U0001F600", "\uFFFD"))
	case "long":
		return long(at, d.Int64N(200)-100)
	case "large":
		return long(at, d.Int64N(of(d, int64(1)<<51, 1000, 3)))
	case "big":
		return long(at, d.Int64()-math.MaxInt64/2)
	case "mixed":
		if d.oneIn(2) {
			return long(at, d.Int64N(200)-100)
		}
	}
	if d.oneIn(12) {
		return double(at, of(d, 0.0, math.Copysign(0, -1), 1e300, -1e300, math.Inf(1), 5e-324))
	}
	return double(at, of(d, d.NormFloat64()*100, float64(d.IntN(10)), math.Round(d.NormFloat64()*1000)/100))
}

// ranges are random properties of a range aggregator.
func (d dice) ranges(env Env) Values {
	// No more than some thousand ranges, so that gaps ends soon.
	least := (env.End - env.Start) / 3000
	var fitting []points.Unit
	for u := points.Milliseconds; u <= points.Years; u++ {
		if length := u.Millis(); length == 0 || length > least {
			fitting = append(fitting, u)
		}
	}
	v := Values{"sampling": points.Span{Value: of(d, int64(1), 1, 2, 3, 7), Unit: of(d, fitting...)}}
	for _, name := range []string{"align_sampling", "align_start_time", "align_end_time", "trim"} {
		if d.oneIn(3) {
			v[name] = d.oneIn(2)
		}
	}
	if d.oneIn(6) {
		v["start_time"] = env.Start + d.Int64N(hour)
	}
	return v
}

// values are random properties of the named aggregator.
func (d dice) values(name string, env Env) Values {
	v := Values{}
	if spec, _ := Builtin().Spec(name); spec.Range {
		v = d.ranges(env)
	}
	switch name {
	case "dev":
		v["return_type"], v["dev_count"] = of(d, "value", "pos_sd", "neg_sd"), int64(d.IntN(4))
	case "percentile":
		v["percentile"] = of(d, d.Float64(), 0.5, 0.99, 1)
	case "rate", "sampler":
		v["sampling"] = points.Span{Value: of(d, int64(1), 2, 30), Unit: points.Unit(d.IntN(8))}
	case "scale":
		v["factor"] = of(d, 2.5, -1, 0, 1e300)
	case "div":
		v["divisor"] = of(d, 3.0, -0.1)
	case "sma":
		v["size"] = of(d, int64(1), 2, 3, 50)
	case "trim":
		v["trim"] = of(d, "first", "last", "both", "")
	case "score":
		v["order"] = of(d, "ascending", "descending")
		v["thresholds"] = []Threshold{{5, of(d, inferior, superior)}, {-5, inferior}, {0, superior}, {5, superior}}
	case "filter":
		v["filter_op"] = of(d, "lt", "lte", "gt", "gte", "ne", "equal")
		v["threshold"] = of[any](d, 0.0, 5.0, math.Copysign(0, -1), "b", "\uFFFD", Other{})
	case "save_as":
		v["metric_name"] = "out"
	}
	return v
}
