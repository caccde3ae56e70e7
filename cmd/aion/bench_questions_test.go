package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// pair is the same question in the words of both: how they answer is theirs.
type pair struct{ aion, peer question }

// The ends of the workloads.
const (
	endOfA = benchStart + pointsOfA*10_000
	endOfB = benchStart + pointsOfB*1000
)

// queried is a query in KairosDB's words.
func queried(query string) question { return question{"/api/v1/datapoints/query", query} }

// ranged is a query of the peer: the ranges that end at from + step and later.
func ranged(query string, from, to, step int64) question {
	return parameters("/api/v1/query_range", "query", query, "start", seconds(from+step), "end", seconds(to), "step", seconds(step))
}

// seconds is a time or a length in milliseconds as the peer wants it.
func seconds(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64) }

// rawOf asks for all points of all series, by device, up to a time.
func rawOf(to int64) question { return queried(metricQuery(benchStart, to, byDevice)) }

// exportOf is rawOf in the peer's words.
func exportOf(to int64) question {
	return parameters("/api/v1/export", "match[]", "bench", "start", seconds(benchStart), "end", seconds(to))
}

// byDevice and bySite group by a tag.
const (
	byDevice = `"group_by": [{"name": "tag", "tags": ["device"]}]`
	bySite   = `"group_by": [{"name": "tag", "tags": ["site"]}]`
	p99      = `"aggregators": [{"name": "percentile", "percentile": 0.99, "sampling": {"value": 1, "unit": "hours"}}]`
	hour     = 3_600_000
	fiveMin  = 300_000
)

// The questions about whole workloads.
var (
	avgByDevice = pair{queried(metricQuery(benchStart, endOfA, byDevice, aggregate("avg", 1, "hours"))), ranged(`avg_over_time(bench[1h])`, benchStart, endOfA, hour)}
	avgBySite   = pair{queried(metricQuery(benchStart, endOfA, bySite, aggregate("avg", 1, "hours"))), ranged(`avg by (site) (avg_over_time(bench[1h]))`, benchStart, endOfA, hour)}
	p99ByDevice = pair{queried(metricQuery(benchStart, endOfA, byDevice, p99)), ranged(`quantile_over_time(0.99, bench[1h])`, benchStart, endOfA, hour)}
	avgOfB      = pair{queried(metricQuery(benchStart, endOfB, aggregate("avg", 1, "hours"))), ranged(`avg_over_time(bench[1h])`, benchStart, endOfB, hour)}
	p99OfB      = pair{queried(metricQuery(benchStart, endOfB, p99)), ranged(`quantile_over_time(0.99, bench[1h])`, benchStart, endOfB, hour)}
	eightOfA    = pair{
		queried(metricQuery(endOfA-hour, endOfA, `"tags": {"device": ["d0001","d0002","d0003","d0004","d0005","d0006","d0007","d0008"]}`, byDevice, aggregate("max", 5, "minutes"))),
		ranged(`max_over_time(bench{device=~"d000[1-8]"}[5m])`, endOfA-hour, endOfA, fiveMin),
	}
	latestOfA = pair{
		queried(metricQuery(endOfA-fiveMin, endOfA, byDevice, `"order": "desc", "limit": 1`)),
		parameters("/api/v1/query", "query", "bench", "time", seconds(endOfA)),
	}
	rawA = pair{rawOf(endOfA), exportOf(endOfA)}
	rawB = pair{rawOf(endOfB), exportOf(endOfB)}
)

// dashboard asks for one device of workload A, in five minutes.
func dashboard(device int) pair {
	return pair{
		queried(metricQuery(benchStart, endOfA, fmt.Sprintf(`"tags": {"device": ["d%04d"]}`, device), aggregate("avg", 5, "minutes"))),
		ranged(fmt.Sprintf(`avg_over_time(bench{device="d%04d"}[5m])`, device), benchStart, endOfA, fiveMin),
	}
}

// of is the question in the words of that rival.
func (p pair) of(r *rival) question {
	if r.write == r.read+"/api/v1/datapoints" {
		return p.aion
	}
	return p.peer
}

// asks is a figure of one question again and again.
func (r rivals) asks(work string, p pair, w wanted) duel {
	return r.duel(work, w, func(b *testing.B, r *rival) { benchQuestion(b, r, func(int) pair { return p }) })
}

// benchQuestion asks one question after the other. The figure is the median.
func benchQuestion(b *testing.B, r *rival, next func(i int) pair) {
	var took []time.Duration
	r.ask(b, next(-1).of(r)) // what is asked for the first time costs more
	used := r.processor(b)
	for i := 0; b.Loop(); i++ {
		q := next(i).of(r)
		took = append(took, timed(func() { r.ask(b, q) }))
	}
	r.reportProcessor(b, used, float64(len(took)))
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "figure/ns")
}

// benchClients has clients ask the rival at once. The figure is the time of all by the
// number of questions.
func benchClients(b *testing.B, r *rival, clients int, ask func(i int)) []time.Duration {
	used := r.processor(b)
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	for b.Loop() { // of many questions each
		var running sync.WaitGroup
		enough := next.Load() + 100*int64(clients)
		for range clients {
			running.Go(func() {
				var own []time.Duration
				for i := next.Add(1); i <= enough; i = next.Add(1) {
					own = append(own, timed(func() { ask(int(i)) }))
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, own...)
			})
		}
		running.Wait()
	}
	r.reportProcessor(b, used, float64(len(took)))
	slices.Sort(took)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(len(took)), "figure/ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
	return took
}

// readings are the figures of reading.
func (s *proof) readings() []duel {
	decodeA, decodeB := benchDecode(s.chunksA), benchDecode(s.chunksB)
	avg := s.a.asks("avg-1h-by-device", avgByDevice, wanted{limit: 1.5, limitAim: 1.2, peer: 1 / 1.4, peerAim: 1.0 / 2})
	avg.limit = decodeA
	site := s.a.asks("avg-1h-by-site", avgBySite, wanted{peer: 1 / 1.4, peerAim: 1.0 / 2})
	site.limit = decodeA
	both := duel{work: "avg-by-site-to-by-device", aion: s.a.asks("", avgBySite, wanted{}).aion, limit: s.a.asks("", avgByDevice, wanted{}).aion, wanted: wanted{limit: 1.2}}
	long := s.b.asks("avg-1h-of-one-series", avgOfB, wanted{limit: 1.0 / 5, peer: 1.0 / 6, peerAim: 1.0 / 20})
	long.limit = decodeB
	highest := s.a.asks("p99-1h-by-device", p99ByDevice, wanted{limit: 3, peer: 1.0 / 2, peerAim: 1.0 / 4})
	highest.limit = avg.aion
	return append([]duel{
		avg, site, both, long, highest,
		s.b.asks("p99-1h-of-one-series", p99OfB, wanted{peer: 1.0 / 2, peerAim: 1.0 / 4}),
		s.dashboards(1), s.dashboards(8),
		s.a.asks("max-5m-of-8-last-hour", eightOfA, wanted{peer: 1}),
		s.a.asks("latest-of-1000", latestOfA, wanted{peer: 1, value: 4e6}),
		s.raw("raw-json-1000-series", s.a, rawA, s.chunksA), s.raw("raw-json-one-series", s.b, rawB, s.chunksB),
	}, s.formats()...)
}

// dashboards is the figure of so many clients who ask for one device each.
func (s *proof) dashboards(clients int) duel {
	next := func(i int) pair { return dashboard((i + 1) * 37 % devicesOfA) }
	if clients == 1 {
		d := s.a.duel("dashboard-p50", wanted{limit: 3, peer: 1}, func(b *testing.B, r *rival) { benchQuestion(b, r, next) })
		d.limit = func(b *testing.B) {
			benchQuestion(b, newEmpty(b), func(int) pair { return pair{peer: question{"/", "{}"}} })
		}
		return d
	}
	d := s.a.duel(fmt.Sprintf("dashboard-%d-clients", clients), wanted{peer: 1 / 1.1, peerAim: 1 / 1.6}, func(b *testing.B, r *rival) {
		benchClients(b, r, clients, func(i int) { r.ask(b, next(i).of(r)) })
	})
	d.limit = func(b *testing.B) {
		r := newEmpty(b)
		benchClients(b, r, clients, func(int) { r.ask(b, question{"/", "{}"}) })
	}
	return d
}

// raw is the figure of all points as JSON on one connection: 25 million a second,
// and near what the bare encoder makes over the network.
func (s *proof) raw(work string, all rivals, p pair, chunks [][]byte) duel {
	d := all.duel(work, wanted{value: 40, limit: 1 / 0.65, limitAim: 1 / 0.8}, func(b *testing.B, r *rival) {
		benchPoints(b, r, p.of(r))
	})
	d.limit = func(b *testing.B) {
		r := &rival{read: "http://" + serveOnly(b, func(to http.ResponseWriter, _ *http.Request) { encodeAll(b, to, chunks) }).address}
		benchPoints(b, r, question{"/", "{}"})
	}
	return d
}

// benchDecode decodes chunks and adds hour by hour, on as many goroutines as
// there are processors.
func benchDecode(chunks [][]byte) func(b *testing.B) {
	return func(b *testing.B) {
		n, used := 0, ownProcessor()
		for b.Loop() {
			decodeOnce(b, chunks)
			n++
		}
		b.ReportMetric(float64((ownProcessor()-used).Nanoseconds())/float64(n), "processor-ns")
	}
}

// latestOfMany counts the latest values of a million series.
var latestOfMany = pair{
	queried(strings.Replace(metricQuery(benchStart, endOfA, `"order": "desc", "limit": 1`, aggregate("count", 10, "years")), `"bench"`, `"many"`, 1)),
	parameters("/api/v1/query", "query", "count(last_over_time(many[2d]))", "time", seconds(endOfA)),
}

// lookups are the figures of finding series among a million.
func (s *proof) lookups() []duel {
	there := func(work, tags, matcher string) duel {
		return s.a.asks(work, pair{
			question{"/api/v1/datapoints/query/tags", fmt.Sprintf(`{"start_absolute": %d, "end_absolute": %d, "metrics": [{"name": "many", "tags": {%s}}]}`, benchStart, endOfA, tags)},
			parameters("/api/v1/series", "match[]", "many{"+matcher+"}", "start", seconds(benchStart), "end", seconds(endOfA)),
		}, wanted{peer: 1, peerAim: 1.0 / 2})
	}
	return []duel{
		there("tags-1-hit-of-1M", `"device": ["d012345"]`, `device="d012345"`),
		there("tags-10000-hits-of-1M", `"site": ["s42"]`, `site="s42"`),
		there("tags-intersection-of-1M", `"site": ["s42"], "floor": ["f142"]`, `site="s42",floor="f142"`),
		there("tags-prefix-of-1M", `"device": ["regex:d0123.*"]`, `device=~"d0123.*"`),
	}
}
