package spool

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// scrape is batch n of a client: points of many series.
func scrape(client, series, n int) *storage.Batch {
	var b storage.Batch
	for i := range series {
		var block points.Block
		for j := range int64(n) {
			block.AppendFloat(1_700_000_000_000+j*1000, float64(i)+float64(j)/10)
		}
		b.Put(points.Key{
			Metric: fmt.Sprintf("system.cpu.usage.%d", i), Type: points.TypeDouble,
			Tags: points.Tags{{Name: "dc", Value: "eu-west-1"}, {Name: "host", Value: fmt.Sprintf("web-%04d", client)}},
		}, block, 0)
	}
	return &b
}

// sizes are the batches that are measured.
var sizes = []struct{ series, points int }{{1, 1}, {100, 1}, {1000, 1}, {10, 100}}

// benchOpen opens a spool whose target is away.
func benchOpen(b *testing.B, dir string) (*Store, *target) {
	g := newTarget(nil)
	g.set(errAway)
	g.quiet = true
	return reopened(b, Config{Dir: dir, Max: 64 << 30, Target: g, Log: slog.New(slog.DiscardHandler)}), g
}

// BenchmarkAppend measures how fast batches of many clients are acknowledged.
func BenchmarkAppend(b *testing.B) {
	for _, size := range sizes {
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("series=%d/points=%d/clients=%d", size.series, size.points, clients), func(b *testing.B) {
				b.ReportAllocs()
				s, _ := benchOpen(b, b.TempDir())
				batch := scrape(0, size.series, size.points)
				b.SetParallelism((clients + 1) / 2)
				b.ResetTimer()
				if clients == 1 {
					for b.Loop() {
						write(b, s, batch)
					}
				} else {
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							write(b, s, batch)
						}
					})
				}
				w := s.Waiting()
				b.ReportMetric(float64(w.Points)/b.Elapsed().Seconds(), "points/s")
				b.ReportMetric(float64(w.Bytes)/float64(w.Points), "bytes/point")
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// sink is a target that takes everything, after a while, and keeps nothing.
type sink struct {
	*target
	busy time.Duration
}

// WriteAt takes the batch.
func (s sink) WriteAt(context.Context, *storage.Batch, int64) error {
	time.Sleep(s.busy)
	return nil
}

// BenchmarkDrain measures how fast what waits is delivered: to a memory store,
// to one that costs nothing, and to one that answers after a millisecond. A turn
// is to open the spool, drain it and close it.
func BenchmarkDrain(b *testing.B) {
	behind := []struct {
		name string
		open func(*target) Target
	}{
		{"memory", func(g *target) Target { return g }},
		{"nothing", func(g *target) Target { return sink{g, 0} }},
		{"1ms", func(g *target) Target { return sink{g, time.Millisecond} }},
	}
	for _, to := range behind {
		for _, size := range sizes {
			b.Run(fmt.Sprintf("to=%s/series=%d/points=%d", to.name, size.series, size.points), func(b *testing.B) {
				benchDrain(b, to.open, size.series, size.points)
			})
		}
	}
}

// benchDrain drains what 16 clients have written, each batch a record.
func benchDrain(b *testing.B, open func(*target) Target, series, n int) {
	b.ReportAllocs()
	const clients = 16
	rounds := max(2, 1000/(series*n))
	var data []byte
	for i := range rounds * clients {
		batch := scrape(i%clients, series, n)
		data = appendRecord(data, preface{at: int64(i), batches: 1, points: int64(batch.Len())}, appendChanges(nil, batch))
	}
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		if err := os.WriteFile(segmentPath(dir, 0), data, 0o644); err != nil {
			b.Fatal(err)
		}
		g := newTarget(nil)
		g.quiet = true
		b.StartTimer()
		s := reopened(b, Config{Dir: dir, Target: open(g), Log: slog.New(slog.DiscardHandler)})
		if err := s.ledger.drained(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rounds*clients*series*n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
	b.ReportMetric(float64(rounds*clients)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
