package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkFairness asks for a dashboard's series of workload A again and again,
// alone, beside an export of all ten million points, and beside an average of
// them; the server is a process of its own. The 99th percentile beside an export
// is to stay below three times that alone, and the export is to lose little.
func BenchmarkFairness(b *testing.B) {
	b.Cleanup(benchClient.CloseIdleConnections)
	s := newSeeded(b, seedA)
	for _, beside := range []struct {
		name string
		long *question
	}{
		{"beside=nothing", nil},
		{"beside=raw", &rawA.aion},
		{"beside=avg-1h", &avgByDevice.aion},
	} {
		b.Run(beside.name, func(b *testing.B) {
			var running sync.WaitGroup
			var enough atomic.Bool
			begun, answers := time.Now(), 0
			if beside.long != nil {
				running.Go(func() {
					for ; !enough.Load(); answers++ {
						s.ask(b, *beside.long)
					}
				})
			}
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				took = append(took, timed(func() { s.ask(b, dashboard(i*37%devicesOfA).aion) }))
			}
			enough.Store(true)
			running.Wait()
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
			b.ReportMetric(float64(answers)*devicesOfA*pointsOfA/time.Since(begun).Seconds(), "points-beside/s")
		})
	}
}
