package kairosdb

import (
	"errors"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/api/wire"
	"aion/query"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestAllocations answers queries of growing length and shows that the number
// of allocations does not grow with the points.
func TestAllocations(t *testing.T) {
	store := memory.New(memory.Config{Now: clock})
	for _, metric := range []string{"small", "large"} {
		values := make([]any, map[string]int{"small": 2_000, "large": 60_000}[metric])
		for i := range values {
			values[i] = float64(i) / 4
		}
		put(t, store, metric, map[string]string{"host": "a"}, 1000, values...)
	}
	p := newProtocol(t, Config{Store: store, Release: aggregators.V13})
	count := func(metric string) float64 {
		plan := planned(t, p, `{"start_absolute":1,"metrics":[{"name":"`+metric+`"}]}`)
		b := &body{p: p, w: discard{}}
		return testing.AllocsPerRun(5, func() { encodeAll(t, p, b, plan) })
	}
	// Under the race detector pools lose a part of what they are given.
	if small, large := count("small"), count("large"); large > small+120 {
		t.Errorf("got %v allocations for 2,000 points and %v for 60,000", small, large)
	}
}

// planned is the plan of a query.
func planned(t testing.TB, p *Protocol, body string) *query.Plan {
	t.Helper()
	q, err := p.parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.plan(q)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// encodeAll prints the one metric of a plan into b.
func encodeAll(t testing.TB, p *Protocol, b *body, plan *query.Plan) {
	e := encoder{b: b, sizes: true}
	for a, err := range p.Engine.Run(t.Context(), p.Store, plan, nil) {
		if err := errors.Join(err, e.answer(t.Context(), a)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.write(); err != nil {
		t.Fatal(err)
	}
}

// discard drops what is written.
type discard struct{}

// Write takes everything.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkQuery encodes a hundred thousand points.
func BenchmarkQuery(b *testing.B) {
	store := memory.New(memory.Config{Now: clock})
	const n = 100_000
	var block points.Block
	for i := range int64(n) {
		block.AppendFloat(1_600_000_000_000+i*1000, float64(i%1000)/8)
	}
	putBlock(b, store, "m", block)
	p := newProtocol(b, Config{Store: store, Release: aggregators.V13})
	plan := planned(b, p, `{"start_absolute":1,"metrics":[{"name":"m"}]}`)
	out := &body{p: p, w: discard{}}
	b.ReportAllocs()
	for b.Loop() {
		encodeAll(b, p, out, plan)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkParse reads a query.
func BenchmarkParse(b *testing.B) {
	p := newProtocol(b, Config{Release: aggregators.V13})
	text := with(`,"tags":{"host":["a","b","c"]},"group_by":[{"name":"tag","tags":["host"]}],"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"hours"}}]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.parse(strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestUnwritten shows that a client that is gone ends the answer.
func TestUnwritten(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V13})
	gone := errors.New("gone")
	b := &body{p: p, w: failing{gone}}
	b.text = append(b.text, make([]byte, wire.Enough(0))...)
	if err := b.pass(); !errors.Is(err, gone) {
		t.Errorf("got %v, want %v", err, gone)
	}
}

// failing fails to write.
type failing struct{ err error }

// Write is the failure.
func (f failing) Write([]byte) (int, error) { return 0, f.err }
