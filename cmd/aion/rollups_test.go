package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRollupFigures: a task that a client makes is seen at /metrics, and so is
// its run.
func TestRollupFigures(t *testing.T) {
	s := start(t, "--storage=memory", "--rollups.check=10ms")
	const task = `{"name":"t","execution_interval":{"value":100,"unit":"milliseconds"},"rollups":[{"save_as":"m.sum","query":` +
		`{"start_relative":{"value":1,"unit":"hours"},"metrics":[{"name":"m","aggregators":[{"name":"sum","sampling":{"value":1,"unit":"minutes"}}]}]}}]}`
	if status, body := s.ask(t, http.MethodPost, "/api/v1/rollups", task); status != http.StatusOK {
		t.Fatalf("got %d %s, want the task taken", status, body)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, text := s.ask(t, http.MethodGet, "/metrics", "")
		if strings.Contains(text, "\naion_rollup_tasks 1\n") && !strings.Contains(text, "\naion_rollup_runs_total 0\n") &&
			strings.Contains(text, "\naion_rollup_failures_total 0\n") && strings.Contains(text, "\naion_rollup_late_seconds ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got\n%s\nwant a task that has run", text)
		}
	}
}
