package api

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/memory"
)

// TestReport stores figures, with labels as tags, until it is told to end.
func TestReport(t *testing.T) {
	f, store := NewFigures(), memory.New(memory.Config{})
	f.began()
	f.ended(answered{"GET", "/api/v1/version", 200}, 10, time.Second)
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Report(ctx, store, "box", time.Millisecond, slog.New(slog.DiscardHandler)) })
	sel := storage.Selection{Metrics: []string{"aion_http_requests_total"}, Matchers: []storage.Matcher{
		{Tag: "host", Values: []string{"box"}}, {Tag: "route", Values: []string{"/api/v1/version"}}, {Tag: "status", Values: []string{"200"}},
	}}
	found := 0
	for late := time.Now().Add(time.Minute); found == 0 && time.Now().Before(late); time.Sleep(time.Millisecond) {
		for _, err := range store.Select(t.Context(), sel) {
			if err != nil {
				t.Fatal(err)
			}
			found++
		}
	}
	end()
	running.Wait()
	if found != 1 {
		t.Errorf("got %d series, want one", found)
	}
	names := map[string]bool{}
	for name, err := range store.Metrics(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		names[name] = true
	}
	for _, want := range []string{"aion_http_request_duration_seconds_sum", "aion_http_request_duration_seconds_count", "go_goroutines"} {
		if !names[want] {
			t.Errorf("%s is not stored", want)
		}
	}
}
