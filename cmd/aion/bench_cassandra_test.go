package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
	"aion/storage/points"
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

// writeRounds is how often writing is compared. The node flushes and compacts
// when it likes, so that one comparison tells little: everybody takes a turn in
// each round, another one first each time, and the medians count.
const writeRounds = 6

// writes compares writing. Java compiles what is run often: nobody is measured
// before it has.
func (c *comparison) writes(b *testing.B) {
	few := requestShape{devices: 5, steps: cassIngest}
	for i := range 4 {
		for _, url := range []string{c.aion, c.kairos} {
			seedOverHTTP(b, []string{url}, fmt.Sprintf("warm.%d.%s", i, url[len(url)-5:]), cassIngest, few)
		}
		c.bare.write(b, few)
	}
	for _, w := range []struct {
		name  string
		shape requestShape
	}{{"ingest-5-series-a-request", few}, {"ingest-100-series-a-request", requestShape{devices: 100, steps: 10}}} {
		until := func(urls ...string) func(b *testing.B) {
			return func(b *testing.B) { benchIngestUntilVisible(b, w.shape, urls...) }
		}
		inRounds(b, writeRounds, []contender{
			{w.name + "/aion", until(c.aion)}, {w.name + "/kairosdb", until(c.kairos)}, {w.name + "/bare", func(b *testing.B) { c.bare.ingest(b, w.shape) }},
			{w.name + "-by-two-aions/aion", until(c.aion, c.second)},
		})
	}
	seedOverHTTP(b, []string{c.aion}, "bench", cassPoints, few)
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

// requestShape is how many points of how many devices a write has.
type requestShape struct{ devices, steps int }

// benchIngestUntilVisible writes a fresh metric, in turn to each of the servers,
// and waits until all its points
// are found: KairosDB acknowledges what it has not stored yet.
func benchIngestUntilVisible(b *testing.B, shape requestShape, urls ...string) {
	n := 0
	for b.Loop() {
		metric := "ingest." + strconv.FormatInt(time.Now().UnixNano(), 36)
		seedOverHTTP(b, urls, metric, cassIngest, shape)
		awaitVisible(b, urls[0], metric, cassIngest)
		n++
	}
	b.ReportMetric(float64(n*cassDevices*cassIngest)/b.Elapsed().Seconds(), "points/s")
}

// seedOverHTTP writes so many points of every device from eight clients, who take
// turns among the servers.
func seedOverHTTP(b *testing.B, urls []string, metric string, each int, shape requestShape) {
	work := make(chan string)
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for body := range work {
				if res := postJSON(b, urls[i%len(urls)]+"/api/v1/datapoints", body); res != nil {
					res.Body.Close()
				}
			}
		})
	}
	for from := 0; from < each; from += shape.steps {
		for first := 0; first < cassDevices; first += shape.devices {
			work <- ingestBody(metric, first, shape.devices, from, shape.steps)
		}
	}
	close(work)
	clients.Wait()
}

// ingestBody is a request with a run of points of some devices.
func ingestBody(metric string, first, devices, from, steps int) string {
	var body bytes.Buffer
	for device := first; device < first+devices; device++ {
		fmt.Fprintf(&body, `,{"name":%q,"tags":{"device":"d%04d","site":"s%02d"},"datapoints":[`, metric, device, device%20)
		for i := from; i < from+steps; i++ {
			if i > from {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, "[%d,%d.%02d]", benchStart+i*10_000, 20+i%3, device%100)
		}
		body.WriteString("]}")
	}
	return "[" + body.String()[1:] + "]"
}

// awaitVisible asks until the points that were written last are found. Whether
// all others are, too, is asked off the clock: it costs more than writing some.
func awaitVisible(b *testing.B, url, metric string, each int) {
	const few = 8
	var devices []string
	for device := cassDevices - few; device < cassDevices; device++ {
		devices = append(devices, fmt.Sprintf("%q", fmt.Sprintf("d%04d", device)))
	}
	last := fmt.Sprintf(`"tags": {"device": [%s]}, `, strings.Join(devices, ","))
	for countPoints(b, url, metric, last) != few*each && !b.Failed() {
		time.Sleep(50 * time.Millisecond)
	}
	b.StopTimer()
	for countPoints(b, url, metric, "") != cassDevices*each && !b.Failed() {
		time.Sleep(100 * time.Millisecond)
	}
	b.StartTimer()
}

// countPoints is how many points a metric has, of series with these tags.
func countPoints(b *testing.B, url, metric, tags string) int {
	query := fmt.Sprintf(`{"start_absolute": %d, "metrics": [{"name": %q, %s"aggregators": [{"name": "count", "sampling": {"value": 10, "unit": "years"}}]}]}`, benchStart, metric, tags)
	res := postJSON(b, url+"/api/v1/datapoints/query", query)
	if res == nil {
		return 0
	}
	defer res.Body.Close()
	var answer struct {
		Queries []struct {
			Sample int `json:"sample_size"`
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.Queries) != 1 {
		b.Error(err)
		return 0
	}
	return answer.Queries[0].Sample
}

// bareLoop does the same work with the driver library alone.
type bareLoop struct{ *cassandratest.Bare }

// keys are the row keys of all devices: of each there is one.
func (bareLoop) keys(metric string) (keys [][]byte) {
	for device := range cassDevices {
		keys = append(keys, codec.AppendRowKey(nil, &points.Key{Metric: metric, Type: points.TypeDouble, Tags: points.Tags{
			{Name: "device", Value: fmt.Sprintf("d%04d", device)}, {Name: "site", Value: fmt.Sprintf("s%02d", device%20)}}}, rowOf()))
	}
	return keys
}

// rowOf is the row time that all points lie in.
func rowOf() int64 { return codec.Default().RowTime(benchStart) }

// ingest writes the points of a fresh metric in batches by partition, which are
// as large as requests of that shape let them be.
func (l bareLoop) ingest(b *testing.B, shape requestShape) {
	n := 0
	for b.Loop() {
		l.write(b, shape)
		n++
	}
	b.ReportMetric(float64(n*cassDevices*cassIngest)/b.Elapsed().Seconds(), "points/s")
}

// write writes them once.
func (l bareLoop) write(b *testing.B, shape requestShape) {
	var columns [][]byte
	for i := range int64(cassIngest) {
		var column [4]byte
		codec.Default().PutColumn(&column, benchStart+i*10_000, rowOf())
		columns = append(columns, column[:])
	}
	metric := "bare." + strconv.FormatInt(time.Now().UnixNano(), 36)
	if err := l.Insert(b.Context(), l.keys(metric), columns, codec.AppendDouble(nil, 20.5), shape.steps); err != nil {
		b.Fatal(err)
	}
}

// read reads all points of metric bench and decodes them.
func (l bareLoop) read(b *testing.B) {
	n := 0
	for b.Loop() {
		l.readAll(b)
		n++
	}
	b.ReportMetric(float64(n*cassDevices*cassPoints)/b.Elapsed().Seconds(), "points/s")
}

// readAll reads them once.
func (l bareLoop) readAll(b *testing.B) {
	var count atomic.Int64
	err := l.Read(b.Context(), l.keys("bench"), func(column, value []byte) {
		var block points.Block
		at := codec.Default().Time(rowOf(), column)
		if codec.AppendPoint(&block, at, points.TypeDouble, value) == nil {
			count.Add(1)
		}
	})
	if err != nil || count.Load() != cassDevices*cassPoints {
		b.Fatalf("read %d points: %v", count.Load(), err)
	}
}
