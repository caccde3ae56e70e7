package main

import (
	"testing"

	"aion/storage"
)

// BenchmarkFormats asks the whole server, over HTTP, for all points of the
// workloads A and B in every format.
func BenchmarkFormats(b *testing.B) {
	const path = "/api/v1/datapoints/query?format="
	for _, w := range []struct {
		name, query string
		seed        func(*testing.B, storage.Store)
	}{
		{"A", metricQuery(benchStart, endOfA, byDevice), seedA},
		{"B", metricQuery(benchStart, endOfB), seedB},
	} {
		b.Run("workload="+w.name, func(b *testing.B) {
			s := serveSeeded(b, w.seed)
			for _, f := range []string{"json", "csv", "csv&time=rfc3339", "csv&columns=device,site", "ndjson", "arrow", "arrow&columns=device,site"} {
				b.Run("format="+f, func(b *testing.B) { s.bench(b, path+f, w.query, devicesOfA*pointsOfA) })
			}
		})
	}
	b.Run("workload=A-in-five-minutes", func(b *testing.B) {
		s := serveSeeded(b, seedA)
		means := metricQuery(benchStart, endOfA, byDevice, aggregate("avg", 5, "minutes"))
		for _, f := range []string{"json", "csv", "csv&layout=wide"} {
			b.Run("format="+f, func(b *testing.B) { s.bench(b, path+f, means, devicesOfA*pointsOfA) })
		}
	})
}

// formats are the figures of all points in other formats: 10 million a second as
// CSV, 6 million with RFC 3339, 20 million as Arrow.
func (s *proof) formats() (all []duel) {
	for _, f := range []struct {
		work, parameters string
		rate             float64
	}{{"raw-csv", "format=csv", 10e6}, {"raw-csv-rfc3339", "format=csv&time=rfc3339", 6e6}, {"raw-arrow", "format=arrow", 20e6}} {
		q := question{rawA.aion.path + "?" + f.parameters, rawA.aion.body}
		all = append(all, duel{work: f.work, wanted: wanted{value: 1e9 / f.rate}, aion: func(b *testing.B) { benchPoints(b, s.a.aion, q) }})
	}
	return all
}

// benchPoints asks for ten million points again and again. The figure is the time
// for each of them.
func benchPoints(b *testing.B, r *rival, q question) {
	n, used := 0, r.processor(b)
	for b.Loop() {
		r.ask(b, q)
		n++
	}
	r.reportProcessor(b, used, float64(n)*10_000_000)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n)/10_000_000, "figure/ns-a-point")
}
