package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
)

// The work that is compared: a thousand devices of twenty sites with a thousand
// points each, ten seconds apart.
const (
	cassDevices = 1000
	cassPoints  = 1000 // of a device
	cassIngest  = 200  // points of a device in a measured write: KairosDB is slow
)

// BenchmarkCassandra compares Aion over Cassandra with KairosDB 1.3.0 and with
// bare loops of the driver library on the same node. Sub-benchmarks are named
// work/who, so that .ci/bench-cassandra.awk can print ratios.
func BenchmarkCassandra(b *testing.B) {
	node := cassandratest.Start(b, cassandratest.Options{Measured: true, Heap: "1G"})
	keyspace := node.Keyspace(b)
	aion := func(b *testing.B) string {
		s := start(b, "--storage=cassandra", "--cassandra.hosts="+node.Host(), "--cassandra.keyspace="+keyspace, "--query.timeout=30m")
		return "http://" + s.address
	}
	c := comparison{start: aion, aion: aion(b), second: aion(b), kairos: cassandratest.StartKairos(b, node, keyspace).URL, bare: bareLoop{node.Bare(b, keyspace)}}
	c.writes(b)
	c.reads(b)
}

// comparison is who is compared.
type comparison struct {
	start                func(b *testing.B) string // another Aion, which ends with the benchmark
	aion, second, kairos string                    // URLs
	bare                 bareLoop
}

// each runs the same for Aion and for KairosDB.
func (c *comparison) each(b *testing.B, work string, run func(b *testing.B, url string)) {
	b.Run(work+"/aion", func(b *testing.B) { run(b, c.aion) })
	b.Run(work+"/kairosdb", func(b *testing.B) { run(b, c.kairos) })
}

// contender is one of several that do the same work.
type contender struct {
	name string
	run  func(b *testing.B)
}

// inRounds runs everybody in each round, beginning with another one each time.
func inRounds(b *testing.B, rounds int, all []contender) {
	for round := range rounds {
		for i := range all {
			one := all[(round+i)%len(all)]
			b.Run(one.name, one.run)
		}
	}
}

// reads compares reading.
func (c *comparison) reads(b *testing.B) {
	const to = benchStart + cassPoints*10_000
	byDevice := `"group_by": [{"name": "tag", "tags": ["device"]}]`
	average := metricQuery(benchStart, to, byDevice, aggregate("avg", 1, "hours"))
	for range 3 {
		c.bare.readAll(b)
		for _, url := range []string{c.aion, c.kairos} {
			ask(b, url+"/api/v1/datapoints/query", "POST", average)
		}
	}
	for _, q := range []struct {
		name  string
		read  int
		query string
	}{
		{"avg-1h-by-device", cassDevices * cassPoints, average},
		{"dashboard-1-of-1000", cassPoints, metricQuery(benchStart, to, `"tags": {"device": ["d0500"]}`, aggregate("avg", 5, "minutes"))},
		{"raw-by-device", cassDevices * cassPoints, metricQuery(benchStart, to, byDevice)},
		{"raw-ungrouped", cassDevices * cassPoints, metricQuery(benchStart, to)},
	} {
		c.each(b, q.name, func(b *testing.B, url string) { benchAsk(b, url, q.query, q.read) })
	}
	b.Run("avg-1h-by-device/bare", c.bare.read)
	b.Run("raw-by-device-fresh-server/aion", func(b *testing.B) { c.firstAnswer(b, metricQuery(benchStart, to, byDevice)) })
	c.each(b, "dashboard-8-clients", func(b *testing.B, url string) { benchDashboards(b, url) })
	b.Run("dashboard-8-clients-two-aions/aion", func(b *testing.B) { benchDashboards(b, c.aion, c.second) })
}

// benchAsk asks one question again and again and tells when the first byte of
// an answer came.
func benchAsk(b *testing.B, url, query string, read int) {
	var first time.Duration
	n := 0
	for b.Loop() {
		first += firstByte(b, url, query)
		n++
	}
	b.ReportMetric(float64(n)*float64(read)/b.Elapsed().Seconds(), "points/s")
	b.ReportMetric(float64(first.Microseconds())/1000/float64(n), "first-ms")
}

// firstByte reads a whole answer and tells when its first byte came.
func firstByte(b *testing.B, url, query string) time.Duration {
	begun := time.Now()
	res := postJSON(b, url+"/api/v1/datapoints/query", query)
	if res == nil {
		b.FailNow()
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil {
		b.Fatal(err)
	}
	first := time.Since(begun)
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		b.Fatal(err)
	}
	return first
}

// firstAnswer asks a server that was just started, each time another one.
func (c *comparison) firstAnswer(b *testing.B, query string) {
	var first time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		url := c.start(b)
		b.StartTimer()
		first += firstByte(b, url, query)
		n++
	}
	b.ReportMetric(float64(first.Microseconds())/1000/float64(n), "first-ms")
}

// benchDashboards has eight clients ask for one series each, again and again.
func benchDashboards(b *testing.B, urls ...string) {
	const to = benchStart + cassPoints*10_000
	b.SetParallelism(4) // of two cores: eight clients
	var client atomic.Int64
	b.RunParallel(func(p *testing.PB) {
		url := urls[int(client.Add(1))%len(urls)]
		for i := 0; p.Next(); i++ {
			q := metricQuery(benchStart, to, fmt.Sprintf(`"tags": {"device": ["d%04d"]}`, i*37%cassDevices), aggregate("avg", 5, "minutes"))
			res := postJSON(b, url+"/api/v1/datapoints/query", q)
			if res == nil {
				return
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				b.Error(err)
			}
			res.Body.Close()
		}
	})
}

// postJSON sends a request and answers its response, which is a success, or nil
// after a failure, which it reports.
func postJSON(b *testing.B, url, body string) *http.Response {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return nil
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Error(err)
		return nil
	}
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		b.Errorf("got %d %s", res.StatusCode, text)
		return nil
	}
	return res
}
