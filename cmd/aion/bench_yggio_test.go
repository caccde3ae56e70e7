package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/pebble"
	"aion/storage/points"
)

// yggioPoints is how many points each device of BenchmarkYggio has, one every ten
// seconds.
const yggioPoints = 200_000

// yggioPair is a question in Yggio's words and in KairosDB's, for a device's
// temperature over all its points.
type yggioPair struct {
	name, stats  string
	aggregations []string // one metric each; none: the points
	last         int64    // only so many milliseconds at the end; 0: all
}

// yggioPairs are what BenchmarkYggio asks. Interval mode is four queries in one. A
// dashboard of a node asks for its last hour.
func yggioPairs() []yggioPair {
	hours := func(name string) string { return aggregate(name, 1, "hours") }
	return []yggioPair{
		{"raw", "limit=10000", nil, 0},
		{"mean", "distance=3600&valueFunction=mean", []string{hours("avg")}, 0},
		{"max", "distance=3600&valueFunction=max", []string{hours("max")}, 0},
		{"count", "distance=3600&valueFunction=count", []string{hours("count")}, 0},
		{"last", "distance=3600&valueFunction=last", []string{hours("last")}, 0},
		{"difference", "distance=3600&valueFunction=difference", []string{hours("first")}, 0},
		{"interval", "distance=3600", []string{hours("avg"), hours("min"), hours("max"), hours("dev")}, 0},
		{"weighted", "distance=3600&valueFunction=timeWeightedMean", []string{hours("dev")}, 0},
		{"hour", "limit=10000", nil, hour},
		{"dashboard", "distance=60&valueFunction=mean", []string{aggregate("avg", 1, "minutes")}, hour},
	}
}

// yggioEnd is behind the last point.
const yggioEnd = benchStart + yggioPoints*10_000

// start is from when on points are asked for.
func (p *yggioPair) start() int64 {
	if p.last == 0 {
		return 1
	}
	return yggioEnd - p.last
}

// target is the question in Yggio's words.
func (p *yggioPair) target(device string) string {
	return fmt.Sprintf("/api/iotnodes/%s/stats?measurement=temperature&start=%d&end=%d&%s", device, p.start(), yggioEnd, p.stats)
}

// kairos is the question in KairosDB's words.
func (p *yggioPair) kairos(device string) string {
	tags := fmt.Sprintf(`"name":"temperature","tags":{"device":[%q]}`, device)
	var metrics []string
	for _, a := range p.aggregations {
		metrics = append(metrics, fmt.Sprintf(`{%s,%s}`, tags, a))
	}
	if metrics == nil {
		metrics = []string{fmt.Sprintf(`{%s,"limit":10000,"order":"desc"}`, tags)}
	}
	return fmt.Sprintf(`{"start_absolute":%d,"end_absolute":%d,"metrics":[%s]}`, p.start(), yggioEnd, strings.Join(metrics, ","))
}

// BenchmarkYggio asks the same of the same points by Yggio's stats and, in turn, by
// KairosDB's queries: how many times as much processor time stats take is the
// metric stats/kairosdb.
func BenchmarkYggio(b *testing.B) {
	h := benchYggio(b)
	ask := func(b *testing.B, method, target, body string) time.Duration {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		w := &discarded{header: http.Header{}}
		before := processorTime()
		h.ServeHTTP(w, r)
		took := processorTime() - before
		if w.status != http.StatusOK || w.bytes < 1000 {
			b.Fatalf("%s: got %d and %d bytes", target, w.status, w.bytes)
		}
		return took
	}
	for _, types := range []string{"one", "two"} {
		for _, p := range yggioPairs() {
			device := "d-" + types
			b.Run(fmt.Sprintf("types=%s/%s", types, p.name), func(b *testing.B) {
				b.ReportAllocs()
				took := turns(b, "kairosdb", "stats",
					func() time.Duration { return ask(b, http.MethodPost, "/api/v1/datapoints/query", p.kairos(device)) },
					func() time.Duration { return ask(b, http.MethodGet, p.target(device), "") })
				b.ReportMetric(min(yggioPoints, float64(yggioEnd-p.start())/10_000)/took.Seconds(), "points/s")
			})
		}
	}
}

// discarded is an answer that nobody keeps.
type discarded struct {
	header        http.Header
	status, bytes int
}

// Header is the answer's header.
func (d *discarded) Header() http.Header { return d.header }

// WriteHeader notes the status.
func (d *discarded) WriteHeader(status int) { d.status = status }

// Write counts.
func (d *discarded) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

// processorTime is how long this process has worked.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchYggio is a server over two devices: one with doubles alone, one with doubles
// and every fifth a long.
func benchYggio(b *testing.B) http.Handler {
	b.Helper()
	store := benchStore(b)
	for _, types := range []string{"one", "two"} {
		fillYggio(b, store, "d-"+types, types == "two")
	}
	if err := store.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	h, shift := askingNobody(b, store)
	if _, err := shift.Fleet.Discover(b.Context(), ""); err != nil {
		b.Fatal(err)
	}
	return h
}

// fillYggio writes the points of a device.
func fillYggio(b *testing.B, store *pebble.Store, device string, mixed bool) {
	b.Helper()
	var doubles, longs points.Block
	for i := range int64(yggioPoints) {
		at, v := benchStart+i*10_000, i*7919%1000
		if mixed && i%5 == 0 {
			longs.AppendInt(at, v/10)
		} else {
			doubles.AppendFloat(at, float64(v)/10)
		}
	}
	var batch storage.Batch
	tags := points.TagsOf(map[string]string{"device": device})
	batch.Put(points.Key{Metric: "temperature", Tags: tags, Type: points.TypeDouble}, doubles, 0)
	if mixed {
		batch.Put(points.Key{Metric: "temperature", Tags: tags, Type: points.TypeLong}, longs, 0)
	}
	if err := store.Write(b.Context(), &batch); err != nil {
		b.Fatal(err)
	}
}
