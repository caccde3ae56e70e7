package pebble

import (
	"fmt"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// BenchmarkCheck checks stores of equally many points in few and in many
// series: its time grows with what there is, its memory hardly does.
func BenchmarkCheck(b *testing.B) {
	for _, series := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", series), func(b *testing.B) {
			s := mustOpen(b, Config{Dir: b.TempDir()})
			defer s.Close()
			fillFor(b, s, series, 1_000_000/series)
			b.ReportAllocs()
			var t Tally
			for b.Loop() {
				var err error
				if t, err = s.Check(b.Context(), Checks{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(t.Points)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
			b.ReportMetric(float64(t.Series)*float64(b.N)/b.Elapsed().Seconds(), "series/s")
		})
	}
}

// fillFor writes so many points to each of so many series, and compacts.
func fillFor(b *testing.B, s *Store, series, each int) {
	b.Helper()
	var batch storage.Batch
	for i := range series {
		var block points.Block
		for at := range each {
			block.AppendInt(int64(at)*1000, int64(i+at))
		}
		batch.Put(cpu(fmt.Sprintf("host-%06d", i)), block, 0)
		if batch.Len() < 50_000 && i+1 < series {
			continue
		}
		if err := s.Write(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		batch = storage.Batch{}
	}
	if err := s.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
}
