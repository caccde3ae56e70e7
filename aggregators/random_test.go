package aggregators

import (
	"math"
	"slices"
	"testing"

	"aion/storage/points"
)

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
		got, err = tallied(t, side, d, series, size)
		if got != nil && (err != nil || !same(got, want)) {
			t.Fatalf("seed %d %s %v series by series:\n got %v %v\nwant %v", seed, env.Zone, side, got, err, want)
		}
	}
}

// cursorOf reads a series plainly or with summaries.
func (d dice) cursorOf(s []point, size int) points.Cursor {
	c := &cursor{points: s, size: size}
	if d.oneIn(2) || len(s) != 0 && s[0].groupKind() != points.Number {
		return c
	}
	return d.valued(&summarized{cursor: c, page: of(d, 1, 4, 16)})
}

// valued is in, which may give values without times too.
func (d dice) valued(in *summarized) points.Cursor {
	if d.oneIn(2) {
		return in
	}
	return valued{in}
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
		got, err := readAll(t, a.Apply(Group{}, d.valued(in)))
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
			series, in = append(series, s), append(in, d.valued(&summarized{cursor: &cursor{points: s, size: 1024}, page: 64}))
		}
		all := merged(series, false)
		want, _ := expectedOf(t, env, []named{{"sum", v}}, all)
		counts, _ := expectedOf(t, env, []named{{"count", v}}, all)
		got, err := readAll(t, build(t, "sum", env, v).(SideBySide).ApplyAll(Group{}, in))
		if err != nil || len(got) != len(want) {
			t.Fatalf("seed %d: got %v %v, want %v", seed, got, err, want)
		}
		for i := range want {
			bound := 0.0
			if n := counts[i].number(); n >= freeFrom {
				bound = 2 * n * math.Ldexp(absOf(all, want[i].at/hour), -53)
			}
			if got[i].at != want[i].at || math.Abs(got[i].number()-want[i].number()) > bound {
				t.Errorf("seed %d: got %v, want %v within %g", seed, got[i], want[i], bound)
			}
		}
	}
}

// absOf adds the absolute values of the points of an hour.
func absOf(all []point, number int64) float64 {
	abs := 0.0
	for _, p := range all {
		if p.at/hour == number {
			abs += math.Abs(p.number())
		}
	}
	return abs
}
