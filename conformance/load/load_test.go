package load

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// update makes TestReport write what it would compare.
var update = flag.Bool("update", false, "write the golden reports anew")

// TestMain looks for goroutines that are left over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestReport runs all phases on a server that takes ten milliseconds for a write
// and thirteen for a query, and compares the whole report, as JSON and as a table.
func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &fake{
			lag: time.Second / 4,
			slow: func(n int, path string) time.Duration {
				if strings.HasPrefix(path, queryPath) {
					return 12 * time.Millisecond
				}
				return 9 * time.Millisecond
			},
			fault: func(n int, path string) fault {
				return map[int]fault{20: http.StatusServiceUnavailable, 30: cut}[n]
			},
		}
		report, err := Run(t.Context(), small(t, server, Ingest, Query, Mixed))
		if err != nil {
			t.Fatal(err)
		}
		if len(server.points) != 0 {
			t.Errorf("got %d points left behind, want none", len(server.points))
		}
		text, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/report.json", string(text)+"\n")
		var table bytes.Buffer
		if err := report.WriteTable(&table); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/report.txt", table.String())
	})
}

// golden compares a text with what a file holds.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

// TestFailures runs against servers that do not do what they should.
func TestFailures(t *testing.T) {
	writing := func(path string) bool { return strings.HasSuffix(path, "/datapoints") }
	tests := []struct {
		name    string
		server  *fake
		phases  []Phase
		err     string // that the run ends with
		failed  int64
		status  string // of the first failure of the first row
		example string
	}{
		{name: "all is well", server: &fake{}, phases: []Phase{Ingest, Query}},
		{name: "one write is refused", phases: []Phase{Ingest}, failed: 1, status: "503", example: `{"errors":["the store is away, try again"]}`,
			server: &fake{fault: func(n int, path string) fault { return map[int]fault{5: 503}[n] }}},
		{name: "no write succeeds", phases: []Phase{Ingest, Query}, err: "no write succeeds any more", failed: 10, status: "500", example: `{"errors":["the store is away, try again"]}`,
			server: &fake{fault: func(n int, path string) fault {
				if writing(path) {
					return 500
				}
				return 0
			}}},
		{name: "a point is acknowledged and lost", phases: []Phase{Ingest, Query}, err: "of 600 acknowledged points 540 are visible, and no more appear",
			server: &fake{fault: func(n int, path string) fault { return map[int]fault{5: lose}[n] }}},
		{name: "nothing was written", server: &fake{}, phases: []Phase{Query}, failed: -1, status: "answer", example: "0 points were read, want 60"},
		{name: "the metric is somebody's", phases: []Phase{Ingest}, err: "p.a holds points already",
			server: &fake{points: []stored{{map[string]string{"device": "theirs"}, 5, time.Time{}}}}},
		{name: "no version", phases: []Phase{Query}, err: `ask http://fake.example for its version: got status 404, want 200: {"errors":["the store is away, try again"]}`,
			server: &fake{fault: func(n int, path string) fault { return 404 }}},
		{name: "a time-out", phases: []Phase{Ingest}, failed: 1, status: "timeout", example: `Post "http://me:***@fake.example/api/v1/datapoints": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
			server: &fake{slow: func(n int, path string) time.Duration { return map[int]time.Duration{5: 2 * time.Minute}[n] }}},
		{name: "nothing may be written", phases: []Phase{Ingest}, failed: 10, status: "403", example: `{"errors":["the store is away, try again"]}`,
			err: `no write succeeds any more: {"errors":["the store is away, try again"]}; delete p.a: got status 403`,
			server: &fake{fault: func(n int, path string) fault {
				if writing(path) || strings.Contains(path, "/metric/") {
					return 403
				}
				return 0
			}}},
		{name: "no metric to delete", phases: []Phase{Ingest}, err: `delete p.a: got status 403, want 204: {"errors":["the store is away, try again"]}`,
			server: &fake{fault: func(n int, path string) fault {
				if strings.Contains(path, "/metric/") {
					return 403
				}
				return 0
			}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				had := len(tt.server.points)
				report, err := Run(t.Context(), small(t, tt.server, tt.phases...))
				if got := errorText(err); !strings.HasPrefix(got, tt.err) || (tt.err == "") != (got == "") {
					t.Errorf("got error %q, want %q", got, tt.err)
				}
				failed, _ := report.Failed()
				if tt.failed >= 0 && failed != tt.failed || tt.failed < 0 && failed == 0 {
					t.Errorf("got %d failures, want %d", failed, tt.failed)
				}
				if first := firstFailure(report); first.Status != tt.status || first.Example != tt.example {
					t.Errorf("got  %s %q\nwant %s %q", first.Status, first.Example, tt.status, tt.example)
				}
				if had > 0 && len(tt.server.points) != had {
					t.Errorf("got %d of somebody's points, want all %d", len(tt.server.points), had)
				}
			})
		})
	}
}

// errorText is an error's text, empty of none.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// firstFailure is the first failure of the first row, if there is one.
func firstFailure(r *Report) Failure {
	if len(r.Rows) == 0 || len(r.Rows[0].Failures) == 0 {
		return Failure{}
	}
	return r.Rows[0].Failures[0]
}

// TestInterruption ends runs in the middle of each phase: what was measured is
// told, and the metric deleted.
func TestInterruption(t *testing.T) {
	for _, phase := range []Phase{Ingest, Query, Mixed} {
		synctest.Test(t, func(t *testing.T) {
			server := &fake{slow: func(int, string) time.Duration { return 10 * time.Millisecond }}
			ctx, cancel := context.WithTimeout(t.Context(), 65*time.Millisecond)
			defer cancel()
			report, err := Run(ctx, small(t, server, phase))
			if err != nil || !report.Interrupted || len(report.Rows) == 0 {
				t.Fatalf("%s: got %v, %+v, want what was measured before the interruption", phase, err, report)
			}
			if failed, requests := report.Failed(); failed > 0 && phase != Query || requests == 0 {
				t.Errorf("%s: got %d failures of %d requests, want none of some", phase, failed, requests)
			}
			if len(server.points) != 0 || report.Removed != (phase != Query) {
				t.Errorf("%s: got %d points left, removed %v", phase, len(server.points), report.Removed)
			}
		})
	}
}

// TestKeep leaves what was written, and a later run reads it.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &fake{slow: func(int, string) time.Duration { return time.Millisecond }}
		for _, phase := range []Phase{Ingest, Query} {
			c := small(t, server, phase)
			c.Keep = true
			report, err := Run(t.Context(), c)
			if failed, requests := report.Failed(); err != nil || failed > 0 || requests == 0 {
				t.Errorf("%s: got %v, %d failures of %d requests, want none of some", phase, err, failed, requests)
			}
			if len(server.points) != 600 || report.Removed {
				t.Errorf("%s: got %d points, removed %v, want 600 that stay", phase, len(server.points), report.Removed)
			}
		}
	})
}

// TestManySeries writes to a server that does not look at all series at once:
// they are counted site by site.
func TestManySeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		report, err := Run(t.Context(), small(t, &fake{most: 100}, Ingest))
		if err != nil || len(report.Rows) != 1 || report.Rows[0].Visible == nil || report.Rows[0].Visible.Points != 600 {
			t.Errorf("got %v, %+v, want 600 points seen", err, report.Rows)
		}
	})
}

// TestOverTheNetwork runs on a server that cuts some connections.
func TestOverTheNetwork(t *testing.T) {
	server := httptest.NewServer(&fake{fault: func(n int, path string) fault {
		if n%50 == 0 && strings.HasSuffix(path, "/query") {
			return cut
		}
		return 0
	}})
	defer server.Close()
	c := small(t, nil, Ingest, Query)
	c.Transport, c.Duration = nil, 50*time.Millisecond
	var err error
	if c.Target, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	report, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	cuts := int64(0)
	for _, row := range report.Rows {
		for _, f := range row.Failures {
			if f.Status != "connection" || f.Example != "unexpected EOF" {
				t.Errorf("%s: got %+v, want connections cut alone", row.Work, f)
			}
			cuts += f.Count
		}
	}
	if cuts == 0 {
		t.Error("got no failure, want the connections that were cut")
	}
}
