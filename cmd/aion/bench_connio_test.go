package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/api"
	"aion/query/fleet"
	"aion/storage/pebble"
)

// benchConnio is a server that asks nobody, over the devices of BenchmarkScoped, of
// which one has a record with a property.
func benchConnio(b *testing.B) http.Handler {
	b.Helper()
	silent := slog.New(slog.DiscardHandler)
	store, err := pebble.Open(pebble.Config{Dir: b.TempDir(), Log: silent})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	fillScoped(b, store)
	s := requiring(b, "--auth.mode=off")
	shift, err := s.shift(store, new(atomic.Int64), silent)
	if err != nil {
		b.Fatal(err)
	}
	_, err = shift.Fleet.CreateProfile(b.Context(), "", fleet.Profile{Name: "sensor", Properties: []fleet.Property{{Name: "bench", Type: "number"}}})
	if err == nil {
		_, err = shift.Fleet.Create(b.Context(), "", fleet.Device{ID: "d0007", Name: "boiler", Profile: "sensor"})
	}
	if err != nil {
		b.Fatal(err)
	}
	config, err := s.config(store, silent)
	if err != nil {
		b.Fatal(err)
	}
	server, err := s.serverOf(b.Context(), config, s.operating(store, shift), nil, api.NewFigures(), silent)
	if err != nil {
		b.Fatal(err)
	}
	return server.Handler()
}

// BenchmarkConnio asks the same of the points of one device in KairosDB's words and,
// in turn, in Connio's: what the other words cost is the metric connio/kairosdb.
func BenchmarkConnio(b *testing.B) {
	h := benchConnio(b)
	const end = benchStart + scopedPoints*10_000
	device := `"tags": {"device": ["d0007"]}`
	for _, c := range []struct{ name, kairosdb, connio string }{
		{"avg", aggregate("avg", 5, "minutes"), `"aggregators": [{"name": "avg", "alignSampling": true, "sampling": {"value": 5, "unit": "minutes"}}]`},
		{"hourly", aggregate("max", 1, "hours"), `"aggregators": [{"name": "max", "alignSampling": true, "sampling": {"value": 1, "unit": "hours"}}]`},
		{"p99", `"aggregators": [{"name": "percentile", "percentile": 0.99, "sampling": {"value": 1, "unit": "hours"}}]`, `"aggregators": [{"name": "percentile", "percentile": 0.99, "alignSampling": true, "sampling": {"value": 1, "unit": "hours"}}]`},
		{"raw", "", `"order": "asc"`},
		{"newest", `"limit": 1, "order": "desc"`, `"limit": 1, "order": "desc"`},
		{"values", `"group_by": [{"name": "value", "range_size": 10}]`, `"groupBy": [{"name": "value", "rangeSize": 10}]`},
	} {
		b.Run(c.name, func(b *testing.B) {
			parts := []string{device}
			if c.kairosdb != "" {
				parts = append(parts, c.kairosdb)
			}
			kairosdb := metricQuery(benchStart, end, parts...)
			connio := fmt.Sprintf(`{"startAbsolute": %d, "endAbsolute": %d, %s}`, int64(benchStart), int64(end), c.connio)
			var theirs, ours []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				theirs = append(theirs, posted(b, h, "/api/v1/datapoints/query", kairosdb, `"values":[[`))
				ours = append(ours, posted(b, h, "/v3/data/devices/boiler/properties/bench/query", connio, `"values":[{"t"`))
			}
			median := func(all []time.Duration) float64 { slices.Sort(all); return float64(all[len(all)/2]) }
			b.ReportMetric(median(theirs)/1000, "kairosdb-µs")
			b.ReportMetric(median(ours)/1000, "connio-µs")
			b.ReportMetric(median(ours)/median(theirs), "connio/kairosdb")
			b.ReportMetric(scopedPoints/(median(ours)/1e9), "points/s")
		})
	}
}

// posted posts a body, wants a text in the answer and tells how long that took.
func posted(b *testing.B, h http.Handler, path, body, want string) time.Duration {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	w := httptest.NewRecorder()
	began := time.Now()
	h.ServeHTTP(w, r)
	took := time.Since(began)
	if text, err := io.ReadAll(w.Body); err != nil || w.Code != http.StatusOK || !strings.Contains(string(text), want) {
		b.Fatalf("%s: got %d %.300s", path, w.Code, text)
	}
	return took
}
