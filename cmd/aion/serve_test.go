package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
)

// aPoint is a write of one point and askForIt a query that answers it.
const (
	aPoint   = `[{"name": "kept", "timestamp": 1000, "value": 5, "tags": {"host": "a"}}]`
	askForIt = `{"start_absolute": 0, "end_absolute": 2000, "metrics": [{"name": "kept"}]}`
	theValue = `"values":[[1000,5]]`
)

// TestServe writes, asks, stops and starts again.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		storage string
		kept    bool // by a restart
	}{{"pebble", true}, {"memory", false}}
	for _, tt := range tests {
		t.Run(tt.storage, func(t *testing.T) {
			args := []string{"--storage=" + tt.storage, "--data.dir=" + dir}
			s := start(t, args...)
			if status, body := s.ask(t, "POST", "/api/v1/datapoints", aPoint); status != http.StatusNoContent {
				t.Fatalf("got %d %s from the write, want 204", status, body)
			}
			if status, body := s.ask(t, "POST", "/api/v1/datapoints/query", askForIt); status != 200 || !strings.Contains(body, theValue) {
				t.Errorf("got %d %s, want 200 and %s", status, body, theValue)
			}
			if status, body := s.ask(t, "GET", "/metrics", ""); status != 200 || !strings.Contains(body, "aion_points_written_total 1\n") {
				t.Errorf("got %d from /metrics without the point that was written:\n%s", status, body)
			}
			if code := s.stop(); code != 0 {
				t.Errorf("got exit code %d, want 0", code)
			}
			s = start(t, args...)
			if _, body := s.ask(t, "POST", "/api/v1/datapoints/query", askForIt); strings.Contains(body, theValue) != tt.kept {
				t.Errorf("after a restart: got %s, want the point: %v", body, tt.kept)
			}
		})
	}
}

// TestServeShapesErrors asks for what fails; the owner of a path has the words.
func TestServeShapesErrors(t *testing.T) {
	s := start(t, "--storage=memory", "--http.max-ingest=1KiB", "--query.max-points=1")
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", twoPoints); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
	tests := []struct {
		name, method, path, body string
		wantStatus               int
		wantBody                 string
	}{
		{"unknown path", "GET", "/api/v1/nothing", "", 404, ""},
		{"wrong method", "PUT", "/api/v1/datapoints", "", 405, ""},
		{"not the API", "GET", "/nothing", "", 404, "Not Found\n"},
		{"one slash more", "GET", "/api/v1/health/check/", "", 204, ""},
		{"two slashes more", "GET", "/api/v1/health/check//", "", 404, ""},
		{"too many points", "POST", "/api/v1/datapoints/query", askForIt, 413,
			`{"errors":["the query exceeds the limit query.max-points of 1 points"]}`},
		{"too large a body", "POST", "/api/v1/datapoints", "[" + strings.Repeat(" ", 2000) + "]", 413,
			`{"errors":["the request body exceeds the limit http.max-ingest of 1024 bytes"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if status, body := s.ask(t, tt.method, tt.path, tt.body); status != tt.wantStatus || body != tt.wantBody {
				t.Errorf("got %d %s, want %d %s", status, body, tt.wantStatus, tt.wantBody)
			}
		})
	}
}

// twoPoints is a write of two points.
const twoPoints = `[{"name": "kept", "tags": {"host": "a"}, "datapoints": [[1000, 5], [1001, 6]]}]`

// TestServeRefusesAnAddressInUse starts where somebody listens already.
func TestServeRefusesAnAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"serve", "--storage=memory", "--telnet.listen=", "--http.listen", listener.Addr().String()}, env(nil), &out, &errs)
	if code != 1 || !strings.Contains(errs.String(), "aion: --http.listen: listen tcp "+listener.Addr().String()) {
		t.Errorf("got %d %s, want 1 and a line that names the address", code, &errs)
	}
}

// TestServeLeavesDataToTheDemo asks for sample data where there are data
// already.
func TestServeLeavesDataToTheDemo(t *testing.T) {
	dir := "--data.dir=" + t.TempDir()
	s := start(t, dir)
	if status, body := s.ask(t, "POST", "/api/v1/datapoints", aPoint); status != http.StatusNoContent {
		t.Fatalf("got %d %s from the write, want 204", status, body)
	}
	s.stop()
	s = start(t, dir, "--demo")
	if !strings.Contains(s.stdout(), "serving them as they are") {
		t.Errorf("got %q, want a word about the data that are there", s.stdout())
	}
	if _, body := s.ask(t, "GET", "/api/v1/metricnames", ""); !strings.Contains(body, `["kept"]`) {
		t.Errorf("got names %s, want kept alone", body)
	}
}

// TestServeStopsBeforeItStarts is told to stop before it has begun.
func TestServeStopsBeforeItStarts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"serve", "--storage=memory", "--http.listen=127.0.0.1:0", "--telnet.listen="}, env(nil), &out, &errs); code > 1 {
		t.Errorf("got exit code %d, want 0 or 1:\n%s", code, &errs)
	}
}
