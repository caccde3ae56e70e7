package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// tenMillion is how many points the benchmark of memory streams.
const tenMillion = 10_000_000

// BenchmarkCassandraMemory streams ten million points of one series out of
// Cassandra and tells how far the server's resident memory rises above what it
// is when nobody asks, and when the first byte of the answer comes.
func BenchmarkCassandraMemory(b *testing.B) {
	node := cassandratest.Start(b, cassandratest.Options{Measured: true, Heap: "1G"})
	args := []string{"--storage=cassandra", "--cassandra.hosts=" + node.Host(), "--cassandra.keyspace=" + node.Keyspace(b)}
	filler := startChild(b, b.TempDir(), args...)
	for from := 0; from < tenMillion; from += 5000 {
		fill(b, "http://"+filler.address, from, 5000)
	}
	filler.kill(b)

	server := startChild(b, b.TempDir(), args...)
	for _, w := range []struct{ name, query string }{
		{"raw-10M", metricQuery(benchStart, benchStart+tenMillion*1000)},
		{"avg-1h-10M", metricQuery(benchStart, benchStart+tenMillion*1000, aggregate("avg", 1, "hours"))},
	} {
		b.Run(w.name+"/aion", func(b *testing.B) { benchMemory(b, server, w.query) })
	}
}

// fill writes points of the one series, a second apart.
func fill(b *testing.B, url string, from, n int) {
	var body strings.Builder
	body.WriteString(`[{"name":"bench","tags":{"device":"d0"},"datapoints":[`)
	for i := from; i < from+n; i++ {
		if i > from {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, "[%d,%d.%02d]", benchStart+i*1000, 20+i%3, i%100)
	}
	body.WriteString("]}]")
	if res := postJSON(b, url+"/api/v1/datapoints", body.String()); res != nil {
		res.Body.Close()
	}
}

// benchMemory asks while it watches the server's memory.
func benchMemory(b *testing.B, server *child, query string) {
	idle := resident(b, server)
	var most atomic.Int64
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			most.Store(max(most.Load(), resident(b, server)))
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	var first time.Duration
	n := 0
	for b.Loop() {
		begun := time.Now()
		res := postJSON(b, "http://"+server.address+"/api/v1/datapoints/query", query)
		if res == nil {
			break
		}
		if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil || res.StatusCode != http.StatusOK {
			b.Error(res.StatusCode, err)
		}
		first += time.Since(begun)
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			b.Error(err)
		}
		res.Body.Close()
		n++
	}
	close(done)
	<-watched
	b.ReportMetric(float64(n)*tenMillion/b.Elapsed().Seconds(), "points/s")
	b.ReportMetric(float64(first.Microseconds())/1000/float64(n), "first-ms")
	b.ReportMetric(float64(idle)/(1<<20), "idle-MB")
	b.ReportMetric(float64(most.Load()-idle)/(1<<20), "over-idle-MB")
}

// resident is the resident memory of the server in bytes.
func resident(b *testing.B, c *child) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.Process.Pid))
	if err != nil {
		b.Error(err)
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}
