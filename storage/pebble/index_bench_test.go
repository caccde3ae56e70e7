package pebble

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
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

// BenchmarkActiveSeries writes a point at a time to each of a thousand series, and
// of many, all of them known, 5,000 points in a batch, and settles every epoch: a
// point should cost the same.
func BenchmarkActiveSeries(b *testing.B) {
	const perRound = 1_000_000
	for _, series := range []int{1000, *indexSeries} {
		b.Run(fmt.Sprintf("series=%d", series), func(b *testing.B) {
			keys := many("temperature", series)
			s := mustOpen(b, Config{Dir: b.TempDir(), still: true})
			step := 0
			write := func(steps int) {
				for range steps {
					step++
					putStep(b, s, keys, int64(step)*10_000)
					if s.filled.Load() >= epochBytes {
						if err := settleSome(s); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
			write(2)
			before, n := processorTime(b), 0
			for b.Loop() {
				write(max(1, perRound/series))
				n += max(1, perRound/series) * series
			}
			if err := settleSome(s); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(n), "processor-ns/point")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkSettle settles an epoch that has a run of each of many series: a series
// should cost the same.
func BenchmarkSettle(b *testing.B) {
	for _, series := range []int{10_000, *indexSeries} {
		b.Run(fmt.Sprintf("series=%d", series), func(b *testing.B) {
			keys, dir := many("temperature", series), b.TempDir()
			s := mustOpen(b, Config{Dir: dir, still: true})
			putMany(b, s, keys, 1)
			var took time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				s = mustOpen(b, Config{Dir: dir, still: true}) // which does not know whether there are runs
				n += series
				putStep(b, s, keys, int64(n)*10_000)
				b.StartTimer()
				before := processorTime(b)
				if err := settleSome(s); err != nil {
					b.Fatal(err)
				}
				took += processorTime(b) - before
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(n), "processor-ns/series")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// putStep writes a point to each of the keys, 5,000 points at a time.
func putStep(tb testing.TB, s storage.Store, keys []points.Key, at int64) {
	tb.Helper()
	var batch storage.Batch
	var block points.Block
	block.AppendFloat(at, float64(at%100)/100)
	for from := 0; from < len(keys); from += 5000 {
		batch.Reset()
		for _, k := range keys[from:min(from+5000, len(keys))] {
			batch.Put(k, block, 0)
		}
		if err := s.Write(tb.Context(), &batch); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkIndexEntries makes the index entries of 5,000 new series of one batch.
func BenchmarkIndexEntries(b *testing.B) {
	s := mustOpen(b, Config{Dir: b.TempDir(), still: true})
	keys := many("temperature", 5000)
	var x index
	b.ReportAllocs()
	before, n := processorTime(b), 0
	for b.Loop() {
		batch := s.db.NewBatch()
		for i := range keys {
			x.touch(&keys[i], uint64(i+1))
		}
		if err := firstOf(x.add(batch), batch.Close()); err != nil {
			b.Fatal(err)
		}
		n += len(keys)
	}
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(n), "processor-ns/series")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
