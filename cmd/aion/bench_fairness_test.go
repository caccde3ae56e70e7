package main

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkFairness asks for a dashboard's series of workload A again and again,
// alone, beside an export of all ten million points, and beside an average of
// them. The 99th percentile beside an export is to stay below three times that
// alone.
func BenchmarkFairness(b *testing.B) {
	s := serveSeeded(b, seedA)
	const from, to = benchStart, benchStart + pointsOfA*10_000
	byDevice := `"group_by": [{"name": "tag", "tags": ["device"]}]`
	small := metricQuery(from, to, `"tags": {"device": ["d0500"]}`, aggregate("avg", 5, "minutes"))
	for _, beside := range []struct{ name, query string }{
		{"beside=nothing", ""},
		{"beside=raw", metricQuery(from, to, byDevice)},
		{"beside=avg-1h", metricQuery(from, to, byDevice, aggregate("avg", 1, "hours"))},
	} {
		b.Run(beside.name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			var running sync.WaitGroup
			if beside.query != "" {
				running.Go(func() { s.repeat(ctx, b, beside.query) })
			}
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				s.drain(b, "/api/v1/datapoints/query", []byte(small), http.StatusOK)
				took = append(took, time.Since(begun))
			}
			cancel()
			running.Wait()
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
		})
	}
}

// repeat asks a question until ctx ends.
func (s *server) repeat(ctx context.Context, b *testing.B, query string) {
	for ctx.Err() == nil {
		s.drain(b, "/api/v1/datapoints/query", []byte(query), http.StatusOK)
	}
}
