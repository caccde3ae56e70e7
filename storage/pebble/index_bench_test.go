package pebble

import (
	"syscall"
	"testing"
	"time"
)

// processorTime is what the process has used of the processors so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNewSeries writes a point to each of 200,000 series that are not there
// yet, 5,000 of them at a time, and waits until the store is at rest.
func BenchmarkNewSeries(b *testing.B) {
	keys := many("temperature", 200_000)
	b.ReportAllocs()
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		s := mustOpen(b, Config{Dir: b.TempDir()})
		b.StartTimer()
		before := processorTime(b)
		putMany(b, s, keys, 1)
		b.StopTimer()
		if err := settleSome(s); err != nil {
			b.Fatal(err)
		}
		took += processorTime(b) - before
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	n := float64(b.N) * float64(len(keys))
	b.ReportMetric(n/b.Elapsed().Seconds(), "series/s")
	b.ReportMetric(n/took.Seconds(), "series/processor-s")
}
