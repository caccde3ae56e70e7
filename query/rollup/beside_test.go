package rollup

import (
	"testing"
	"time"
)

// TestBeside: what a running KairosDB has been assigned is left to it, and taken
// over where it left off when it is gone.
func TestBeside(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	k := kairos{b, s}
	k.assign("a")
	k.runs("a", begin.Add(-90*time.Minute))
	b.write("m", "x", -5000, 3)
	s.Step(t.Context())
	for range 3 {
		b.pass(10 * time.Minute)
		k.lives()
		k.runs("a", begin.Add(-90*time.Minute))
		s.Step(t.Context())
	}
	if b.wants("m.sum"); b.status(s, "a").Host != "kairos" {
		t.Error("the status of a KairosDB's task was changed")
	}
	b.pass(10 * time.Minute)
	s.Step(t.Context())
	b.wants("m.sum", "host=x,saved_from=m double -5000=3")
	if got := b.status(s, "a").Host; got != "one" {
		t.Errorf("host: got %s, want one", got)
	}
}

// TestBesideIdle: a KairosDB that runs but not its tasks keeps none of them.
func TestBesideIdle(t *testing.T) {
	b := newBench(t)
	s := b.server("one")
	b.add(s, "a", "v1", every(10, "m"))
	k := kairos{b, s}
	k.assign("a")
	for range 60 {
		k.lives()
		s.Step(t.Context())
		b.pass(time.Minute)
	}
	if st := b.state(s, "a"); len(st.Runs) != 4 {
		t.Errorf("got %d runs, want one at 22 minutes and then every 10: %+v", len(st.Runs), st.Runs)
	}
}

// kairos is a KairosDB beside a server, as the key store shows it.
type kairos struct {
	*bench
	s *Scheduler
}

// lives tells that the KairosDB is there.
func (k kairos) lives() {
	k.t.Helper()
	k.do(k.s.Texts.Set(k.t.Context(), hostsService, hostsKey, "guid", "kairos"))
}

// assign gives it a task.
func (k kairos) assign(id string) {
	k.t.Helper()
	k.lives()
	k.do(k.s.Texts.Set(k.t.Context(), tasksService, assignmentKey, id, "guid"))
}

// runs tells that it has run a task, and up to when.
func (k kairos) runs(id string, through time.Time) {
	k.t.Helper()
	k.do(k.s.book.putStatus(k.t.Context(), id, Status{
		Queries: []QueryStatus{{Metric: "m", Executed: "then", At: through.UnixMilli()}}, Host: "kairos",
	}))
}
