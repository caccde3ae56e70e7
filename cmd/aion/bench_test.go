package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"

	"aion/storage"
	"aion/storage/pebble"
	"aion/storage/points"
)

// The workloads. A: a thousand devices of twenty sites, a point each ten
// seconds, in requests of five steps of all devices. B: one series, a point a
// second. Values walk round 20 with two decimals, times jitter by a twentieth.
const (
	devicesOfA = 1000
	pointsOfA  = 10_000 // of a device
	pointsOfB  = 10_000_000
	benchStart = 1_767_225_600_000
)

// BenchmarkA asks the whole server, over HTTP, about workload A.
func BenchmarkA(b *testing.B) {
	s := serveSeeded(b, seedA)
	const from, to, total = benchStart, benchStart + pointsOfA*10_000, devicesOfA * pointsOfA
	byDevice := `"group_by": [{"name": "tag", "tags": ["device"]}]`
	for _, q := range []struct {
		name  string
		read  int
		query string
	}{
		{"query=avg-5m/series=1", pointsOfA, metricQuery(from, to, `"tags": {"device": ["d0500"]}`, aggregate("avg", 5, "minutes"))},
		{"query=max-5m/series=8/range=1h", 8 * 360, metricQuery(to-3_600_000, to, `"tags": {"device": ["d0001","d0002","d0003","d0004","d0005","d0006","d0007","d0008"]}`, byDevice, aggregate("max", 5, "minutes"))},
		{"query=raw/series=1", pointsOfA, metricQuery(from, to, `"tags": {"device": ["d0500"]}`)},
		{"query=avg-1h-by-device/series=1000", total, metricQuery(from, to, byDevice, aggregate("avg", 1, "hours"))},
		{"query=avg-1h-by-site/series=1000", total, metricQuery(from, to, `"group_by": [{"name": "tag", "tags": ["site"]}]`, aggregate("avg", 1, "hours"))},
		{"query=p99-1h-by-device/series=1000", total, metricQuery(from, to, byDevice, `"aggregators": [{"name": "percentile", "percentile": 0.99, "sampling": {"value": 1, "unit": "hours"}}]`)},
		{"query=raw-by-device/series=1000", total, metricQuery(from, to, byDevice)},
	} {
		b.Run(q.name, func(b *testing.B) { s.bench(b, "/api/v1/datapoints/query", q.query, q.read) })
	}
	b.Run("query=tags/series=1", func(b *testing.B) {
		s.bench(b, "/api/v1/datapoints/query/tags", metricQuery(from, to, `"tags": {"device": ["d0500"]}`), 0)
	})
}

// BenchmarkB asks the whole server, over HTTP, about workload B.
func BenchmarkB(b *testing.B) {
	s := serveSeeded(b, seedB)
	const from, to = benchStart, benchStart + pointsOfB*1000
	for _, q := range []struct{ name, query string }{
		{"query=avg-1h", metricQuery(from, to, aggregate("avg", 1, "hours"))},
		{"query=avg-1d", metricQuery(from, to, aggregate("avg", 1, "days"))},
		{"query=raw", metricQuery(from, to)},
	} {
		b.Run(q.name, func(b *testing.B) { s.bench(b, "/api/v1/datapoints/query", q.query, pointsOfB) })
	}
}

// bench asks one question again and again; its answer is read to the end. What the
// processors spend on it is that of both ends.
func (s *server) bench(b *testing.B, path, query string, read int) {
	b.ReportAllocs()
	n, used := 0, ownProcessor()
	for b.Loop() {
		s.drain(b, path, []byte(query), http.StatusOK)
		n++
	}
	b.ReportMetric(float64((ownProcessor()-used).Nanoseconds())/float64(n), "processor-ns")
	if read > 0 {
		b.ReportMetric(float64(n)*float64(read)/b.Elapsed().Seconds(), "points/s")
	}
}

// drain sends a request and reads its answer, which is not compressed, to the
// end.
func (s *server) drain(b *testing.B, path string, body []byte, want int) {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+s.address+path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != want {
		b.Fatalf("got %d, %v, want %d", res.StatusCode, err, want)
	}
}

// serveSeeded serves a folder that seed has filled.
func serveSeeded(b *testing.B, seed func(b *testing.B, s storage.Store)) *server {
	return start(b, "--data.dir="+seeded(b, seed))
}

// seeded is a folder that seed has filled, settled.
func seeded(b *testing.B, seed func(b *testing.B, s storage.Store)) (dir string) {
	dir = b.TempDir()
	store, err := pebble.Open(pebble.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	seed(b, store)
	if err := store.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// seedA writes workload A, steps of all devices together.
func seedA(b *testing.B, store storage.Store) {
	const steps = 500
	random := rand.New(rand.NewPCG(1, 1))
	values := make([]float64, devicesOfA)
	for from := 0; from < pointsOfA; from += steps {
		var batch storage.Batch
		for device := range devicesOfA {
			key := points.Key{Metric: "bench", Type: points.TypeDouble, Tags: points.Tags{
				{Name: "device", Value: fmt.Sprintf("d%04d", device)}, {Name: "site", Value: fmt.Sprintf("s%02d", device%20)}}}
			batch.Put(key, walk(random, &values[device], from, steps, 10_000), 0)
			if batch.Size() > storage.MaxBatch/2 {
				put(b, store, &batch)
			}
		}
		put(b, store, &batch)
	}
}

// seedB writes workload B.
func seedB(b *testing.B, store storage.Store) {
	const steps = 100_000
	random, value := rand.New(rand.NewPCG(2, 2)), 0.0
	for from := 0; from < pointsOfB; from += steps {
		var batch storage.Batch
		batch.Put(points.Key{Metric: "bench", Type: points.TypeDouble}, walk(random, &value, from, steps, 1000), 0)
		put(b, store, &batch)
	}
}

// put writes the batch and empties it.
func put(b *testing.B, store storage.Store, batch *storage.Batch) {
	if err := store.Write(context.Background(), batch); err != nil {
		b.Fatal(err)
	}
	batch.Reset()
}

// walk is a run of a mean-reverting walk round 20; value keeps its place.
func walk(random *rand.Rand, value *float64, from, n, step int) points.Block {
	var block points.Block
	block.Reset(points.Number)
	for i := from; i < from+n; i++ {
		*value += 0.05*random.NormFloat64() - 0.01**value
		jitter := random.IntN(step/10) - step/20
		block.AppendFloat(int64(benchStart+i*step+jitter), math.Round(100*(20+*value))/100)
	}
	return block
}

// metricQuery is a query of the metric bench with these further members.
func metricQuery(from, to int64, members ...string) string {
	return queryOf("bench", from, to, members...)
}

// queryOf is a query of a metric with these further members.
func queryOf(metric string, from, to int64, members ...string) string {
	query := fmt.Sprintf(`{"start_absolute": %d, "end_absolute": %d, "metrics": [{"name": %q`, from, to, metric)
	for _, m := range members {
		query += ", " + m
	}
	return query + "}]}"
}

// aggregate is one aggregator over ranges of that size.
func aggregate(name string, value int, unit string) string {
	return fmt.Sprintf(`"aggregators": [{"name": %q, "sampling": {"value": %d, "unit": %q}}]`, name, value, unit)
}
