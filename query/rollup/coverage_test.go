package rollup

import (
	"testing"
	"time"

	"aion/storage/points"
)

// TestCovered: what a task has rolled up without a gap begins with its first run or
// the back-fill before it, ends where points may still come late, and forgets what
// another text has rolled up.
func TestCovered(t *testing.T) {
	hours := func(n int64) int64 { return begin.UnixMilli() + n*time.Hour.Milliseconds() }
	fill := func(b *bench, s *Scheduler, from, to int64) {
		st := b.state(s, "a")
		task, err := b.parse("a", st.textOf(b))
		b.do(err)
		_, err = s.Order(t.Context(), task, points.Range{From: from, To: to - 1}, "")
		b.do(err)
		s.Step(t.Context())
	}
	run := func(b *bench, s *Scheduler, n int) {
		for range n {
			b.pass(time.Hour)
			s.Step(t.Context())
		}
	}
	for _, tt := range []struct {
		name string
		do   func(b *bench, s *Scheduler)
		want points.Range
		ok   bool
	}{
		{"before the first run", func(*bench, *Scheduler) {}, points.Range{}, false},
		{"after five runs", func(b *bench, s *Scheduler) { run(b, s, 5) }, points.Range{From: hours(0) - 60_000, To: hours(4)}, true},
		{"with a back-fill before them", func(b *bench, s *Scheduler) {
			fill(b, s, hours(-40), hours(0))
			run(b, s, 5)
		}, points.Range{From: hours(-40), To: hours(4)}, true},
		{"with one at once before them", func(b *bench, s *Scheduler) {
			task, err := b.parse("a", "v1")
			b.do(err)
			_, err = s.Fill(t.Context(), task, points.Range{From: hours(-40), To: hours(0)}, "")
			b.do(err)
			run(b, s, 5)
		}, points.Range{From: hours(-40), To: hours(4)}, true},
		{"with one that ends before they begin", func(b *bench, s *Scheduler) {
			run(b, s, 5)
			fill(b, s, hours(-40), hours(-20))
		}, points.Range{From: hours(0) - 60_000, To: hours(4)}, true},
		{"with one afterwards", func(b *bench, s *Scheduler) {
			run(b, s, 5)
			fill(b, s, hours(-40), hours(2))
			run(b, s, 1)
		}, points.Range{From: hours(-40), To: hours(5)}, true},
		{"with another text since", func(b *bench, s *Scheduler) {
			run(b, s, 5)
			b.add(s, "a", "v2", every(60, "m"))
			run(b, s, 3)
			fill(b, s, hours(-40), hours(8))
		}, points.Range{From: hours(6), To: hours(7)}, true},
		{"with a back-fill of another text", func(b *bench, s *Scheduler) {
			fill(b, s, hours(-40), hours(0))
			b.add(s, "a", "v2", every(60, "m"))
			run(b, s, 3)
		}, points.Range{From: hours(1), To: hours(2)}, true},
		{"with another task beside it for a while", func(b *bench, s *Scheduler) {
			run(b, s, 2)
			b.add(s, "b", "w1", every(60, "m"))
			run(b, s, 1)
			b.do(s.Book().Remove(t.Context(), "b"))
			run(b, s, 2)
		}, points.Range{From: hours(2), To: hours(4)}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			s := b.server("one")
			b.add(s, "a", "v1", every(60, "m"))
			s.Step(t.Context())
			tt.do(b, s)
			st := b.state(s, "a")
			got, ok := st.covered("m.sum<m", b.time().UnixMilli(), time.Hour.Milliseconds())
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %v in hours %v to %v, want %v, %v", got, ok,
					(got.From-hours(0))/3_600_000, (got.To-hours(0))/3_600_000, tt.want, tt.ok)
			}
		})
	}
}

// TestCoveredAhead: nothing ahead of now counts as rolled up.
func TestCoveredAhead(t *testing.T) {
	const from, through, now, late = 1_000, 2_000, 3_000, 100
	for _, tt := range []struct {
		name    string
		through int64
		filled  points.Range
		want    points.Range
		ok      bool
	}{
		{"behind now", through, points.Range{From: 500, To: from}, points.Range{From: 500, To: through - late}, true},
		{"a little ahead", now + late, points.Range{}, points.Range{From: from, To: now - late}, true},
		{"too far ahead", now + late + 1, points.Range{}, points.Range{}, false},
		{"a back-fill ahead", through, points.Range{From: 500, To: now + 1}, points.Range{From: from, To: through - late}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := State{
				From: map[string]int64{"m": from}, Through: map[string]int64{"m": tt.through}, Filled: map[string]points.Range{"m": tt.filled},
			}
			if got, ok := st.covered("m", now, late); got != tt.want || ok != tt.ok {
				t.Errorf("got %v and %v, want %v and %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// textOf is the text that a state is about.
func (s *State) textOf(b *bench) string {
	for text := range b.tasks {
		if (&Task{Text: text}).version() == s.Version {
			return text
		}
	}
	return ""
}
