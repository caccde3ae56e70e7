package aggregators

import (
	"errors"
	"math"
	"strings"
	"testing"

	"aion/storage/points"
)

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
		{"sma", Values{"size": int64(3000)}, false, 24000},
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
