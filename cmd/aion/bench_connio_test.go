package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/query/fleet"
)

// benchConnio is a server that asks nobody, over the devices of BenchmarkScoped, of
// which one has a record with a property.
func benchConnio(b *testing.B) http.Handler {
	b.Helper()
	store := benchStore(b)
	fillScoped(b, store)
	h, shift := askingNobody(b, store)
	_, err := shift.Fleet.CreateProfile(b.Context(), "", fleet.Profile{Name: "sensor", Properties: []fleet.Property{{Name: "bench", Type: "number"}}})
	if err == nil {
		_, err = shift.Fleet.Create(b.Context(), "", fleet.Device{ID: "d0007", Name: "boiler", Profile: "sensor"})
	}
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// BenchmarkConnio asks the same of the points of one device in KairosDB's words and,
// in turn, in Connio's: how many times as much processor time the other words cost
// is the metric connio/kairosdb.
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
			theirs := question{"/api/v1/datapoints/query", metricQuery(benchStart, end, parts...)}
			ours := question{"/v3/data/devices/boiler/properties/bench/query",
				fmt.Sprintf(`{"startAbsolute": %d, "endAbsolute": %d, %s}`, int64(benchStart), int64(end), c.connio)}
			answersWith(b, h, theirs, `"values":[[`)
			answersWith(b, h, ours, `"values":[{"t"`)
			b.ReportAllocs()
			took := turns(b, "kairosdb", "connio", func() time.Duration { return posted(b, h, theirs) }, func() time.Duration { return posted(b, h, ours) })
			b.ReportMetric(scopedPoints/took.Seconds(), "points/s")
		})
	}
}

// turnLength is how often in a row each of two does the same: often enough that
// each pays for the garbage that it leaves, which the next one would pay for else.
const turnLength = 16

// turns has two do the same in turn, and reports the medians of the processor time
// that each takes, and how many times as much the second one does, whose median it
// answers.
func turns(b *testing.B, one, other string, does, doesToo func() time.Duration) time.Duration {
	var first, second []time.Duration
	for b.Loop() {
		first, second = append(first, repeated(does)), append(second, repeated(doesToo))
	}
	slices.Sort(first)
	slices.Sort(second)
	a, c := first[len(first)/2], second[len(second)/2]
	b.ReportMetric(float64(a)/1000, one+"-µs")
	b.ReportMetric(float64(c)/1000, other+"-µs")
	b.ReportMetric(float64(c)/float64(a), other+"/"+one)
	return c
}

// repeated is the mean of a turn.
func repeated(does func() time.Duration) (took time.Duration) {
	for range turnLength {
		took += does()
	}
	return took / turnLength
}

// answersWith wants a text in the answer to a question.
func answersWith(b *testing.B, h http.Handler, q question, want string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, q.path, strings.NewReader(q.body)))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
		b.Fatalf("%s: got %d %.300s", q.path, w.Code, w.Body)
	}
}

// posted asks a question, whose answer nobody keeps, and tells the processor time
// that it took.
func posted(b *testing.B, h http.Handler, q question) time.Duration {
	r := httptest.NewRequest(http.MethodPost, q.path, strings.NewReader(q.body))
	w := &discarded{header: http.Header{}}
	before := processorTime()
	h.ServeHTTP(w, r)
	took := processorTime() - before
	if w.status != http.StatusOK {
		b.Fatalf("%s: got %d", q.path, w.status)
	}
	return took
}
