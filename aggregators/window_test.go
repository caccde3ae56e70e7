package aggregators

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
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

// repeated is a query whose daily ranges end inside hours that are repeated.
func repeated(t *testing.T, zone string, start int64, align bool) (Env, Values) {
	t.Helper()
	z, err := LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	return Env{Release: Develop, Start: start, End: start + 40*day, Now: math.MaxInt64, Zone: z, FreeOrder: true},
		Values{"sampling": points.Span{Value: 1, Unit: points.Days}, "align_sampling": align, "align_start_time": true}
}

// TestRepeatedHour reads points behind the end of their range, which KairosDB
// folds without end: each closes its range, and those that need a point fail.
func TestRepeatedHour(t *testing.T) {
	paris, johns := int64(1_414_197_000_000), int64(1_288_500_000_000)
	for _, c := range []struct {
		zone  string
		start int64
		align bool
	}{{"Europe/Paris", paris, false}, {"America/St_Johns", johns, true}} {
		env, v := repeated(t, c.zone, c.start, c.align)
		var series [2][]point
		behind := false
		_, ranges := naiveCut(t, env, v)
		for i := range int64(40 * 24 * 10) {
			at := c.start + i*6*minute
			_, end, err := ranges.Of(at)
			if err != nil {
				t.Fatal(err)
			}
			behind = behind || end <= at
			if end > at && i%100 != 0 {
				continue // or the range before would take along what lies behind
			}
			series[0], series[1] = append(series[0], double(at, float64(i%7))), append(series[1], double(at, float64(i%3)))
		}
		if !behind {
			t.Fatalf("%s: no point lies behind its range", c.zone)
		}
		all := merged(series[:], false)
		for _, name := range []string{"sum", "avg", "count", "max", "min", "percentile", "dev", "gaps", "first", "last", "least_squares"} {
			v["percentile"] = 0.5
			a := build(t, name, env, v)
			got, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: 1024}))
			if slices.Contains([]string{"first", "last", "least_squares"}, name) {
				if failure(err) != "" {
					t.Errorf("%s in %s: got %v %v, want a failure without message", a, c.zone, len(got), err)
				}
				continue
			}
			want, _ := expectedOf(t, env, []named{{name, v}}, all)
			if err != nil || !same(got, want) {
				t.Errorf("%s in %s: got %v %v, want %v", a, c.zone, got, err, want)
			}
			if side, ok := a.(SideBySide); ok {
				got, err := readAll(t, side.ApplyAll(Group{}, []points.Cursor{
					&summarized{cursor: &cursor{points: series[0], size: 64}, page: 4}, &cursor{points: series[1], size: 3},
				}))
				if err != nil || !same(got, want) {
					t.Errorf("%s side by side in %s: got %v %v, want %v", a, c.zone, got, err, want)
				}
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

// purse is a budget that remembers.
type purse struct{ left, most, taken int64 }

// Take charges what is left.
func (p *purse) Take(bytes int64) error {
	if bytes > p.left {
		return &points.LimitError{Limit: "query.max-memory", Max: p.left, What: "bytes"}
	}
	p.left, p.taken = p.left-bytes, p.taken+bytes
	p.most = max(p.most, p.taken)
	return nil
}

// TestBudget charges what is held, gives all of it back, and stops at the end
// of the budget.
func TestBudget(t *testing.T) {
	env := Env{Release: Develop, FreeOrder: true, Now: hour, End: hour}
	var all []point
	for i := range int64(5000) {
		all = append(all, double(i, float64(i)))
	}
	for _, c := range []struct {
		name   string
		values Values
		side   bool
		least  int64 // bytes that are held at some time
	}{
		{"percentile", Values{"percentile": 0.5, "sampling": points.Span{Value: 1, Unit: points.Hours}}, false, 40000},
		{"percentile", Values{"percentile": 0.5, "sampling": points.Span{Value: 1, Unit: points.Hours}}, true, 80000},
		{"sum", Values{}, true, 30000},
		{"sma", Values{"size": int64(3000)}, false, 24000},
		{"gaps", Values{}, false, 16000},
	} {
		for _, left := range []int64{1 << 20, 1000} {
			p := &purse{left: left}
			g := Group{Run: &Run{Budget: p}}
			a := build(t, c.name, env, c.values)
			out := a.Apply(g, &cursor{points: all, size: 1024})
			if c.side {
				out = a.(SideBySide).ApplyAll(g, []points.Cursor{&cursor{points: all, size: 1024}, &cursor{points: all, size: 1024}})
			}
			_, err := readAll(t, out)
			if left == 1000 {
				if !errors.Is(err, points.ErrLimit) || p.taken != 0 {
					t.Errorf("%s: got %v with %d bytes kept, want a limit", a, err, p.taken)
				}
				continue
			}
			if err != nil || p.taken != 0 || p.most < c.least {
				t.Errorf("%s: %v, held up to %d bytes and kept %d, want at least %d and none", a, err, p.most, p.taken, c.least)
			}
		}
	}
}

// TestMaxGaps stops filling at the limit, at once where the estimate exceeds it.
func TestMaxGaps(t *testing.T) {
	for _, c := range []struct {
		name  string
		unit  points.Unit
		end   int64
		limit int64
		want  bool // that it fails
		reads bool // and whether anything was read
	}{
		{"enough", points.Seconds, 10 * second, 10, false, true},
		{"without limit", points.Seconds, 10 * second, 0, false, true},
		{"one too many", points.Seconds, 10 * second, 9, true, false},
		{"for ever", points.Milliseconds, math.MaxInt64, 1000, true, false},
		{"months", points.Months, 4000 * day, 100, true, true},
	} {
		env := Env{Release: Develop, End: c.end, Now: math.MaxInt64}
		a := build(t, "gaps", env, Values{"sampling": points.Span{Value: 1, Unit: c.unit}})
		in := &cursor{points: []point{long(0, 1)}, size: 1}
		_, err := readAll(t, a.Apply(Group{Run: &Run{MaxGaps: c.limit}}, in))
		if errors.Is(err, points.ErrLimit) != c.want || (len(in.points) == 0) != c.reads {
			t.Errorf("%s: got %v, read %v", c.name, err, len(in.points) == 0)
		}
	}
}

// TestGapsOfAllGroups counts the nulls of all groups together, and trims the
// first of them alone.
func TestGapsOfAllGroups(t *testing.T) {
	env := Env{Release: Develop, Start: 1, End: 9, Now: 9}
	a := build(t, "gaps", env, Values{"trim": true})
	run := &Run{MaxGaps: 3}
	for _, c := range []struct {
		in   []point
		want string
	}{
		{nil, "[]"},
		{[]point{long(3, 1), long(5, 1)}, "[3:1 4:null 5:1]"},
		{[]point{long(2, 1)}, "[0:null 1:null 2:1]"},
		{[]point{long(1, 1)}, "limit"},
	} {
		got, err := readAll(t, a.Apply(Group{Run: run}, &cursor{points: c.in, size: 1}))
		text := strings.ReplaceAll(strings.TrimSpace(pointsText(got)), "  ", " ")
		if errors.Is(err, points.ErrLimit) {
			text = "limit"
		}
		if text != c.want {
			t.Errorf("%v: got %s %v, want %s", c.in, text, err, c.want)
		}
	}
}

// pointsText prints points.
func pointsText(all []point) string {
	parts := make([]string, len(all))
	for i, p := range all {
		parts[i] = p.String()
	}
	return "[" + strings.Join(parts, " ") + "]"
}
