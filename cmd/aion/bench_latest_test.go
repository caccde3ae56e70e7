package main

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

// latestSeries is how many series the larger store has of which the latest
// values are asked for.
var latestSeries = flag.Int("latest.series", 100_000, "series of the larger store whose latest values are asked for")

// BenchmarkLatest asks the whole server, over HTTP, for the latest value of each
// of a thousand series, and of each of many: by an aggregator, by the order of
// the points, in groups of one and in one of all, and how many there are. What a
// series costs should be the same.
func BenchmarkLatest(b *testing.B) {
	for _, series := range []int{1000, *latestSeries} {
		s := start(b, "--data.dir="+seeded(b, seedSeries(series)), "--query.max-memory=4GiB", "--query.max-series=10000000")
		to := int64(benchStart + hour)
		for _, q := range []struct{ name, query string }{
			{"last", ofMany(benchStart, to, byDevice, aggregate("last", 1, "days"))},
			{"limit", ofMany(benchStart, to, byDevice, `"order": "desc", "limit": 1`)},
			{"limit-merged", ofMany(benchStart, to, `"order": "desc", "limit": 1`, aggregate("count", 1, "days"))},
			{"count", ofMany(benchStart, to, aggregate("count", 1, "days"))},
		} {
			b.Run(fmt.Sprintf("query=%s/series=%d", q.name, series), func(b *testing.B) {
				s.bench(b, "/api/v1/datapoints/query", q.query, series)
			})
		}
		b.Run(fmt.Sprintf("query=tags/series=%d", series), func(b *testing.B) {
			s.bench(b, "/api/v1/datapoints/query/tags", ofMany(benchStart, to, `"tags": {"site": ["s42"]}`), 0)
		})
	}
}

// ofMany is a query of the metric many.
func ofMany(from, to int64, members ...string) string {
	return strings.Replace(metricQuery(from, to, members...), `"bench"`, `"many"`, 1)
}
