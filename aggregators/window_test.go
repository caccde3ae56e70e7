package aggregators

import (
	"context"
	"errors"
	"math"
	"testing"

	"aion/storage/points"
)

// errBroken is what a broken input says.
var errBroken = errors.New("broken")

// broken fails after its points.
type broken struct{ cursor }

// Next fails where the points end.
func (b *broken) Next(ctx context.Context, block *points.Block) error {
	if len(b.points) == 0 {
		block.Reset(block.Kind)
		return errBroken
	}
	return b.cursor.Next(ctx, block)
}

// TestErrorsAndClosing reads broken inputs through every aggregator, and closes
// them.
func TestErrorsAndClosing(t *testing.T) {
	for _, name := range allNames() {
		env := Env{Release: Develop, End: 10, Now: 10, FreeOrder: true}
		v := newDice(1).values(name, env)
		v["sampling"] = points.Span{Value: 1, Unit: points.Milliseconds}
		var saved []string
		group := Group{Run: &Run{Sink: sink{&saved}}}
		in := &broken{cursor{points: []point{long(1, 1), long(2, 2), long(3, 3)}, size: 2}}
		a := build(t, name, env, v)
		if _, err := readAll(t, a.Apply(group, in)); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v", a, err)
		}
		if in.closed == 0 {
			t.Errorf("%s does not close its input", a)
		}
		if side, ok := a.(SideBySide); ok {
			other := &broken{cursor{points: []point{long(1, 1)}, size: 2}}
			in = &broken{cursor{points: []point{long(1, 1), long(2, 2), long(3, 3)}, size: 2}}
			if _, err := readAll(t, side.ApplyAll(group, []points.Cursor{in, other})); !errors.Is(err, errBroken) {
				t.Errorf("%s side by side: got %v", a, err)
			}
			if in.closed == 0 || other.closed == 0 {
				t.Errorf("%s side by side does not close its inputs", a)
			}
		}
		unread := &cursor{}
		if err := a.Apply(group, unread).Close(); err != nil || unread.closed != 1 {
			t.Errorf("%s unread: got %v, closed %d times", a, err, unread.closed)
		}
	}
}

// TestCancelled ends every aggregator whose client has left.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range allNames() {
		env := Env{Release: Develop, End: math.MaxInt64, Now: math.MaxInt64}
		a := build(t, name, env, newDice(1).values(name, Env{}))
		var b points.Block
		err := a.Apply(Group{Run: &Run{}}, &cursor{points: []point{long(1, 1)}, size: 1}).Next(ctx, &b)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", a, err)
		}
	}
}

// repeated is a query whose daily ranges end inside hours that are repeated, and
// two series with points behind the end of their range.
func repeated(t *testing.T, zone string, start int64, align bool) (Env, Values, [2][]point) {
	t.Helper()
	z, err := LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Release: Develop, Start: start, End: start + 40*day, Now: math.MaxInt64, Zone: z, FreeOrder: true}
	v := Values{
		"sampling": points.Span{Value: 1, Unit: points.Days}, "align_sampling": align, "align_start_time": true, "percentile": 0.5,
	}
	var series [2][]point
	behind := 0
	_, ranges := naiveCut(t, env, v)
	for i := range (env.End - start) / (6 * minute) {
		at := start + i*6*minute
		_, end, err := ranges.of(at)
		if err != nil {
			t.Fatal(err)
		}
		if end > at && i%100 != 0 {
			continue // or the range before would take along what lies behind
		}
		if end <= at {
			behind++
		}
		series[0], series[1] = append(series[0], double(at, float64(i%7))), append(series[1], double(at, float64(i%3)))
	}
	if behind == 0 {
		t.Fatalf("%s: no point lies behind its range", zone)
	}
	return env, v, series
}

// TestRepeatedHour reads points behind the end of their range, which KairosDB
// folds without end: each closes its range, and those that need a point fail.
func TestRepeatedHour(t *testing.T) {
	for _, c := range []struct {
		zone  string
		start int64
		align bool
	}{{"Europe/Paris", 1_414_197_000_000, false}, {"America/St_Johns", 1_288_500_000_000, true}} {
		env, v, series := repeated(t, c.zone, c.start, c.align)
		all := merged(series[:], false)
		for _, name := range []string{"first", "last", "least_squares"} {
			if _, err := computed(t, env, []named{{name, v}}, all, 1024); failure(err) != "" {
				t.Errorf("%s in %s: got %v, want a failure without message", name, c.zone, err)
			}
		}
		for _, name := range []string{"sum", "avg", "count", "max", "min", "percentile", "dev", "gaps"} {
			want, _ := expectedOf(t, env, []named{{name, v}}, all)
			if got, err := computed(t, env, []named{{name, v}}, all, 1024); err != nil || !same(got, want) {
				t.Errorf("%s in %s: got %v %v, want %v", name, c.zone, got, err, want)
			}
			side, ok := build(t, name, env, v).(SideBySide)
			if !ok {
				continue
			}
			got, err := readAll(t, side.ApplyAll(Group{}, []points.Cursor{
				&summarized{cursor: &cursor{points: series[0], size: 64}, page: 4}, &cursor{points: series[1], size: 3},
			}))
			if err != nil || !same(got, want) {
				t.Errorf("%s side by side in %s: got %v %v, want %v", side, c.zone, got, err, want)
			}
		}
	}
}

// TestMixedKinds runs gaps over texts, whose nulls come in blocks of numbers,
// and what may follow it.
func TestMixedKinds(t *testing.T) {
	env := Env{Release: Develop, End: 9000, Now: 9000}
	second := Values{"sampling": points.Span{Value: 1, Unit: points.Seconds}}
	four := Values{"sampling": points.Span{Value: 4, Unit: points.Seconds}}
	in := []point{text(1000, "a"), text(1500, "b"), text(4000, "c"), text(4100, "d"), text(7000, "e")}
	filled := []point{null(0), text(1000, "a"), text(1500, "b"), null(2000), null(3000), text(4000, "c"), text(4100, "d"),
		null(5000), null(6000), text(7000, "e"), null(8000), null(9000)}
	for _, c := range []struct {
		chain []named
		want  []point
	}{
		{[]named{{"gaps", second}}, filled},
		{[]named{{"gaps", second}, {"first", four}}, []point{null(0), text(4000, "c"), null(8000)}},
		{[]named{{"gaps", second}, {"last", four}}, []point{null(3000), text(7000, "e"), null(9000)}},
		{[]named{{"gaps", second}, {"count", four}}, []point{long(0, 5), long(4000, 5), long(8000, 2)}},
		{[]named{{"gaps", second}, {"trim", Values{"trim": "both"}}}, filled[1 : len(filled)-1]},
		{[]named{{"gaps", second}, {"filter", Values{"filter_op": "gt", "threshold": "b"}}},
			[]point{text(1000, "a"), text(1500, "b")}},
		{[]named{{"gaps", second}, {"gaps", second}}, filled},
	} {
		for _, size := range []int{1, 2, 1024} {
			got, err := computed(t, env, c.chain, in, size)
			if err != nil || !same(got, c.want) {
				t.Errorf("%s in blocks of %d:\n got %v %v\nwant %v", texts(t, env, c.chain), size, got, err, c.want)
			}
		}
	}
}
