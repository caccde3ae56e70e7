package pebble

import (
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// many is n series of one metric, each with its own device.
func many(metric string, n int) []points.Key {
	keys := make([]points.Key, n)
	for i := range keys {
		keys[i] = points.Key{Metric: metric, Type: points.TypeDouble, Tags: points.Tags{
			{Name: "device", Value: fmt.Sprintf("d%06d", i)},
			{Name: "floor", Value: fmt.Sprintf("f%03d", i%1000)},
			{Name: "site", Value: fmt.Sprintf("s%02d", i/10%100)},
		}}
	}
	return keys
}

// putMany writes n points to each of the keys, 5,000 series at a time.
func putMany(tb testing.TB, s storage.Store, keys []points.Key, n int) {
	tb.Helper()
	var block points.Block
	for i := range n {
		block.AppendFloat(int64(i)*10_000, float64(i%100)/100)
	}
	var batch storage.Batch
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

// BenchmarkDelete deletes one metric of two.
func BenchmarkDelete(b *testing.B) {
	for _, c := range []struct {
		series, points int
		settled        bool
	}{{1000, 1000, false}, {1000, 1000, true}, {60_000, 1, false}, {60_000, 1, true}} {
		b.Run(fmt.Sprintf("series=%d/points=%d/settled=%t", c.series, c.points, c.settled), func(b *testing.B) {
			s := mustOpen(b, Config{Dir: b.TempDir()})
			defer s.Close()
			putMany(b, s, many("stays", 10_000), 1)
			keys := many("goes", c.series)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				putMany(b, s, keys, c.points)
				if c.settled {
					if err := s.Compact(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				if err := s.Delete(b.Context(), storage.Selection{Metrics: []string{"goes"}}, points.Always); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(c.series)/b.Elapsed().Seconds(), "series/s")
		})
	}
}
