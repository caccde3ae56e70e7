package aggregators

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/points"
)

// TestBuiltin checks the descriptions: names in order, everything described,
// properties in the order of their labels.
func TestBuiltin(t *testing.T) {
	const want = "avg count dev diff div filter first gaps last least_squares max min percentile rate sampler " +
		"save_as scale score sma sum trim"
	if got := strings.Join(allNames(), " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, s := range Builtin().Specs() {
		if s.Label == "" || s.Description == "" || s.Build == nil {
			t.Errorf("%s is not described", s.Name)
		}
		if !slices.IsSortedFunc(s.Properties, func(a, b Property) int { return cmp.Compare(a.Label, b.Label) }) {
			t.Errorf("%s: properties are not in the order of their labels", s.Name)
		}
		for _, p := range slices.Concat(s.Properties, s.Hidden, rangeProperties(&s)) {
			if p.Name == "" || p.Label == "" || p.Description == "" || p.Type == "" {
				t.Errorf("%s.%s is not described", s.Name, p.Name)
			}
			if got, ok := s.Property(p.Name); !ok || got.Label != p.Label {
				t.Errorf("%s.%s is not found", s.Name, p.Name)
			}
		}
		for _, name := range strings.Fields("sampling align_start_time align_end_time trim align_sampling start_time end_time time_zone") {
			if _, ok := s.Property(name); s.Range && !ok {
				t.Errorf("%s lacks %s", s.Name, name)
			}
		}
	}
	if _, ok := Builtin().Spec("SUM"); ok {
		t.Error("names have no case")
	}
}

// TestPropertyErrors shows what is wrong with values.
func TestPropertyErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		values Values
		want   string
	}{
		{"div", Values{}, "div.divisor may not be zero"},
		{"div", Values{"divisor": math.Copysign(0, -1)}, "div.divisor may not be zero"},
		{"percentile", Values{"percentile": 0.0}, "percentile.percentile may not be zero"},
		{"score", Values{}, "score.thresholds may not be null"},
		{"score", Values{"thresholds": []Threshold{{2, "x"}, {2, superior}}}, "score.thresholds failed with message: null"},
		{"score", Values{"thresholds": []Threshold{}, "order": "up"}, "score.order must be ascending or descending"},
		{"trim", Values{"trim": "none"}, "trim.trim must be first, last or both"},
		{"dev", Values{"return_type": "sd"}, "dev.return_type must be value, pos_sd or neg_sd"},
		{"filter", Values{"filter_op": "eq"}, "filter.filter_op must be one of lte, lt, gte, gt, equal, ne"},
		{"max", Values{"sampling": points.Span{Value: -1, Unit: points.Days}}, "max.sampling.value must be greater than or equal to 0"},
	} {
		spec, _ := Builtin().Spec(c.name)
		_, err := spec.Build(Env{Release: Develop}, c.values)
		var property *PropertyError
		if !errors.As(err, &property) || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// TestComputeErrors shows Java's words for failures in the arithmetic.
func TestComputeErrors(t *testing.T) {
	twice := []point{long(5, 1), long(5, 2)}
	same := func(name string) string {
		return "The " + name + " aggregator cannot compute rate for data points with the same time stamp.  " +
			"You must precede " + name + " with another aggregator."
	}
	for _, c := range []struct {
		name   string
		values Values
		in     []point
		want   string
	}{
		{"percentile", Values{"percentile": 1.5}, twice, "1.5 is not in [0..1]"},
		{"percentile", Values{"percentile": -2.0}, twice, "-2.0 is not in [0..1]"},
		{"percentile", Values{"percentile": 1e10}, twice, "1.0E10 is not in [0..1]"},
		{"percentile", Values{"percentile": -1.25e-5}, twice, "-1.25E-5 is not in [0..1]"},
		{"percentile", Values{"percentile": math.NaN()}, twice, "NaN is not in [0..1]"},
		{"percentile", Values{"percentile": math.Inf(1)}, twice, "Infinity is not in [0..1]"},
		{"percentile", Values{"percentile": math.Inf(-1)}, twice, "-Infinity is not in [0..1]"},
		{"rate", nil, twice, same("rate")},
		{"sampler", nil, twice, same("sampler")},
		{"sma", nil, twice, "fails without message"},
		{"save_as", nil, twice, "fails without message"},
		{"score", Values{"thresholds": []Threshold{{2, "x"}}}, twice, "fails without message"},
		{"sum", Values{"sampling": points.Span{Value: 0, Unit: points.Months}}, twice, "/ by zero"},
		{"gaps", Values{"sampling": points.Span{Value: 0, Unit: points.Hours}}, twice, "/ by zero"},
		{"diff", nil, []point{null(1)}, "[]"},
		{"sampler", nil, []point{null(1)}, "[]"},
		{"sampler", nil, []point{null(1), long(2, 5)}, errNull().Error()},
		{"score", Values{"thresholds": []Threshold{}}, []point{null(1), long(2, 5)}, "[1:0(0) 2:0(0)]"},
		{"sma", Values{"size": int64(3)}, []point{null(1), long(2, 5)}, "[]"},
	} {
		if got := outcome(t, Env{Release: Develop, End: 1000, Now: 1000}, c.name, c.values, c.in); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestSaveAs shows which tags the published points have.
func TestSaveAs(t *testing.T) {
	group := Group{Metric: "m", By: []string{"host", "dc", "rack"}, Tags: []TagValues{
		{"customer", []string{"acme"}}, {"dc", []string{"x", "y"}}, {"host", []string{"A"}},
	}}
	for _, c := range []struct {
		values Values
		want   string
	}{
		{Values{}, "out 0 host=A,saved_from=m 1:5"},
		{Values{"add_saved_from": false}, "out 0 host=A 1:5"},
		{Values{"tags": points.Tags{{Name: "a", Value: "b"}}, "ttl": int64(60)}, "out 60 a=b,host=A,saved_from=m 1:5"},
		{Values{"tags": points.Tags{{Name: "host", Value: "Z"}}}, "Multiple entries with same key: host=Z and host=A"},
		{Values{"tags": points.Tags{{Name: "saved_from", Value: "Z"}}}, "Multiple entries with same key: saved_from=Z and saved_from=m"},
	} {
		c.values["metric_name"] = "out"
		a := build(t, "save_as", Env{Release: Develop}, c.values)
		var saved []string
		group.Run = &Run{Sink: sink{&saved}}
		_, err := readAll(t, a.Apply(group, &cursor{points: []point{long(1, 5)}, size: 1}))
		got := strings.Join(saved, "")
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: got %s, want %s", c.values, got, c.want)
		}
		if turn, ok := a.(InTurn); !ok || !turn.InTurn() {
			t.Error("groups may be saved in any order")
		}
	}
}

// TestPlans shows the aggregators as plans print them.
func TestPlans(t *testing.T) {
	v := Values{
		"sampling": points.Span{Value: 5, Unit: points.Minutes}, "align_sampling": false, "align_start_time": true, "trim": true,
		"percentile": 0.95, "factor": 2.5, "divisor": 3.0, "size": int64(10), "filter_op": "LT", "threshold": 5.0,
		"thresholds": []Threshold{{2, superior}, {1, inferior}}, "metric_name": "out", "return_type": "pos_sd",
		"tags": points.Tags{{Name: "a", Value: "b"}}, "ttl": int64(60), "add_saved_from": false,
	}
	want := map[string]string{
		"sum":        "sum(5 minutes, no align_sampling, align_start_time, trim)",
		"dev":        "dev(pos_sd, 5 minutes, no align_sampling, align_start_time, trim)",
		"percentile": "percentile(0.95, 5 minutes, no align_sampling, align_start_time, trim)",
		"scale":      "scale(2.5)",
		"div":        "div(3)",
		"sma":        "sma(10)",
		"rate":       "rate(5 minutes)",
		"diff":       "diff",
		"filter":     "filter(lt, 5)",
		"score":      "score(ascending, 1 inferior, 2 superior)",
		"save_as":    "save_as(out, a=b, ttl " + time.Minute.String() + ", no saved_from)",
	}
	for name, text := range want {
		if got := build(t, name, Env{Release: Develop}, v).String(); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	v["trim"] = "FIRST"
	if got := build(t, "trim", Env{}, v).String(); got != "trim(first)" {
		t.Errorf("got %s", got)
	}
	if got := build(t, "trim", Env{}, nil).String(); got != "trim" {
		t.Errorf("got %s", got)
	}
}

// TestSelectKey finds keys of many shapes at every place.
func TestSelectKey(t *testing.T) {
	d := newDice(9)
	shapes := map[string]func(i int) int64{
		"random":     func(int) int64 { return d.Int64() },
		"few":        func(int) int64 { return d.Int64N(3) },
		"equal":      func(int) int64 { return 7 },
		"ascending":  func(i int) int64 { return int64(i) },
		"descending": func(i int) int64 { return -int64(i) },
		"organ pipe": func(i int) int64 { return -int64(max(i, 300-i)) },
	}
	for name, shape := range shapes {
		for _, n := range []int{1, 2, 16, 17, 18, 100, 300, 5000} {
			keys := make([]int64, n)
			for i := range keys {
				keys[i] = shape(i)
			}
			sorted := slices.Sorted(slices.Values(keys))
			for _, k := range []int{0, n / 3, n / 2, n - 1} {
				again := slices.Clone(keys)
				selectKey(again, k)
				if again[k] != sorted[k] || slices.Max(again[:k+1]) != sorted[k] || slices.Min(again[k:]) != sorted[k] {
					t.Errorf("%s, %d keys: place %d has %d, want %d", name, n, k, again[k], sorted[k])
				}
			}
		}
	}
}

// TestOrdered checks Java's order of doubles.
func TestOrdered(t *testing.T) {
	ascending := []float64{math.Inf(-1), -1e300, -1, -5e-324, math.Copysign(0, -1), 0, 5e-324, 1, 1e300, math.Inf(1), math.NaN()}
	for i, v := range ascending {
		if i > 0 && ordered(ascending[i-1]) >= ordered(v) {
			t.Errorf("%v is not below %v", ascending[i-1], v)
		}
		if again := unordered(ordered(v)); math.Float64bits(again) != math.Float64bits(v) && v == v {
			t.Errorf("%v became %v", v, again)
		}
	}
	if ordered(math.Copysign(math.NaN(), -1)) != ordered(math.NaN()) || !math.IsNaN(unordered(ordered(math.NaN()))) {
		t.Error("NaNs differ")
	}
}
