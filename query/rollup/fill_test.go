package rollup

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// sel selects a metric.
func sel(metric string) storage.Selection { return storage.Selection{Metrics: []string{metric}} }

// TestFill: a back-fill covers its range, in whole minutes, and no schedule is
// needed for it.
func TestFill(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	for at := -200_000; at < 0; at += 20_000 {
		b.write("m", "x", at, 1)
	}
	task, err := b.parse("a", "v1")
	b.do(err)
	from, to := begin.Add(-100_010*time.Second), begin.Add(-39_990*time.Second)
	n, err := s.Fill(t.Context(), task, points.Range{From: from.UnixMilli(), To: to.UnixMilli()}, "")
	if err != nil || n != 4 {
		t.Errorf("got %d and %v, want 4 points", n, err)
	}
	b.wants("m.sum", "host=x,saved_from=m double -100000=1 -80000=1 -60000=1 -40000=1")
}

// TestOrder: a back-fill that was ordered is run in the background, tells how far
// it is, gives way to the schedule, and goes on after a restart.
func TestOrder(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	b.write("m", "x", -3_000_000, 1)
	b.write("m", "x", -100_000, 2)
	task, err := b.parse("a", "v1")
	b.do(err)
	r := points.Range{From: begin.Add(-40 * 24 * time.Hour).UnixMilli(), To: begin.UnixMilli() - 1}
	if _, err := s.Order(t.Context(), task, r, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("a task that nobody has seen: got %v, want %v", err, ErrUnknown)
	}
	s.Step(t.Context())
	if _, err := s.Order(t.Context(), task, r, ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.Parse = nil
	st, later, err := s.claim(ctx, task, b.time().UnixMilli())
	if err != nil || later != 0 {
		t.Fatalf("claim: got %d and %v", later, err)
	}
	b.do(s.fillPart(ctx, task, st.Fill))
	b.do(s.fillPart(ctx, task, st.Fill))
	if got := st.Fill.Share(task.Jobs()); got < 0.03 || got > 0.06 {
		t.Errorf("after two of forty days: got a share of %v", got)
	}
	b.do(s.keep(ctx, task, &st))
	cancel()
	s = b.server("one")
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double -3e+06=1 -100000=2")
	got := b.state(s, "a")
	if f := got.Fill; f == nil || !f.Done || f.Points != 2 || f.Share(1) != 1 || got.Owner != "" {
		t.Errorf("got %+v, want the back-fill to be done", got)
	}
	if len(got.Runs) != 0 {
		t.Errorf("a back-fill counts as a run: %+v", got.Runs)
	}
}

// TestOrderAgain: an order that comes while the task runs is not lost.
func TestOrderAgain(t *testing.T) {
	for _, alone := range []bool{false, true} {
		t.Run(fmt.Sprintf("alone=%v", alone), func(t *testing.T) { orderAgain(t, alone) })
	}
}

// orderAgain is TestOrderAgain for a server that is alone or not.
func orderAgain(t *testing.T, alone bool) {
	b := newBench(t)
	s := b.server("one", func(c *Config) { c.Alone = alone })
	b.add(s, "a", "v1", every(10, "m"))
	s.Step(t.Context())
	b.pass(10 * time.Minute)
	task, err := b.parse("a", "v1")
	b.do(err)
	st, _, err := s.claim(t.Context(), task, b.time().UnixMilli())
	b.do(err)
	r := points.Range{From: begin.Add(-time.Hour).UnixMilli(), To: begin.UnixMilli()}
	if _, err := s.Order(t.Context(), task, r, ""); err != nil {
		t.Fatal(err)
	}
	s.perform(t.Context(), task, &st)
	if got := b.state(s, "a"); !got.filling() || len(got.Runs) != 1 || got.Owner != "" {
		t.Errorf("got %+v, want the order kept", got)
	}
}

// TestClockAheadFill: a back-fill that was ordered while the clock was ahead, and tried
// in vain, begins anew.
func TestClockAheadFill(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(60, "m"))
	b.steps(s, 2, time.Hour)
	b.pass(year)
	task, err := b.parse("a", "v1")
	b.do(err)
	_, err = s.Order(t.Context(), task, points.Range{From: begin.Add(-48 * time.Hour).UnixMilli(), To: begin.UnixMilli() - 1}, "")
	b.do(err)
	_, err = s.states.change(t.Context(), "a", func(st *State) bool {
		st.Fill.At, st.Fill.Retry = st.Fill.To-1, b.time().Add(retry).UnixMilli()
		st.Filled = map[string]points.Range{"m.sum<m": {From: begin.Add(-96 * time.Hour).UnixMilli(), To: b.time().UnixMilli()}}
		return true
	})
	b.do(err)
	b.write("m", "x", -40*3600, 1)
	b.pass(-year)
	s = b.server("one")
	s.Step(t.Context())
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double -144000=1")
	st := b.state(s, "a")
	if f := st.Fill; !f.Done || f.Ordered != b.time().UnixMilli() {
		t.Errorf("got %+v, want the back-fill to be done", f)
	}
	if got := st.Filled["m.sum<m"]; got.From != begin.Add(-48*time.Hour).UnixMilli() {
		t.Errorf("got %v back-filled, want two days", got)
	}
}

// TestClockAheadFillMeanwhile: how far a back-fill has come is stored as it goes on,
// where the clock is set right meanwhile.
func TestClockAheadFillMeanwhile(t *testing.T) {
	b := newBench(t)
	var s *Scheduler
	var done []int64 // days, as stored when a day is begun
	s = b.server("one", func(c *Config) {
		c.BoundsOf = func(context.Context, Owner, ...string) (Bounds, error) {
			if st := b.state(s, "a"); st.Fill != nil {
				if done = append(done, (st.Fill.At-st.Fill.From)/(24*3_600_000)); len(done) == 1 {
					b.pass(-year)
				}
			}
			b.pass(2 * tellEvery)
			return Bounds{Store: b.store}, nil
		}
	})
	b.pass(year)
	b.add(s, "a", "v1", every(60, "m"))
	s.Step(t.Context())
	task, err := b.parse("a", "v1")
	b.do(err)
	midnight := begin.Truncate(24 * time.Hour)
	_, err = s.Order(t.Context(), task, points.Range{From: midnight.Add(-96 * time.Hour).UnixMilli(), To: midnight.UnixMilli() - 1}, "")
	b.do(err)
	s.turn(t.Context(), s.slots["a"].task)
	if got, want := fmt.Sprint(done), "[0 1 2 3]"; got != want {
		t.Errorf("days done as stored: got %s, want %s", got, want)
	}
}
