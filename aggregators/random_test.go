package aggregators

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage/points"
)

// dice throws the cases of the random tests.
type dice struct{ *rand.Rand }

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

// named is an aggregator of a random chain.
type named struct {
	name   string
	values Values
}

// chain is a random chain of aggregators.
func (d dice) chain(env Env, names []string) []named {
	var chain []named
	for range 1 + d.IntN(3) {
		name := of(d, names...)
		chain = append(chain, named{name, d.values(name, env)})
	}
	return chain
}

// computed runs a chain on a stream, in blocks of the given size.
func computed(t *testing.T, env Env, chain []named, in []point, size int) ([]point, error) {
	t.Helper()
	var saved []string
	var built []Aggregator
	for _, n := range chain {
		built = append(built, build(t, n.name, env, n.values))
	}
	kind := points.Number
	if len(in) != 0 {
		kind = in[0].groupKind()
	}
	return readAll(t, apply(built, Group{Metric: "m", Run: &Run{Sink: sink{&saved}}}, &cursor{points: in, size: size}, kind))
}

// expectedOf runs a chain on a stream point by point.
func expectedOf(t *testing.T, env Env, chain []named, in []point) ([]point, error) {
	t.Helper()
	kind := points.Number
	if len(in) != 0 {
		kind = in[0].groupKind()
	}
	for _, n := range chain {
		out, ok := build(t, n.name, env, n.values).Kind(kind)
		if !ok {
			continue
		}
		kind = out
		v := Values{"name": n.name}
		for k, x := range n.values {
			v[k] = x
		}
		var err error
		if in, err = naives[n.name](t, env, v, in); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// same compares points; all NaNs are one.
func same(a, b []point) bool {
	return slices.EqualFunc(a, b, func(p, q point) bool {
		return p == q || p.at == q.at && p.kind == "double" && q.kind == "double" && p.number() != p.number() && q.number() != q.number()
	})
}

// allNames are all aggregators.
func allNames() []string {
	var names []string
	for _, s := range Builtin().Specs() {
		names = append(names, s.Name)
	}
	return names
}

// TestRandomChains compares random chains over random streams with their plain
// evaluation.
func TestRandomChains(t *testing.T) {
	failures := 0
	for seed := range uint64(3000) {
		d := newDice(seed)
		env := d.env(t)
		desc := d.oneIn(6)
		kind := of(d, "long", "double", "mixed", "large", "big", "text")
		var series [][]point
		for range 1 + d.IntN(3) {
			series = append(series, d.stream(env, d.IntN(of(d, 5, 60, 200)), kind))
		}
		in := merged(series, desc)
		chain := d.chain(env, allNames())
		want, failed := expectedOf(t, env, chain, in)
		got, err := computed(t, env, chain, in, of(d, 1, 2, 3, 10, points.BlockSize))
		if (err != nil) != (failed != nil) || err == nil && !same(got, want) {
			t.Errorf("seed %d %s desc %v %v:\n got %v %v\nwant %v %v", seed, env.Zone, desc, texts(t, env, chain), got, err, want, failed)
			if failures++; failures > 3 {
				return
			}
		}
	}
}

// texts prints a chain.
func texts(t *testing.T, env Env, chain []named) string {
	t.Helper()
	s := ""
	for _, n := range chain {
		s += " " + build(t, n.name, env, n.values).String()
	}
	return s
}

// TestRandomSideBySide compares the folding of series side by side with the
// folding of their merged stream.
func TestRandomSideBySide(t *testing.T) {
	failures := 0
	for seed := range uint64(4000) {
		d := newDice(seed)
		env := d.env(t)
		env.FreeOrder = true
		chain := []named{{name: of(d, "sum", "avg", "count", "max", "min", "percentile")}}
		chain[0].values = d.values(chain[0].name, env)
		kind := of(d, "long", "double", "mixed", "big", "large")
		var series [][]point
		var in []points.Cursor
		size := of(d, 1, 2, 3, 10, points.BlockSize)
		for range 2 + d.IntN(6) {
			s := d.stream(env, d.IntN(of(d, 5, 60, 120)), of(d, kind, "long"))
			series, in = append(series, s), append(in, d.cursorOf(s, size))
		}
		want, failed := expectedOf(t, env, chain, merged(series, false))
		side := build(t, chain[0].name, env, chain[0].values).(SideBySide)
		got, err := readAll(t, side.ApplyAll(Group{}, in))
		if (err != nil) != (failed != nil) || err == nil && !same(got, want) {
			t.Errorf("seed %d %s %v:\n got %v %v\nwant %v %v", seed, env.Zone, side, got, err, want, failed)
			if failures++; failures > 3 {
				return
			}
		}
	}
}

// cursorOf reads a series plainly or with summaries.
func (d dice) cursorOf(s []point, size int) points.Cursor {
	c := &cursor{points: s, size: size}
	if d.oneIn(2) || len(s) != 0 && s[0].groupKind() != points.Number {
		return c
	}
	return &summarized{cursor: c, page: of(d, 1, 4, 16)}
}

// TestSummaries compares the folding of a series that has summaries with that
// of its points.
func TestSummaries(t *testing.T) {
	skipped := 0
	for seed := range uint64(3000) {
		d := newDice(seed)
		env := d.env(t)
		env.FreeOrder = d.oneIn(2)
		chain := []named{{name: of(d, "sum", "avg", "count", "max", "min", "percentile", "dev", "first", "last")}}
		chain[0].values = d.values(chain[0].name, env)
		s := d.stream(env, d.IntN(500), of(d, "long", "double", "mixed", "big", "large"))
		want, failed := expectedOf(t, env, chain, s)
		in := &summarized{cursor: &cursor{points: s, size: of(d, 1, 3, points.BlockSize)}, page: of(d, 1, 4, 16, 64)}
		a := build(t, chain[0].name, env, chain[0].values)
		got, err := readAll(t, a.Apply(Group{}, in))
		if err != nil || failed != nil || !same(got, want) {
			t.Fatalf("seed %d %s free %v %v:\n got %v %v\nwant %v %v", seed, env.Zone, env.FreeOrder, a, got, err, want, failed)
		}
		skipped += in.skipped
	}
	if skipped < 10000 {
		t.Errorf("only %d points were passed over by their summaries", skipped)
	}
}

// TestFreeOrder adds large ranges in any order, within the bound that the order
// of addition allows.
func TestFreeOrder(t *testing.T) {
	for seed := range uint64(40) {
		d := newDice(seed)
		env := Env{Release: Develop, FreeOrder: true, End: 10 * hour, Now: 10 * hour}
		v := Values{"sampling": points.Span{Value: 1, Unit: points.Hours}}
		var series [][]point
		var in []points.Cursor
		for range 1 + d.IntN(8) {
			var s []point
			for at := d.Int64N(minute); at < 5*hour && len(s) < 3000; at += 1 + d.Int64N(10*second) {
				s = append(s, double(at, d.NormFloat64()*math.Exp(10*d.Float64())))
			}
			series, in = append(series, s), append(in, &summarized{cursor: &cursor{points: s, size: 1024}, page: 64})
		}
		all := merged(series, false)
		want, _ := expectedOf(t, env, []named{{"sum", v}}, all)
		counts, _ := expectedOf(t, env, []named{{"count", v}}, all)
		got, err := readAll(t, build(t, "sum", env, v).(SideBySide).ApplyAll(Group{}, in))
		if err != nil || len(got) != len(want) {
			t.Fatalf("seed %d: got %v %v, want %v", seed, got, err, want)
		}
		for i := range want {
			n, abs := counts[i].number(), 0.0
			for _, p := range all {
				if p.at/hour == want[i].at/hour {
					abs += math.Abs(p.number())
				}
			}
			bound := 2 * n * math.Ldexp(abs, -53)
			if n < freeFrom {
				bound = 0
			}
			if got[i].at != want[i].at || math.Abs(got[i].number()-want[i].number()) > bound {
				t.Errorf("seed %d: got %v, want %v within %g", seed, got[i], want[i], bound)
			}
		}
	}
}

// summarized is a cursor with a summary for each page of points.
type summarized struct {
	*cursor
	page    int
	read    int // points given out or passed over
	peeked  int
	skipped int
}

// Next reads up to the end of a page.
func (s *summarized) Next(ctx context.Context, b *points.Block) error {
	size := s.size
	s.size = min(size, s.page-s.read%s.page)
	err := s.cursor.Next(ctx, b)
	s.size = size
	s.read += b.Len()
	return err
}

// Peek offers a whole number of pages.
func (s *summarized) Peek(_ context.Context, until int64) (points.Summary, bool, error) {
	s.peeked = 0
	if s.read%s.page != 0 {
		return points.Summary{}, false, nil
	}
	for _, pages := range []int{8, 3, 1} {
		if n := pages * s.page; n <= len(s.points) && s.points[n-1].at < until {
			s.peeked = n
			return summaryOf(s.points[:n]), true, nil
		}
	}
	return points.Summary{}, false, nil
}

// Skip passes over what Peek offered.
func (s *summarized) Skip() {
	s.points, s.read, s.skipped = s.points[s.peeked:], s.read+s.peeked, s.skipped+s.peeked
}

// summaryOf summarizes points.
func summaryOf(all []point) points.Summary {
	first, last := all[0], all[len(all)-1]
	s := points.Summary{
		Count: int64(len(all)), First: first.number(), Last: last.number(), FirstAt: first.at, LastAt: last.at, Ints: true,
		FirstInt: int64(first.bits), LastInt: int64(last.bits), Min: first.number(), Max: first.number(),
	}
	for _, p := range all {
		v := p.number()
		s.Sum, s.SumAbs, s.Ints = s.Sum+v, s.SumAbs+math.Abs(v), s.Ints && p.kind == "long"
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	}
	return s
}

var _ points.Summarizer = (*summarized)(nil)
