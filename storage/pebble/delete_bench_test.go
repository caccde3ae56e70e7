package pebble

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

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

// BenchmarkLeaveGroups is what one series costs that leaves groups, for each of these,
// where the sheet has few and many of them: about the same.
func BenchmarkLeaveGroups(b *testing.B) {
	group, _ := grouping(0, 0, 1, 2, 3, 5, 8, 13, 21, 34, 55)
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := mustOpen(b, Config{Dir: "db", fs: vfs.NewMem(), still: true})
			defer s.Close()
			var set groupSet
			for i := range uint64(n) {
				set.add(groupEntry{key: appendCarriedGroupKey(nil, 0, i), rank: i}, group)
			}
			var rest groupWriter
			for b.Loop() {
				batch := s.db.NewBatch()
				if _, err := set.without(batch, 1<<8, &ranks{}, &rest); err != nil {
					b.Fatal(err)
				}
				if err := batch.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/group")
		})
	}
}
