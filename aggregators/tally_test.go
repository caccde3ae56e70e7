package aggregators

import (
	"errors"
	"testing"

	"aion/storage/points"
)

// tallied folds series by series, if that is possible.
func tallied(t *testing.T, side SideBySide, d dice, series [][]point, size int) ([]point, error) {
	t.Helper()
	p := &purse{left: 1 << 20}
	var in []points.Cursor
	for _, s := range series {
		in = append(in, d.cursorOf(s, size))
	}
	c := side.ApplyAll(Group{Run: &Run{Budget: p}}, in).(*sideCursor)
	ranges, err := c.cut.ranges()
	if err != nil || !c.tallies(ranges) {
		return nil, err
	}
	c.folds = newTally(c, ranges)
	if err := c.folds.begin(t.Context(), in); err != nil {
		return nil, err
	}
	got, err := readAll(t, c)
	if p.taken != 0 {
		t.Errorf("%s keeps %d bytes", side, p.taken)
	}
	return got, err
}

// TestManySeries folds more series than there are ranges.
func TestManySeries(t *testing.T) {
	env := Env{Release: Develop, End: 10 * hour, Now: 10 * hour, FreeOrder: true}
	for _, name := range []string{"sum", "avg", "count", "max", "min", "percentile"} {
		v := Values{"percentile": 0.5, "sampling": points.Span{Value: 1, Unit: points.Hours}}
		a := build(t, name, env, v).(SideBySide)
		for _, size := range []int{10, 50, 300} {
			var series [][]point
			var in []points.Cursor
			for i := range size {
				s := newDice(uint64(i)).stream(env, 3, "mixed")
				series, in = append(series, s), append(in, &cursor{points: s, size: 2})
			}
			want, failed := expectedOf(t, env, []named{{name, v}}, merged(series, false))
			c := a.ApplyAll(Group{}, in).(*sideCursor)
			got, err := readAll(t, c)
			if err != nil || failed != nil || !same(got, want) {
				t.Errorf("%s of %d series: got %v %v, want %v %v", a, size, got, err, want, failed)
			}
			if _, one := c.folds.(*tally); one != (size != 10 && name != "percentile") {
				t.Errorf("%s of %d series is folded by %T", a, size, c.folds)
			}
		}
	}
}

// TestBudgetOfTally charges the ranges of many series, and stops at the end of
// the budget.
func TestBudgetOfTally(t *testing.T) {
	env := Env{Release: Develop, FreeOrder: true, Now: hour, End: hour}
	a := build(t, "avg", env, Values{"sampling": points.Span{Value: 1, Unit: points.Minutes}}).(SideBySide)
	for _, left := range []int64{1 << 20, 60 * perBucket} {
		p := &purse{left: left}
		var in []points.Cursor
		for i := range int64(300) {
			var s []point
			for at := i; at < hour; at += minute {
				s = append(s, double(at, 0.5))
			}
			in = append(in, &cursor{points: s, size: 1024})
		}
		got, err := readAll(t, a.ApplyAll(Group{Run: &Run{Budget: p}}, in))
		if errors.Is(err, points.ErrLimit) != (left < 1<<20) || p.taken != 0 || err == nil && len(got) != 60 {
			t.Errorf("with %d bytes: got %d ranges and %v, kept %d", left, len(got), err, p.taken)
		}
	}
}

// TestTallyLetsGo: once all series have been read, results alone are held, and what
// has put numbers in order is there for other groups.
func TestTallyLetsGo(t *testing.T) {
	env := Env{Release: Develop, FreeOrder: true, Now: hour, End: hour}
	a := build(t, "sum", env, Values{"sampling": points.Span{Value: 1, Unit: points.Minutes}}).(SideBySide)
	p := &purse{left: 1 << 20}
	d := newDice(3)
	var series [][]point
	var in []points.Cursor
	for i := range int64(20) {
		var s []point
		for at := i; at < hour; at += 7 * 1000 {
			s = append(s, double(at, d.NormFloat64()))
		}
		series, in = append(series, s), append(in, &cursor{points: s, size: 100})
	}
	c := a.ApplyAll(Group{Run: &Run{Budget: p}}, in).(*sideCursor)
	var first points.Block
	if err := c.Next(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	if p.taken > 60*perResult {
		t.Errorf("60 results hold %d bytes, want %d at most", p.taken, 60*perResult)
	}
	if c.room != nil {
		t.Error("the room is not given back")
	}
	want, err := readAll(t, a.Apply(Group{}, &cursor{points: merged(series, false), size: 100}))
	if got := pointsOf(&first); err != nil || !same(got, want) {
		t.Errorf("got %v and %v, want %v", got, err, want)
	}
	if err := c.Close(); err != nil || p.taken != 0 {
		t.Errorf("%v, and %d bytes are kept", err, p.taken)
	}
}
