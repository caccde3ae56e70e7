package cassandra

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
	"aion/storage/points"
)

// BenchmarkPoints reads many short series and a long one in KairosDB's layout.
// Each turn reads them with the driver library alone, too: ours/bare is how our
// time compares with that, first-ms how long the first block takes. Allocations
// are those of both; allocs/point is ours.
func BenchmarkPoints(b *testing.B) {
	room := openPoints(b, codec.Default())
	bare := cassandratest.Shared(b).Bare(b, room.store.write.config.Keyspace)
	for _, shape := range []struct{ series, points int }{{1000, 1000}, {1, 200000}} {
		all, keys := fillBench(room, shape.series, shape.points)
		b.Run(fmt.Sprintf("series=%d/points=%d", shape.series, shape.points), func(b *testing.B) {
			b.ReportAllocs()
			var alone, ours, first time.Duration
			var before, after runtime.MemStats
			allocs := uint64(0)
			for b.Loop() {
				begun := time.Now()
				if err := bare.Read(b.Context(), keys, func(_, _ []byte) {}); err != nil {
					b.Fatal(err)
				}
				runtime.ReadMemStats(&before)
				middle := time.Now()
				n, at := benchRead(b, all)
				if n != shape.series*shape.points {
					b.Fatalf("%d points", n)
				}
				alone, ours, first = alone+middle.Sub(begun), ours+time.Since(middle), first+at.Sub(middle)
				runtime.ReadMemStats(&after)
				allocs += after.Mallocs - before.Mallocs
			}
			read := float64(shape.series*shape.points) * float64(b.N)
			b.ReportMetric(read/ours.Seconds(), "points/s")
			b.ReportMetric(float64(allocs)/read, "allocs/point")
			b.ReportMetric(ours.Seconds()/alone.Seconds(), "ours/bare")
			b.ReportMetric(1000*first.Seconds()/float64(b.N), "first-ms")
		})
	}
}

// fillBench stores series of longs, one a second.
func fillBench(room *pointsRoom, count, length int) (all []*series, keys [][]byte) {
	for i := range count {
		s := evenly(codec.Default(), fmt.Sprint("bench", count, ".", i), points.TypeLong, length)
		room.insert(s.stored())
		all = append(all, s.series(room.store, room.conn()))
		keys = append(keys, codec.AppendRowKey(nil, &s.key, 1698278400000))
	}
	return all, keys
}

// benchRead reads series as the engine does: 64 are told ahead, each is asked
// whether it has points, then all are read. It tells when the first points were
// there.
func benchRead(b *testing.B, all []*series) (n int, first time.Time) {
	const window = 64
	told := 0
	for i, s := range all {
		for ; told < min(len(all), i+window); told++ {
			all[told].Ahead(b.Context(), points.Always, points.Asc)
		}
		if found, err := s.Any(b.Context(), points.Always); !found || err != nil {
			b.Fatal(found, err)
		}
	}
	var block points.Block
	for _, s := range all {
		c := s.Points(points.Always, points.Asc)
		for c.Next(b.Context(), &block) == nil {
			if n == 0 {
				first = time.Now()
			}
			n += block.Len()
		}
		c.Close()
	}
	return n, first
}
