package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aion/api"
	"aion/storage"
	"aion/storage/points"
)

// BenchmarkRequest gives the smallest questions to the server's handler, without a
// network and without a log: what a request costs beside its points.
func BenchmarkRequest(b *testing.B) {
	s := requested(b)
	for _, q := range []struct{ name, path, body string }{
		{"tags", "/api/v1/datapoints/query/tags", metricQuery(benchStart, benchStart+hour, `"tags": {"device": ["d0042"]}`)},
		{"dashboard", "/api/v1/datapoints/query", metricQuery(benchStart, benchStart+hour, `"tags": {"device": ["d0042"]}`, aggregate("avg", 1, "minutes"))},
		{"eight", "/api/v1/datapoints/query", metricQuery(benchStart, benchStart+hour, `"tags": {"device": ["d0001","d0002","d0003","d0004","d0005","d0006","d0007","d0008"]}`, byDevice, aggregate("max", 5, "minutes"))},
		{"newest", "/api/v1/datapoints/query", metricQuery(benchStart, benchStart+hour, `"tags": {"device": ["d0042"]}`, `"order": "desc", "limit": 1`)},
	} {
		b.Run("query="+q.name, func(b *testing.B) {
			b.ReportAllocs()
			n, used := 0, ownProcessor()
			for b.Loop() {
				answer := httptest.NewRecorder()
				s.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, q.path, strings.NewReader(q.body)))
				if answer.Code != http.StatusOK {
					b.Fatalf("got %d %s, want 200", answer.Code, answer.Body)
				}
				n++
			}
			b.ReportMetric(float64((ownProcessor()-used).Nanoseconds())/float64(n), "processor-ns")
		})
	}
}

// requested is a server over a hundred devices with a point each ten seconds, for
// an hour.
func requested(b *testing.B) *api.Server {
	store := benchStore(b)
	fillRequested(b, store)
	var c cli
	parse(b, &c, []string{"serve"}, nil)
	s, err := serverOver(b.Context(), &c.Serve, store)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// fillRequested writes the points of requested.
func fillRequested(b *testing.B, store storage.Store) {
	var batch storage.Batch
	for device := range 100 {
		key := points.Key{Metric: "bench", Type: points.TypeDouble, Tags: points.Tags{
			{Name: "device", Value: fmt.Sprintf("d%04d", device)}, {Name: "site", Value: "s01"}}}
		var block points.Block
		for i := range int64(hour / 10_000) {
			block.AppendFloat(benchStart+i*10_000, float64(i%100)/4)
		}
		batch.Put(key, block, 0)
	}
	if err := store.Write(b.Context(), &batch); err != nil {
		b.Fatal(err)
	}
}
