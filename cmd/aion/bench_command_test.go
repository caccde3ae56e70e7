package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aion/conformance/load"
)

// bench runs aion bench on an address and answers its exit code and what it
// printed.
func bench(ctx context.Context, url string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, append([]string{"bench", url, "--duration=50ms"}, args...), env(nil), &out, &errs)
	return code, out.String(), errs.String()
}

// TestBench runs every workload, small, on the server itself: no request fails,
// all is visible, and nothing stays.
func TestBench(t *testing.T) {
	s := start(t, "--storage=memory")
	for _, workload := range load.Workloads() {
		t.Run(workload.Name, func(t *testing.T) {
			code, out, errs := bench(t.Context(), "http://"+s.address, "--json", "--workload="+workload.Name,
				"--series=50", "--points=100", "--batch=500", "--phases=ingest,query,mixed", "--shape=columns", "--duration=100ms")
			var report load.Report
			if err := json.Unmarshal([]byte(out), &report); err != nil {
				t.Fatalf("got %d, %s%s: %v", code, out, errs, err)
			}
			if code != exitWell || errs != "" || !report.Removed || report.Interrupted {
				t.Errorf("got %d %q and %+v, want all well and the metric removed", code, errs, report)
			}
			asked := 0
			for _, row := range report.Rows {
				if row.Failed > 0 || row.Visible != nil && row.Visible.Points != row.Points {
					t.Errorf("%s %s: got %d failed: %+v, visible %+v of %d", row.Phase, row.Work, row.Failed, row.Failures, row.Visible, row.Points)
				}
				if row.Phase == load.Query {
					asked++
				}
			}
			if want := len(workload.QueryNames()) + 1; asked != want { // the dashboard by one client and by all
				t.Errorf("got %d queries, want %d", asked, want)
			}
		})
	}
	if status, body := s.ask(t, "GET", "/api/v1/metricnames", ""); status != http.StatusOK || strings.Contains(body, "bench") {
		t.Errorf("got %d %s, want no metric left behind", status, body)
	}
}

// TestBenchTable prints a table for people, and how to delete what was kept.
func TestBenchTable(t *testing.T) {
	s := start(t, "--storage=memory")
	code, out, errs := bench(t.Context(), "http://"+s.address, "--series=5", "--points=10", "--keep", "--queries=dashboard,raw")
	removal := "curl -X DELETE http://" + s.address + "/api/v1/metric/aion.bench.a\n"
	if code != exitWell || errs != "" || !strings.Contains(out, "\nquery dashboard ") || !strings.HasSuffix(out, removal) {
		t.Errorf("got %d %q\n%s\nwant rows, and at the end\n%s", code, errs, out, removal)
	}
	code, _, errs = bench(t.Context(), "http://"+s.address, "--phases=ingest")
	if want := "aion: aion.bench.a holds points already: delete it, or choose another prefix\n"; code != exitFailed || errs != want {
		t.Errorf("got %d %q, want %d %q", code, errs, exitFailed, want)
	}
}

// TestBenchExitCodes runs on servers that are away or fail, and is interrupted.
func TestBenchExitCodes(t *testing.T) {
	whole(t)
	interrupted, interrupt := context.WithCancel(t.Context())
	failing := httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/version") {
			_, _ = to.Write([]byte(`{"version": "Failing 1"}`)) // where that fails the test does
			return
		}
		if strings.HasSuffix(req.URL.Path, "/tags") {
			interrupt()
		}
		http.Error(to, `{"errors":["no"]}`, http.StatusServiceUnavailable)
	}))
	defer failing.Close()
	away := httptest.NewServer(nil)
	away.Close()
	tests := []struct {
		name string
		ctx  context.Context
		args []string
		code int
		err  string // that the one line begins with
		rows bool
	}{
		{"away", t.Context(), []string{away.URL}, exitFailed, "aion: ask " + away.URL + " for its version: ", false},
		{"failing", t.Context(), []string{failing.URL, "--phases=query", "--queries=raw"}, exitFailed, "aion: 1 of 1 requests failed\n", true},
		{"interrupted", interrupted, []string{failing.URL, "--phases=query", "--queries=raw,tags"}, exitInterrupted, "aion: interrupted\n", true},
		{"unknown query", t.Context(), []string{failing.URL, "--queries=row"}, exitUsage, `aion: --queries: got "row", want some of dashboard, `, false},
		{"no address", t.Context(), []string{"localhost:8080"}, exitUsage, `aion: url: got "localhost:8080", want the address of a server`, false},
		{"no phase", t.Context(), []string{failing.URL, "--phases="}, exitUsage, "aion: --phases", false},
		{"unknown phase", t.Context(), []string{failing.URL, "--phases=ingest,all"}, exitUsage, "aion: --phases", false},
		{"negative rate", t.Context(), []string{failing.URL, "--rate=-1"}, exitUsage, "aion: --rate: got -1, want ", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := bench(tt.ctx, tt.args[0], tt.args[1:]...)
			if code != tt.code || !strings.HasPrefix(errs, tt.err) || strings.Count(errs, "\n") != 1 {
				t.Errorf("got  %d %q\nwant %d %q and no more lines", code, errs, tt.code, tt.err)
			}
			if (out != "") != tt.rows {
				t.Errorf("got %q on stdout, want rows: %v", out, tt.rows)
			}
		})
	}
}
