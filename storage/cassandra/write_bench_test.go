package cassandra

import (
	"fmt"
	"sync/atomic"
	"testing"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
	"aion/storage/points"
)

// BenchmarkWrite writes 100,000 points of few or many series, beside the driver
// library alone with the same rows.
func BenchmarkWrite(b *testing.B) {
	const count = 100_000
	for _, series := range []int{1, 1000} {
		var batch storage.Batch
		var keys, columns [][]byte
		layout := codec.Default()
		each := count / series
		for i := range series {
			k := cpu(fmt.Sprint("host", i))
			var block points.Block
			for j := range each {
				block.AppendFloat(someRow+int64(j)*1000, 1.5)
			}
			k.Type = points.TypeDouble
			batch.Put(k, block, 0)
			keys = append(keys, codec.AppendRowKey(nil, &k, someRow))
		}
		for j := range each {
			var column [4]byte
			layout.PutColumn(&column, someRow+int64(j)*1000, someRow)
			columns = append(columns, column[:])
		}
		s := opened(b, Config{})
		b.Run(fmt.Sprintf("series=%d/way=store", series), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Write(b.Context(), &batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "points/s")
		})
		bare := cassandratest.Shared(b).Bare(b, s.config.Write.Keyspace)
		b.Run(fmt.Sprintf("series=%d/way=bare", series), func(b *testing.B) {
			b.ReportAllocs()
			value := codec.AppendDouble(nil, 1.5)
			for b.Loop() {
				if err := bare.Insert(b.Context(), keys, columns, value, 500); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// BenchmarkWriteSmall writes one point of each of many series in a call, and
// single points from several callers.
func BenchmarkWriteSmall(b *testing.B) {
	s := opened(b, Config{})
	b.Run("series=1000/points=1", func(b *testing.B) {
		var batch storage.Batch
		for i := range 1000 {
			batch.Put(cpu(fmt.Sprint("host", i)), longs(someTime, int64(i)), 0)
		}
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Write(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "points/s")
	})
	b.Run("series=1/points=1/callers=many", func(b *testing.B) {
		var next atomic.Int64
		b.SetParallelism(16)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			k := cpu(fmt.Sprint("host", next.Add(1)))
			for pb.Next() {
				if err := s.Write(b.Context(), put(k, 0, someTime, 1)); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "points/s")
	})
}
