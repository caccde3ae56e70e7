package aggregators

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"aion/storage/points"
)

// columns reads points that lie ready in memory, block by block.
type columns struct {
	times  []int64
	floats []float64
	ints   []int64
	next   int
}

// newColumns are n points every so many milliseconds, with two decimals or, as
// ints, without.
func newColumns(n int, start, every int64, ints bool) *columns {
	d := rand.New(rand.NewPCG(1, 1))
	c := &columns{times: make([]int64, n), floats: make([]float64, n)}
	if ints {
		c.ints = make([]int64, n)
	}
	for i := range n {
		c.times[i] = start + int64(i)*every + d.Int64N(every)
		c.floats[i] = math.Round(d.NormFloat64()*1000) / 100
		if ints {
			c.ints[i] = d.Int64N(1000)
			c.floats[i] = float64(c.ints[i])
		}
	}
	return c
}

// Next copies a block.
func (c *columns) Next(_ context.Context, b *points.Block) error {
	b.Reset(points.Number)
	n := min(points.BlockSize, len(c.times)-c.next)
	if n == 0 {
		return io.EOF
	}
	b.Times = append(b.Times, c.times[c.next:c.next+n]...)
	b.Floats = append(b.Floats, c.floats[c.next:c.next+n]...)
	if c.ints != nil {
		b.Ints = append(b.Ints, c.ints[c.next:c.next+n]...)
	}
	c.next += n
	return nil
}

// Close rewinds.
func (c *columns) Close() error {
	c.next = 0
	return nil
}

// drain reads a cursor to its end and closes it.
func drain(tb testing.TB, c points.Cursor, b *points.Block) {
	ctx := tb.Context()
	for {
		if err := c.Next(ctx, b); err == io.EOF {
			break
		} else if err != nil {
			tb.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		tb.Fatal(err)
	}
}

// bench folds n points by an aggregator again and again.
func bench(b *testing.B, n int, a Aggregator, g Group, in func() points.Cursor) {
	var block points.Block
	b.ReportAllocs()
	for b.Loop() {
		drain(b, a.Apply(g, in()), &block)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkApplyShort runs aggregators over a million points, ten to a range.
func BenchmarkApplyShort(b *testing.B) {
	const n = 1_000_000
	env := Env{Release: V13, End: math.MaxInt64, Now: math.MaxInt64}
	for _, name := range []string{"sum", "avg", "max", "min", "count", "dev"} {
		b.Run(name, func(b *testing.B) {
			c := newColumns(n, 0, second, false)
			spec, _ := Builtin().Spec(name)
			a, err := spec.Build(env, Values{"sampling": points.Span{Value: 10, Unit: points.Seconds}})
			if err != nil {
				b.Fatal(err)
			}
			bench(b, n, a, Group{}, func() points.Cursor { return c })
		})
	}
}

// BenchmarkApply runs aggregators over a million points, 360 to a range.
func BenchmarkApply(b *testing.B) {
	const n = 1_000_000
	env := Env{Release: V13, End: math.MaxInt64, Now: math.MaxInt64}
	hourly := Values{"sampling": points.Span{Value: 1, Unit: points.Hours}, "percentile": 0.99}
	for _, name := range []string{
		"sum", "avg", "max", "min", "count", "dev", "percentile", "first", "last", "least_squares", "rate", "diff", "scale",
		"filter", "trim", "sma",
	} {
		v := hourly
		switch name {
		case "rate":
			v = Values{"sampling": points.Span{Value: 1, Unit: points.Minutes}}
		case "filter":
			v = Values{"filter_op": "lt", "threshold": 0.0}
		case "trim":
			v = Values{"trim": "both"}
		case "sma":
			v = Values{"size": int64(10)}
		}
		b.Run(name, func(b *testing.B) {
			c := newColumns(n, 0, 10*second, false)
			spec, _ := Builtin().Spec(name)
			a, err := spec.Build(env, v)
			if err != nil {
				b.Fatal(err)
			}
			bench(b, n, a, Group{}, func() points.Cursor { return c })
		})
	}
}

// BenchmarkShort folds ranges of few points.
func BenchmarkShort(b *testing.B) {
	const n = 1_000_000
	env := Env{Release: V13, End: math.MaxInt64, Now: math.MaxInt64, FreeOrder: true}
	for _, name := range []string{"avg", "max", "count", "dev"} {
		for _, each := range []int64{1, 10, 100} {
			b.Run(fmt.Sprintf("%s/points=%d", name, each), func(b *testing.B) {
				c := newColumns(n, 0, second, false)
				spec, _ := Builtin().Spec(name)
				a, err := spec.Build(env, Values{"sampling": points.Span{Value: each, Unit: points.Seconds}})
				if err != nil {
					b.Fatal(err)
				}
				bench(b, n, a, Group{}, func() points.Cursor { return c })
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/(n/float64(each)), "ns/range")
			})
		}
	}
}

// BenchmarkCalendar folds days of a zone with summer time.
func BenchmarkCalendar(b *testing.B) {
	const n = 1_000_000
	zone, err := LoadZone("Europe/Paris")
	if err != nil {
		b.Fatal(err)
	}
	env := Env{Release: V13, Start: 1_400_000_000_000, End: math.MaxInt64, Zone: zone}
	for _, c := range []struct {
		name  string
		unit  points.Unit
		every int64
	}{
		{"unit=days/points=360", points.Days, 240 * second},
		{"unit=days/points=1", points.Days, 23 * hour},
		{"unit=months/points=1", points.Months, 30 * day},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := newColumns(n, env.Start, c.every, false)
			a, err := newTotal("sum", false, env, Values{"sampling": points.Span{Value: 1, Unit: c.unit}})
			if err != nil {
				b.Fatal(err)
			}
			bench(b, n, a, Group{}, func() points.Cursor { return in })
		})
	}
}

// BenchmarkApplyAll folds 50 series side by side.
func BenchmarkApplyAll(b *testing.B) {
	const series, n = 50, 20_000
	env := Env{Release: V13, End: math.MaxInt64, FreeOrder: true}
	for _, c := range []struct {
		name, aggregator string
		size             points.Span
		ints             bool
	}{
		{"avg/points=18000", "avg", points.Span{Value: 1, Unit: points.Hours}, false},
		{"avg/points=900", "avg", points.Span{Value: 180, Unit: points.Seconds}, false},
		{"avg/points=900/kind=int", "avg", points.Span{Value: 180, Unit: points.Seconds}, true},
		{"avg/points=50", "avg", points.Span{Value: 10, Unit: points.Seconds}, false},
		{"max/points=18000", "max", points.Span{Value: 1, Unit: points.Hours}, false},
		{"percentile/points=18000", "percentile", points.Span{Value: 1, Unit: points.Hours}, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			var in []points.Cursor
			for range series {
				in = append(in, newColumns(n, 0, 10*second, c.ints))
			}
			spec, _ := Builtin().Spec(c.aggregator)
			a, err := spec.Build(env, Values{"sampling": c.size, "percentile": 0.99})
			if err != nil {
				b.Fatal(err)
			}
			var block points.Block
			b.ReportAllocs()
			for b.Loop() {
				drain(b, a.(SideBySide).ApplyAll(Group{}, in), &block)
			}
			b.ReportMetric(float64(series*n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// endless repeats its first block for ever, moved on in time.
type endless struct {
	block points.Block
	at    int64
}

// Next moves on.
func (e *endless) Next(_ context.Context, b *points.Block) error {
	b.Reset(points.Number)
	b.AppendBlock(&e.block)
	for i := range b.Times {
		e.at += second
		b.Times[i] = e.at
	}
	return nil
}

// Close does nothing.
func (e *endless) Close() error { return nil }

// TestNoAllocations reads on in steady state without allocating.
func TestNoAllocations(t *testing.T) {
	env := Env{Release: V13, End: math.MaxInt64, Now: math.MaxInt64, FreeOrder: true}
	for _, name := range allNames() {
		d := newDice(5)
		v := d.values(name, Env{})
		v["sampling"] = points.Span{Value: 1, Unit: points.Minutes}
		if name == "filter" {
			v["threshold"], v["filter_op"] = 0.0, "lt"
		}
		in := func() *endless {
			e := &endless{}
			for range points.BlockSize {
				d.point(0, "mixed").appendTo(&e.block)
			}
			return e
		}
		a := build(t, name, env, v)
		streams := []points.Cursor{a.Apply(Group{Run: &Run{Sink: discard{}}}, in())}
		if side, ok := a.(SideBySide); ok {
			streams = append(streams, side.ApplyAll(Group{}, []points.Cursor{in(), in(), in()}))
		}
		for i, c := range streams {
			var b points.Block
			next := func() {
				if err := c.Next(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				next()
			}
			if got := testing.AllocsPerRun(5, next); got != 0 {
				t.Errorf("%s (side by side: %v): %v allocations a block", a, i == 1, got)
			}
		}
	}
}

// discard is a sink without memory.
type discard struct{}

// Save forgets.
func (discard) Save(context.Context, string, points.Tags, time.Duration, *points.Block) error {
	return nil
}
