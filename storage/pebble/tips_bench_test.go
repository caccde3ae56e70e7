package pebble

import (
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// BenchmarkTips reads the newest point of each of many series as a query does, out
// of a store that keeps tips and out of one that does not, and writes a point to
// each of them in turns: what a series costs in the processor's time.
func BenchmarkTips(b *testing.B) {
	keys := many("temperature", *indexSeries)
	stores := []*Store{
		mustOpen(b, Config{Dir: b.TempDir(), still: true}),
		mustOpen(b, Config{Dir: b.TempDir(), still: true, Tips: -1}),
	}
	var read, written [2]time.Duration
	for _, s := range stores {
		putStep(b, s, keys, 0)
	}
	rounds := 0
	for b.Loop() {
		rounds++
		for turn := range stores {
			i := (turn + rounds) % len(stores)
			s, before := stores[i], processorTime(b)
			putStep(b, s, keys, int64(rounds))
			written[i] += processorTime(b) - before
			if err := settleSome(s); err != nil {
				b.Fatal(err)
			}
			before = processorTime(b)
			if n := leadAll(b, s); n != len(keys) {
				b.Fatalf("found %d points, want %d", n, len(keys))
			}
			read[i] += processorTime(b) - before
		}
	}
	n := float64(rounds) * float64(len(keys))
	for i, who := range []string{"tips", "none"} {
		b.ReportMetric(float64(read[i].Nanoseconds())/n, "read-"+who+"-ns/series")
		b.ReportMetric(float64(written[i].Nanoseconds())/n, "write-"+who+"-ns/point")
		if err := stores[i].Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// leadAll counts the newest points of all series.
func leadAll(b *testing.B, s *Store) (n int) {
	snap, err := s.Snapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer snap.Close()
	var all []storage.Series
	for one, err := range snap.Select(b.Context(), storage.Selection{}) {
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, one)
	}
	var block points.Block
	for len(all) != 0 {
		some := all[:min(len(all), 128)]
		if _, _, err := storage.Lead(b.Context(), some, points.Always, points.Desc, 1, &block, nil); err != nil {
			b.Fatal(err)
		}
		n, all = n+block.Len(), all[len(some):]
	}
	return n
}
