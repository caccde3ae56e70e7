package main

import (
	"net/http"
	"testing"
	"time"
)

// benchLong is a server that asks nobody, over workload B and, beside it, a series
// as long as those of workload A.
func benchLong(b *testing.B) http.Handler {
	b.Helper()
	store := benchStore(b)
	seedB(b, store)
	if err := store.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	h, _ := askingNobody(b, store)
	return h
}

// BenchmarkRow asks for averages of one series of ten million points. more asks for
// a million rows and, in turn, for a tenth of them over the same points: what the
// other rows cost of the processors' time, their JSON included, is the metric
// ns-a-row. hourly reads what pages tell of themselves.
func BenchmarkRow(b *testing.B) {
	h := benchLong(b)
	over := func(value int, unit string) question {
		return queried(metricQuery(benchStart, endOfB, aggregate("avg", value, unit)))
	}
	b.Run("more", func(b *testing.B) {
		many, few := over(10, "seconds"), over(100, "seconds")
		answersWith(b, h, few, `"values":[[`)
		var extra time.Duration
		n := 0
		for b.Loop() {
			extra += posted(b, h, many) - posted(b, h, few)
			n++
		}
		b.ReportMetric(float64(extra.Nanoseconds())/float64(n)/900_000, "ns-a-row")
	})
	b.Run("hourly", func(b *testing.B) {
		q := over(1, "hours")
		var took time.Duration
		n := 0
		for b.Loop() {
			took += posted(b, h, q)
			n++
		}
		b.ReportMetric(float64(took.Microseconds())/float64(n), "processor-µs")
	})
}
