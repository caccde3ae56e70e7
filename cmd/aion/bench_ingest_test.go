package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
)

// BenchmarkIngest writes over HTTP from as many connections as there are cores,
// each request durable before the next of its connection: objects, compact and
// put, which are OpenTSDB's objects, are workload A, five steps of all devices in
// a request; column is workload B, five thousand points of one series. Besides
// points a second it reports those a second of CPU time, the client's included.
func BenchmarkIngest(b *testing.B) {
	const steps, perRequest = 5, 5 * devicesOfA
	for _, shape := range []struct {
		name     string
		path     string
		template func() *template
	}{
		{"shape=objects", "/api/v1/datapoints", func() *template {
			return fleetBody(steps, `{"name":"ingest","timestamp":`, `,"value":20.%02d,"tags":{"device":"d%04d","site":"s%02d"}}`, false)
		}},
		{"shape=put", "/api/put", func() *template {
			return fleetBody(steps, `{"metric":"ingest","timestamp":`, `,"value":20.%02d,"tags":{"device":"d%04d","site":"s%02d"}}`, false)
		}},
		{"shape=compact", "/api/v1/datapoints", func() *template {
			return fleetBody(steps, `{"name":"ingest","datapoints":[[`, `,20.%02d]],"tags":{"device":"d%04d","site":"s%02d"}}`, false)
		}},
		{"shape=column", "/api/v1/datapoints", func() *template { return fleetBody(steps, `[`, `,20.%02d]`, true) }},
	} {
		b.Run(shape.name, func(b *testing.B) {
			s := start(b, "--data.dir="+b.TempDir())
			var requests atomic.Int64
			busy := cpu(b)
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				t := shape.template()
				for p.Next() {
					t.stamp(benchStart + requests.Add(1)*perRequest*10_000)
					s.drain(b, shape.path, t.body, http.StatusNoContent)
				}
			})
			b.ReportMetric(float64(requests.Load()*perRequest)/b.Elapsed().Seconds(), "points/s")
			b.ReportMetric(float64(requests.Load()*perRequest)/(cpu(b)-busy).Seconds(), "points/cpu-s")
		})
	}
}

// template is a body that is encoded once, with the places of its times.
type template struct {
	body  []byte
	times []int
}

// fleetBody is a body with some steps of all devices, or, in one column, with as
// many points of a single one.
func fleetBody(steps int, head, tail string, column bool) *template {
	t := &template{body: []byte{'['}}
	if column {
		t.body = append(t.body, `{"name":"ingest","tags":{"device":"d0"},"datapoints":[`...)
	}
	for range steps {
		for device := range devicesOfA {
			t.body = append(t.body, head...)
			t.times = append(t.times, len(t.body))
			t.body = strconv.AppendInt(t.body, benchStart, 10)
			args := []any{device % 100, device, device % 20}[:bytes.Count([]byte(tail), []byte("%"))]
			t.body = append(fmt.Appendf(t.body, tail, args...), ',')
		}
	}
	t.body[len(t.body)-1] = ']'
	if column {
		t.body = append(t.body, '}', ']')
	}
	return t
}

// stamp gives the points ascending times.
func (t *template) stamp(from int64) {
	for i, at := range t.times {
		strconv.AppendInt(t.body[:at], from+int64(i)*10_000, 10)
	}
}
