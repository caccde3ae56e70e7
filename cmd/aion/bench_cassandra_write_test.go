package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

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
			sendBodies(b, []string{url}, few.bodies(fmt.Sprintf("warm.%d.%s", i, url[len(url)-5:]), cassIngest))
		}
		c.bare.write(b, few)
	}
	for _, w := range []struct {
		name  string
		shape requestShape
	}{
		{"ingest-5-series-a-request", few},
		{"ingest-5-series-distinct", requestShape{devices: 5, steps: cassIngest, distinct: true}},
		{"ingest-100-series-a-request", requestShape{devices: 100, steps: 10}},
	} {
		until := func(urls ...string) func(b *testing.B) {
			return func(b *testing.B) { benchIngestUntilVisible(b, w.shape, urls...) }
		}
		inRounds(b, writeRounds, []contender{
			{w.name + "/aion", until(c.aion)}, {w.name + "/kairosdb", until(c.kairos)}, {w.name + "/bare", func(b *testing.B) { c.bare.ingest(b, w.shape) }},
			{w.name + "-by-two-aions/aion", until(c.aion, c.second)},
		})
	}
	sendBodies(b, []string{c.aion}, few.bodies("bench", cassPoints))
}

// requestShape is how many points of how many devices a write has, and whether
// no two of a device's values are the same; else there are three.
type requestShape struct {
	devices, steps int
	distinct       bool
}

// value is the value of a device's point.
func (s requestShape) value(device, i int) string {
	if s.distinct {
		return fmt.Sprintf("%d.%03d", 20+i, device)
	}
	return fmt.Sprintf("%d.%02d", 20+i%3, device%100)
}

// benchIngestUntilVisible writes a fresh metric, in turn to each of the servers,
// and waits until all its points are found: KairosDB acknowledges what it has not
// stored yet. The requests are made off the clock.
func benchIngestUntilVisible(b *testing.B, shape requestShape, urls ...string) {
	n := 0
	for b.Loop() {
		b.StopTimer()
		metric := "ingest." + strconv.FormatInt(time.Now().UnixNano(), 36)
		bodies := shape.bodies(metric, cassIngest)
		b.StartTimer()
		sendBodies(b, urls, bodies)
		awaitVisible(b, urls[0], metric, cassIngest)
		n++
	}
	b.ReportMetric(float64(n*cassDevices*cassIngest)/b.Elapsed().Seconds(), "points/s")
}

// sendBodies writes from eight clients, who take turns among the servers.
func sendBodies(b *testing.B, urls, bodies []string) {
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
	for _, body := range bodies {
		work <- body
	}
	close(work)
	clients.Wait()
}

// bodies are the requests that write so many points of every device.
func (s requestShape) bodies(metric string, each int) (bodies []string) {
	for from := 0; from < each; from += s.steps {
		for first := 0; first < cassDevices; first += s.devices {
			bodies = append(bodies, s.body(metric, first, from))
		}
	}
	return bodies
}

// body is a request with a run of points of some devices.
func (s requestShape) body(metric string, first, from int) string {
	var body bytes.Buffer
	for device := first; device < first+s.devices; device++ {
		fmt.Fprintf(&body, `,{"name":%q,"tags":{"device":"d%04d","site":"s%02d"},"datapoints":[`, metric, device, device%20)
		for i := from; i < from+s.steps; i++ {
			if i > from {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, "[%d,%s]", benchStart+i*10_000, s.value(device, i))
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
