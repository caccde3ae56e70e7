package rollup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aion/storage/points"
)

// year is by how much clocks of tests are ahead.
const year = 365 * 24 * time.Hour

// steps lets a server run what is due, so many times after so long.
func (b *bench) steps(s *Scheduler, n int, d time.Duration) {
	b.t.Helper()
	for range n {
		b.pass(d)
		s.Step(b.t.Context())
	}
}

// TestClockAhead: when a clock that was ahead is set right, a task goes on at once, and
// what counts as rolled up lacks no point: not one that has come meanwhile.
func TestClockAhead(t *testing.T) {
	for _, tt := range []struct {
		name    string
		ahead   int // runs meanwhile, one an hour
		restart bool
		alone   bool
		results string // of minutes after the beginning
		covered points.Range
	}{
		{"some runs", 5, false, false, "60=1 18000=2 32400=4", points.Range{From: -60, To: 34_200}},
		{"and a restart", 5, true, false, "60=1 18000=2 32400=4", points.Range{From: -60, To: 34_200}},
		{"alone", 5, false, true, "60=1 18000=2 32400=4", points.Range{From: -60, To: 34_200}},
		{"alone and a restart", 5, true, true, "60=1 18000=2 32400=4", points.Range{From: -60, To: 34_200}},
		{"more than are remembered", 30, false, false, "60=1 122400=4", points.Range{From: 117_000, To: 124_200}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			server := func() *Scheduler { return b.server("one", func(c *Config) { c.Alone = tt.alone }) }
			s := server()
			b.add(s, "a", "v1", every(60, "m"))
			s.Step(t.Context())
			b.write("m", "x", 60, 1)
			b.steps(s, 3, time.Hour)
			b.pass(year)
			b.steps(s, tt.ahead, time.Hour)
			b.write("m", "x", 5*3600, 2)
			b.pass(-year + 30*time.Minute)
			if tt.restart {
				s = server()
			}
			st := b.state(s, "a")
			if got, ok := st.covered("m.sum<m", b.time().UnixMilli(), time.Hour.Milliseconds()); ok {
				t.Errorf("before the first run: got %v, want nothing to be covered", got)
			}
			s.Step(t.Context())
			if st := b.state(s, "a"); len(st.Runs) != min(4+tt.ahead, keptRuns) || st.Next != b.time().Add(time.Hour).UnixMilli() {
				t.Errorf("got %d runs and the next in %v, want the task to run at once", len(st.Runs), time.UnixMilli(st.Next).Sub(b.time()))
			}
			b.write("m", "x", (4+tt.ahead)*3600, 4)
			b.steps(s, 2, time.Hour)
			b.wants("m.sum", "host=x,saved_from=m double "+tt.results)
			st = b.state(s, "a")
			got, _ := st.covered("m.sum<m", b.time().UnixMilli(), time.Hour.Milliseconds())
			want := points.Range{From: begin.UnixMilli() + tt.covered.From*1000, To: begin.UnixMilli() + tt.covered.To*1000}
			if got != want {
				t.Errorf("covered: got %v, want %v, off by %d and %d s", got, want, (got.From-want.From)/1000, (got.To-want.To)/1000)
			}
		})
	}
}

// TestClockAheadResults: what was stored while the clock was ahead stays, and is
// replaced when its time has come.
func TestClockAheadResults(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	b.steps(s, 2, 10*time.Minute)
	b.pass(24 * time.Hour)
	b.write("m", "x", 87_030, 1)
	b.write("m", "x", 87_600, 1)
	b.steps(s, 2, 10*time.Minute)
	stored := "host=x,saved_from=m double 87030=1 87600=1"
	b.wants("m.sum", stored)
	b.pass(-24 * time.Hour)
	b.steps(s, 3, 10*time.Minute)
	b.wants("m.sum", stored)
	b.steps(s, 143, 10*time.Minute)
	b.write("m", "x", 87_020, 5)
	b.steps(s, 3, 10*time.Minute)
	b.wants("m.sum", "host=x,saved_from=m double 87020=6 87600=1")
	if st := b.state(s, "a"); len(st.Reached) != 0 {
		t.Errorf("got %v, want nothing remembered of the clock", st.Reached)
	}
}

// TestClockBehind: a task that runs while the clock is behind does not roll up all that
// lies between when that is right again, and goes on where it was.
func TestClockBehind(t *testing.T) {
	const decades = 50 * year
	for _, runs := range []int{0, 3} {
		t.Run(fmt.Sprintf("runs=%d", runs), func(t *testing.T) {
			b := newBench(t)
			s := b.server("one")
			b.add(s, "a", "v1", every(60, "m"))
			s.Step(t.Context())
			b.steps(s, runs, time.Hour)
			was := b.time()
			b.pass(-decades)
			s = b.server("one")
			s.Step(t.Context())
			b.steps(s, 2, time.Hour)
			b.write("m", "x", runs*3600+60, 1)
			b.pass(decades)
			s.Step(t.Context())
			b.wants("m.sum", fmt.Sprintf("host=x,saved_from=m double %d=1", runs*3600+60))
			st := b.state(s, "a")
			if want := was.Add(-time.Hour).UnixMilli(); st.Runs[0].From != want {
				t.Errorf("rolled up from %v, want from %v", time.UnixMilli(st.Runs[0].From).UTC(), time.UnixMilli(want).UTC())
			}
			got, ok := st.covered("m.sum<m", b.time().UnixMilli(), time.Hour.Milliseconds())
			if want := was.Add(-time.Hour).UnixMilli(); !ok || got.From != want {
				t.Errorf("covered: got %v, want it from %d on", got, want)
			}
			if st.Since < begin.UnixMilli() {
				t.Errorf("the text was first seen at %v, before it was there", time.UnixMilli(st.Since).UTC())
			}
		})
	}
}

// TestClockBehindFailing: that goes for a task, too, which has only failed meanwhile.
func TestClockBehindFailing(t *testing.T) {
	b := newBench(t)
	ill := true
	s := b.server("one", func(c *Config) {
		c.BoundsOf = func(context.Context, Owner, ...string) (Bounds, error) {
			if ill {
				return Bounds{}, errors.New("ill")
			}
			return Bounds{Store: b.store}, nil
		}
	})
	b.add(s, "a", "v1", every(60, "m"))
	s.Step(t.Context())
	b.pass(-2 * year)
	b.steps(s, 2, time.Hour)
	ill = false
	b.pass(2 * year)
	s.Step(t.Context())
	st := b.state(s, "a")
	if want := begin.Add(-time.Hour).UnixMilli(); st.Runs[0].Error != "" || st.Runs[0].From != want {
		t.Errorf("got %+v, want a run from %d on", st.Runs[0], want)
	}
}

// TestClockAheadServers: a task goes on by the server whose clock is right, whatever
// one does whose clock is ahead, and however that has ended.
func TestClockAheadServers(t *testing.T) {
	b := newBench(t)
	one := b.server("one")
	two := b.server("two", func(c *Config) { c.Now = func() time.Time { return b.time().Add(year) } })
	b.add(one, "a", "v1", every(10, "m"))
	for i := range 6 {
		b.write("m", "x", i*600, 1)
		b.steps(one, 1, 10*time.Minute)
		two.Step(t.Context())
		if st := b.state(one, "a"); i > 0 && st.Runs[0].Host != "two" {
			t.Errorf("the clock of the last run is not ahead: %+v", st.Runs[0])
		}
	}
	b.wants("m.sum", "host=x,saved_from=m double 0=1 600=1 1200=1 1800=1 2400=1 3000=1")
	// The other one dies while it runs the task.
	b.pass(10 * time.Minute)
	_, err := two.states.change(t.Context(), "a", func(st *State) bool {
		st.Owner, st.Until = "two", two.Now().Add(lease).UnixMilli()
		return true
	})
	b.do(err)
	one.Step(t.Context())
	if st := b.state(one, "a"); st.Owner != "" || st.Runs[0].Host != "one" {
		t.Errorf("got %+v, want the task to be run", st)
	}
}

// TestClockAheadRun: the workers of a running scheduler see that the clock was set right.
func TestClockAheadRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())).Round(0) }
		s := b.server("one", func(c *Config) { c.Now = now })
		b.add(s, "a", "v1", every(1, "m"))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { s.Run(ctx) })
		for _, d := range []time.Duration{0, year, 0} { // set just before a run, in it, or just after
			ahead.Store(int64(d))
			time.Sleep(4 * time.Minute)
		}
		cancel()
		running.Wait()
		st := b.state(s, "a")
		if last := time.Since(time.UnixMilli(st.Runs[0].At)); last < 0 || last > time.Minute || len(st.Runs) < 11 {
			t.Errorf("got %d runs, the last one %v ago, want one a minute", len(st.Runs), last)
		}
	})
}

// TestClockAheadMeanwhile: a task goes on at once where the clock is set right in the
// middle of a run.
func TestClockAheadMeanwhile(t *testing.T) {
	b := newBench(t)
	ahead := false
	s := b.server("one", func(c *Config) {
		c.BoundsOf = func(context.Context, Owner, ...string) (Bounds, error) {
			if ahead {
				b.pass(-24 * time.Hour)
			}
			ahead = false
			return Bounds{Store: b.store}, nil
		}
	})
	b.add(s, "a", "v1", every(10, "m"))
	s.Step(t.Context())
	b.steps(s, 3, 10*time.Minute)
	b.pass(24 * time.Hour)
	if ahead = true; s.turn(t.Context(), s.slots["a"].task) > b.time().UnixMilli() {
		t.Error("the task is not due")
	}
	if st := b.state(s, "a"); st.Next > b.time().UnixMilli() || st.Runs[0].Length < 0 || len(st.Runs) != 4 {
		t.Errorf("got %+v, want a fourth run, and the task to be due", st)
	}
}
