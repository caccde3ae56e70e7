package rollup

import (
	"testing"
	"time"
)

// TestFigures counts runs, those that were missed and those that failed, and how
// late the next one is.
func TestFigures(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	wants := func(when string, want Figures) {
		t.Helper()
		if got := s.Figures(); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", when, got, want)
		}
	}
	wants("before the first look", Figures{})
	b.add(s, "a", "v1", every(10, "m"))
	broken := every(10, "n")
	broken.Rollups[0].Metrics[0].Aggregators = nil
	b.add(s, "b", "v2", broken)
	s.Step(t.Context())
	wants("when the tasks are known", Figures{Tasks: 2})
	b.write("m", "x", 10, 1)
	b.write("m", "x", 70, 2)
	b.pass(11 * time.Minute)
	wants("a minute late", Figures{Tasks: 2, Late: time.Minute})
	s.Step(t.Context())
	wants("after a run of each", Figures{Tasks: 2, Runs: 2, Failures: 1, Points: 2})
	b.pass(29 * time.Minute) // the good one was due at 20, 30 and 40
	s.Step(t.Context())
	got := s.Figures()
	if got.Runs != 4 || got.Failures != 2 || got.Missed < 2 || got.Points < 4 || got.Late != 0 {
		t.Errorf("after a pause: got %+v, want two more runs, one of them failed, and what was missed", got)
	}
}
