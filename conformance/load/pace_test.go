package load

import (
	"testing"
	"testing/synctest"
	"time"
)

// paced asks one query, by one client, at that rate for ten seconds. Each takes ten milliseconds, the 30th as long as it is told.
func paced(t *testing.T, rate float64, stall time.Duration) *Row {
	t.Helper()
	server := &fake{slow: func(n int, path string) time.Duration {
		if n == 31 { // the first asks for the version
			return stall
		}
		return 9 * time.Millisecond
	}}
	c := small(t, server, Query)
	c.Queries, c.Clients, c.Duration, c.Rate = []string{"tags"}, 1, 10*time.Second, rate
	report, err := Run(t.Context(), c)
	if err != nil || len(report.Rows) != 1 {
		t.Fatalf("got %v and %d rows, want one", err, len(report.Rows))
	}
	return report.Rows[0]
}

// TestRateCountsFromDue stalls a server for two seconds: at a fixed rate the
// twenty requests that came due meanwhile tell of it, while clients that wait
// for their answers see one slow request.
func TestRateCountsFromDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fixed := paced(t, 10, 2*time.Second)
		if fixed.Requests != 100 || fixed.Failed != 0 {
			t.Errorf("got %d requests, %d failed, want 100 and none", fixed.Requests, fixed.Failed)
		}
		if l := fixed.Latency; l.P50 > 10.1 || l.P90 < 1000 || l.P90 > 1300 || l.P99 < 1900 {
			t.Errorf("got %+v, want a tenth of the requests to tell of the stall", l)
		}
		if l := paced(t, 0, 2*time.Second).Latency; l.P99 > 10.1 || l.Max < 2000 {
			t.Errorf("got %+v, want one slow request among clients that wait", l)
		}
	})
}

// TestRateThatIsNotKept stalls a server beyond the end: what was due and never
// sent has failed.
func TestRateThatIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := paced(t, 100, 8*time.Second)
		if row.Requests != 1000 || row.Failed < 750 || row.Failed > 850 || len(row.Failures) != 1 || row.Failures[0].Status != "unsent" {
			t.Errorf("got %d requests, %d failed: %+v; want 1000, and some 800 that were never sent", row.Requests, row.Failed, row.Failures)
		}
	})
}

// TestProgress tells twice a second how far a run is.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		server := &fake{lag: time.Second, slow: func(int, string) time.Duration { return 250 * time.Millisecond }}
		c := small(t, server, Ingest)
		c.Watch = func(p Progress) { lines = append(lines, p.String()) }
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if len(lines) < 4 || lines[0] != "ingest write: 0 s, 120 points, 240/s, 20 %" && lines[0] != "ingest write: 0 s" {
			t.Errorf("got %q, want progress", lines)
		}
	})
}

// TestMemoryIsBounded runs the longest workload for a moment: what a run holds
// depends on series and clients alone.
func TestMemoryIsBounded(t *testing.T) {
	s := newSource(Workloads()[1], "m", 1, Objects, 5000)
	var q request
	s.next(&q)
	held := cap(q.body)
	for range 100 {
		s.next(&q)
	}
	if cap(q.body) > held+held/4 {
		t.Errorf("got a buffer of %d bytes after %d at first, want it reused", cap(q.body), held)
	}
	if allocs := testing.AllocsPerRun(100, func() { s.next(&q) }); allocs > 0 {
		t.Errorf("got %v allocations a write, want none", allocs)
	}
}
