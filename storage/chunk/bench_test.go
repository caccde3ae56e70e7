package chunk

import (
	"math"
	"math/rand/v2"
	"testing"

	"aion/storage/points"
)

// workloads are the series that the benchmarks read and write, 4,096 points each.
func workloads() []struct {
	name  string
	block *points.Block
} {
	const n = 4096
	r := rand.New(rand.NewPCG(7, 7))
	regular, jitter := steps(r, n, start, 10_000, 0), steps(r, n, start, 10_000, 500)
	return []struct {
		name  string
		block *points.Block
	}{
		{"gauge-jitter", doublesOf(jitter, gauge(r))},
		{"gauge-regular", doublesOf(regular, gauge(r))},
		{"counter", longsOf(jitter, func(i int) int64 { return int64(i)*1000 + r.Int64N(100) })},
		{"mantissa", doublesOf(jitter, func(int) float64 { return 20 + r.NormFloat64()*math.Pi })},
		{"const", doublesOf(jitter, func(int) float64 { return 21.5 })},
	}
}

// report adds points per second and bytes per point to a benchmark of chunks
// of n points.
func report(b *testing.B, n, size int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
	b.ReportMetric(float64(size)/float64(n), "B/point")
}

// BenchmarkDecode opens a chunk and decodes all of it.
func BenchmarkDecode(b *testing.B) {
	for _, w := range workloads() {
		b.Run("series="+w.name, func(b *testing.B) {
			data := Append(nil, w.block, nil)
			var c Chunk
			var out points.Block
			b.ReportAllocs()
			for b.Loop() {
				out.Reset(points.Number)
				if err := c.Open(data); err != nil {
					b.Fatal(err)
				}
				if err := c.AppendPages(&out, 0, c.Pages()); err != nil {
					b.Fatal(err)
				}
			}
			report(b, w.block.Len(), len(data))
		})
	}
}

// BenchmarkValues opens a chunk and decodes its values alone.
func BenchmarkValues(b *testing.B) {
	for _, w := range workloads() {
		if len(w.block.Ints) != 0 {
			continue
		}
		b.Run("series="+w.name, func(b *testing.B) {
			data := Append(nil, w.block, nil)
			var c Chunk
			var out []float64
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Open(data); err != nil {
					b.Fatal(err)
				}
				for page := range c.Pages() {
					var err error
					if out, err = c.AppendFloats(out[:0], page); err != nil {
						b.Fatal(err)
					}
				}
			}
			report(b, w.block.Len(), len(data))
		})
	}
}

// BenchmarkSummary opens a chunk and adds up the summaries of its pages.
func BenchmarkSummary(b *testing.B) {
	w := workloads()[0]
	data := Append(nil, w.block, nil)
	var c Chunk
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Open(data); err != nil {
			b.Fatal(err)
		}
		if _, ok := c.Summary(); !ok {
			b.Fatal("no summary")
		}
	}
	report(b, w.block.Len(), len(data))
}

// BenchmarkEncode encodes a chunk.
func BenchmarkEncode(b *testing.B) {
	for _, w := range workloads() {
		b.Run("series="+w.name, func(b *testing.B) {
			var data []byte
			b.ReportAllocs()
			for b.Loop() {
				data = Append(data[:0], w.block, nil)
			}
			report(b, w.block.Len(), len(data))
		})
	}
}

// BenchmarkRun writes and reads runs of five points.
func BenchmarkRun(b *testing.B) {
	block := workloads()[0].block.Slice(0, 5)
	var data []byte
	var out points.Block
	b.ReportAllocs()
	for b.Loop() {
		out.Reset(points.Number)
		data = AppendRun(data[:0], &block, nil)
		if _, err := ParseRun(data, &out, nil); err != nil {
			b.Fatal(err)
		}
	}
	report(b, block.Len(), len(data))
}
