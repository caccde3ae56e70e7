package rollup

import (
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/query"
	"aion/storage/points"
)

// TestRuns: a task is due after its interval, rolls up what is there, and is due
// again.
func TestRuns(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	if _, ok, err := s.Book().Status(t.Context(), "a"); ok || err != nil {
		t.Errorf("a task that nobody has seen: got a status and %v", err)
	}
	s.Step(t.Context())
	want := `{"statuses":[{"metricName":"m","lastExecuted":"Never","dataPointCount":0,"executionLength":0,"lastExecutionTime":0}],` +
		`"executingHost":"one","nextScheduled":"01 Jun 2026 00:10:00 PM"}`
	if got := b.status(s, "a"); got.text() != want {
		t.Errorf("status:\ngot  %s\nwant %s", got.text(), want)
	}
	b.write("m", "x", 10, 1)
	b.write("m", "x", 50, 2)
	b.write("m", "y", 70, 1.5)
	b.pass(9 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum")
	b.pass(time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 10=3", "host=y,saved_from=m double 70=1.5")
	want = `{"statuses":[{"metricName":"m","lastExecuted":"01 Jun 2026 00:10:00 PM","dataPointCount":2,"executionLength":0,` +
		`"lastExecutionTime":1780315800000}],"executingHost":"one","nextScheduled":"01 Jun 2026 00:20:00 PM"}`
	if got := b.status(s, "a"); got.text() != want {
		t.Errorf("status:\ngot  %s\nwant %s", got.text(), want)
	}
	b.write("m", "x", 650, 4)
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 10=3 650=4", "host=y,saved_from=m double 70=1.5")
	if st := b.state(s, "a"); len(st.Runs) != 2 || st.Runs[0].Points != 3 || st.Owner != "" {
		t.Errorf("got %+v, want two runs", st)
	}
}

// TestLate: points that arrive late are rolled up again, and what they change
// takes the place of what was stored, whatever its time.
func TestLate(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	s.Step(t.Context())
	b.write("m", "x", 30, 1)
	b.write("m", "x", 130, 7)
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 30=1 130=7")
	b.write("m", "x", 20, 2)   // moves the result to an earlier time
	b.write("m", "x", 150, .5) // makes it a double
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 20=3 130=7.5")
	b.write("m", "x", 25, 1)
	b.pass(70 * time.Minute) // behind the window the server has missed runs, and goes back from its last one
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 20=4 130=7.5")
	b.write("m", "x", 26, 1) // too late
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 20=4 130=7.5")
}

// TestLateTypes: a result of another type takes the place of the one before.
func TestLateTypes(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	task := every(10, "m")
	task.Rollups[0].Metrics[0].Aggregators[0].Name = "last"
	b.add(s, "a", "v1", task)
	s.Step(t.Context())
	b.write("m", "x", 130, 7)
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m long 130=7")
	b.write("m", "x", 150, .5)
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 150=0.5")
}

// TestShared: where two queries fill one metric, neither takes away what the other
// has stored.
func TestShared(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	task, long := every(10, "m"), summed("m")
	long.Aggregators[0].Values["sampling"] = points.Span{Value: 1, Unit: points.Hours}
	task.Rollups[0].Metrics = append(task.Rollups[0].Metrics, long)
	b.add(s, "a", "v1", task)
	s.Step(t.Context())
	b.write("m", "x", 30, 1)
	b.write("m", "x", 130, 7)
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 30=8 130=7")
}

// TestRest: a result stays when the points that it was made of are gone.
func TestRest(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	s.Step(t.Context())
	b.write("m", "x", 30, 1)
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.do(b.store.Delete(t.Context(), sel("m"), points.Always))
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 30=1")
}

// TestDowntime: what was due while no server ran is made up for at once, days of
// it, and counted.
func TestDowntime(t *testing.T) {
	b := newBench(t)
	b.add(b.server("one"), "a", "v1", every(10, "m"))
	b.server("one").Step(t.Context())
	b.pass(10 * time.Minute)
	s := b.server("one")
	s.Step(t.Context())
	for _, at := range []int{700, 90_000, 180_000} {
		b.write("m", "x", at, 1)
	}
	b.pass(60*time.Hour + 5*time.Minute)
	s = b.server("one")
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 700=1 90000=1 180000=1")
	st := b.state(s, "a")
	if got := st.Runs[0].Missed; got != 359 {
		t.Errorf("got %d missed runs, want 359", got)
	}
	if want := begin.Add(60*time.Hour + 20*time.Minute).UnixMilli(); st.Next != want {
		t.Errorf("next: got %d, want %d", st.Next, want)
	}
}

// TestFirstRun: a task whose first run is late misses nothing since it was made.
func TestFirstRun(t *testing.T) {
	b := newBench(t)
	b.add(b.server("one"), "a", "v1", every(10, "m"))
	b.server("one").Step(t.Context())
	b.write("m", "x", 60, 1)
	b.pass(5 * time.Hour)
	b.server("one").Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 60=1")
}

// TestWhole: as with KairosDB 1.2, a range that is not over yet is not stored.
func TestWhole(t *testing.T) {
	b := newBench(t)
	s := b.server("one", func(c *Config) { c.Options.Release = aggregators.V12 })
	b.add(s, "a", "v1", every(10, "m"))
	s.Step(t.Context())
	b.write("m", "x", 530, 1)
	b.write("m", "x", 601, 2)
	b.pass(10*time.Minute + 30*time.Second)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double 530=1")
}

// TestServers: of several servers one runs a task, and when that is gone another
// one, after its right to do so has ended.
func TestServers(t *testing.T) {
	b := newBench(t)
	one, two := b.server("one"), b.server("two")
	b.add(one, "a", "v1", every(10, "m"))
	for range 6 {
		one.Step(t.Context())
		two.Step(t.Context())
		b.pass(10 * time.Minute)
	}
	one.Step(t.Context())
	two.Step(t.Context())
	st := b.state(one, "a")
	if len(st.Runs) != 6 {
		t.Errorf("got %d runs of both, want 6", len(st.Runs))
	}
	// One dies while it runs the task.
	b.pass(10 * time.Minute)
	claimed, later, err := one.claim(t.Context(), one.slots["a"].task, b.time().UnixMilli())
	if err != nil || later != 0 || claimed.Owner != "one" {
		t.Fatalf("claim: got %+v, %d and %v", claimed, later, err)
	}
	two.Step(t.Context())
	if st := b.state(two, "a"); len(st.Runs) != 6 {
		t.Errorf("a task that another server runs was run")
	}
	b.pass(lease)
	two.Step(t.Context())
	if st := b.state(two, "a"); len(st.Runs) != 7 || st.Runs[0].Host != "two" {
		t.Errorf("got %d runs, want the other server to take over", len(st.Runs))
	}
	// The first one is back, and finds that the task is not its own any more.
	if err := one.keep(t.Context(), one.slots["a"].task, &claimed); err != errTaken {
		t.Errorf("keep: got %v, want %v", err, errTaken)
	}
}

// TestFailures: a task that fails says why, is tried again later and later, and
// then goes on where it was. Its other queries are not touched by that.
func TestFailures(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	task := every(60, "m")
	broken := summed("n")
	broken.Aggregators = append(broken.Aggregators, query.Aggregation{Name: "save_as", Values: aggregators.Values{}})
	task.Rollups = append(task.Rollups, Rollup{SaveAs: "n.sum", Metrics: []query.Metric{broken}})
	b.add(s, "a", "v1", task)
	b.write("m", "x", 60, 1)
	b.write("n", "x", 60, 1)
	s.Step(t.Context())
	b.pass(time.Hour)
	var waits []string
	for range 4 {
		s.Step(t.Context())
		st := b.state(s, "a")
		waits = append(waits, time.UnixMilli(st.Next).Sub(b.time()).String())
		b.pass(time.UnixMilli(st.Next).Sub(b.time()))
	}
	if got, want := strings.Join(waits, " "), "10s 20s 40s 1m20s"; got != want {
		t.Errorf("waits: got %s, want %s", got, want)
	}
	b.wants("m.sum", "host=x,saved_from=m double 60=1")
	status := b.status(s, "a")
	if q := status.Queries; len(q) != 2 || q[0].Error != "" || q[0].At == 0 || q[1].Error == "" || q[1].At != 0 {
		t.Errorf("got %+v, want the second query to say why it fails", q)
	}
	mended := every(60, "m")
	mended.Rollups = append(mended.Rollups, Rollup{SaveAs: "n.sum", Metrics: []query.Metric{summed("n")}})
	b.add(s, "a", "v2", mended)
	b.pass(10 * time.Second)
	s.Step(t.Context())
	b.pass(time.Hour)
	s.Step(t.Context())
	if st := b.state(s, "a"); st.Failures != 0 || st.Runs[0].Error != "" {
		t.Errorf("got %+v, want no failure", st)
	}
}

// TestChanges: tasks that are changed run as they are now, those that are gone do
// not, and nothing is left of them but what they have stored.
func TestChanges(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	b.add(s, "b", "v2", every(10, "n"))
	b.do(s.Book().Put(t.Context(), "c", "nonsense"))
	b.add(s, "d", "v3", every(-1, "o"))
	s.Step(t.Context())
	if len(s.slots) != 2 {
		t.Errorf("got %d tasks, want 2", len(s.slots))
	}
	b.pass(time.Minute)
	b.add(s, "a", "v4", every(20, "m"))
	b.do(s.Book().Remove(t.Context(), "b"))
	b.pass(10 * time.Second)
	s.Step(t.Context())
	if _, ok, err := s.Book().Status(t.Context(), "b"); ok || err != nil {
		t.Errorf("the status of a task that is gone is there: %v", err)
	}
	if _, ok, err := s.State(t.Context(), "b"); ok || err != nil {
		t.Errorf("the state of a task that is gone is there: %v", err)
	}
	b.pass(19 * time.Minute)
	s.Step(t.Context())
	if st := b.state(s, "a"); len(st.Runs) != 0 {
		t.Errorf("the task ran before it was due: %+v", st)
	}
	b.pass(time.Minute)
	s.Step(t.Context())
	if st := b.state(s, "a"); len(st.Runs) != 1 {
		t.Errorf("got %d runs, want 1", len(st.Runs))
	}
}
