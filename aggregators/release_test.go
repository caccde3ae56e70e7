package aggregators

import (
	"errors"
	"math"
	"testing"

	"aion/storage/points"
)

// TestReleases shows what the releases do differently.
func TestReleases(t *testing.T) {
	seconds := points.Span{Value: 1, Unit: points.Seconds}
	numbers := []point{long(1000, 1), long(1500, 2), long(3000, 3)}
	for _, c := range []struct {
		name, aggregator string
		values           Values
		in               []point
		v12, v13         string
	}{
		{"align_sampling when absent", "sum", Values{"sampling": seconds, "align_start_time": true},
			numbers, "[500:1(3ff0000000000000) 1500:2(4000000000000000) 2500:3(4008000000000000)]",
			"[1000:3(4008000000000000) 3000:3(4008000000000000)]"},
		{"first is a double", "first", Values{"sampling": seconds, "align_sampling": true}, numbers,
			"[1000:1(3ff0000000000000) 3000:3(4008000000000000)]", "[1000:1 3000:3]"},
		{"first of texts", "first", Values{"sampling": seconds, "align_sampling": true}, []point{text(1000, "a"), text(1001, "b")},
			"passed over", `[1000:"a"]`},
		{"first of nulls", "first", Values{"sampling": seconds, "align_sampling": true}, []point{null(1000), long(1001, 1)},
			"No aggregator can be chained after org.kairosdb.core.aggregator.DataGapsMarkingAggregator", "[1000:null]"},
		{"last skips nulls", "last", Values{"sampling": seconds, "align_sampling": true}, []point{long(1000, 5), null(1001), null(2000)},
			"[1000:5(4014000000000000)]", "[1001:null 2000:null]"},
		{"gaps at the end", "gaps", Values{"sampling": seconds, "align_sampling": true}, numbers[:1],
			"[0:null 1000:1 2000:null 3000:null]", "[0:null 1000:1 2000:null 3000:null 4000:null]"},
		{"filter by zeros", "filter", Values{"filter_op": "lt", "threshold": 0.0},
			[]point{double(1, math.Copysign(0, -1)), double(2, 0)}, "[1:-0(8000000000000000) 2:0(0)]", "[2:0(0)]"},
		{"filter by NaN", "filter", Values{"filter_op": "equal", "threshold": math.NaN()},
			[]point{double(1, 1), double(2, math.Inf(1))}, "[1:1(3ff0000000000000) 2:+Inf(7ff0000000000000)]",
			"[1:1(3ff0000000000000) 2:+Inf(7ff0000000000000)]"},
		{"filter without operation", "filter", Values{"threshold": 1.0}, numbers, "[1000:1 1500:2 3000:3]", "fails without message"},
		{"filter of texts", "filter", Values{"filter_op": "gt", "threshold": -1.0}, []point{text(1, "a")}, "[]", "[]"},
		{"filter keeps texts", "filter", Values{"filter_op": "lt", "threshold": -1.0}, []point{text(1, "a")}, `[1:"a"]`, "[]"},
		{"filter by a text", "filter", Values{"filter_op": "lt", "threshold": "2"}, numbers, "[1500:2 3000:3]", "[]"},
		{"filter by no number", "filter", Values{"filter_op": "lt", "threshold": "x"}, numbers,
			`filter.threshold For input string: "x"`, "[]"},
		{"filter by a list", "filter", Values{"filter_op": "lt", "threshold": Other{}}, numbers, "filter.threshold must be a number", "[]"},
		{"filter unequal", "filter", Values{"filter_op": "NE", "threshold": 1.0}, numbers[:1],
			"filter.filter_op must be one of lte, lt, gte, gt, equal, ne", "[1000:1]"},
		{"no sampling", "sum", Values{"sampling": points.Span{Unit: points.Seconds}}, numbers,
			"sum.sampling.value must be greater than or equal to 1", "/ by zero"},
	} {
		for release, want := range map[Release]string{V12: c.v12, V13: c.v13, Develop: c.v13} {
			env := Env{Release: release, Start: 500, End: 4000, Now: math.MaxInt64}
			if got := outcome(t, env, c.aggregator, c.values, c.in); got != want {
				t.Errorf("%s in %s:\n got %s\nwant %s", c.name, release, got, want)
			}
		}
	}
}

// outcome is what an aggregator answers, or how it fails.
func outcome(t *testing.T, env Env, name string, v Values, in []point) string {
	t.Helper()
	spec, _ := Builtin().Spec(name)
	a, err := spec.Build(env, v)
	if err != nil {
		return err.Error()
	}
	if _, ok := a.Kind(in[0].groupKind()); !ok {
		return "passed over"
	}
	got, err := readAll(t, a.Apply(Group{}, &cursor{points: in, size: 2}))
	var compute *ComputeError
	switch {
	case errors.As(err, &compute) && compute.Message == "":
		return "fails without message"
	case err != nil:
		return err.Error()
	}
	return pointsText(got)
}

// TestOffers shows what protocols ask of a release.
func TestOffers(t *testing.T) {
	r := Builtin()
	score, _ := r.Spec("score")
	gaps, _ := r.Spec("gaps")
	trim, _ := r.Spec("trim")
	for _, c := range []struct {
		release     Release
		score, trim bool
		least       int64
	}{{V12, false, false, 1}, {V13, true, true, 0}, {Develop, true, true, 0}} {
		if got := c.release.Offers(score); got != c.score {
			t.Errorf("%s offers score: got %v", c.release, got)
		}
		if got := c.release.OffersProperty(gaps, "trim"); got != c.trim {
			t.Errorf("%s offers trim of gaps: got %v", c.release, got)
		}
		if !c.release.Offers(gaps) || !c.release.OffersProperty(trim, "trim") || !c.release.OffersProperty(gaps, "sampling") {
			t.Errorf("%s does not offer what it has", c.release)
		}
		if got := c.release.SmallestSampling(); got != c.least {
			t.Errorf("%s: smallest sampling %d, want %d", c.release, got, c.least)
		}
		if again, ok := ParseRelease(c.release.String()); again != c.release || !ok {
			t.Errorf("%s is read as %s", c.release, again)
		}
	}
}
