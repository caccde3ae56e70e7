package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"aion/storage/points"
)

// form appends points of one series, whose tags are a JSON object, to the body of
// a write, with a comma behind each member. Values have two decimals, those of
// whole numbers, too: without them KairosDB takes such a point for a long, of
// another series.
type form func(dst []byte, metric string, tags string, block *points.Block) []byte

// appendColumns writes a series with its points as pairs, as KairosDB takes them.
func appendColumns(dst []byte, metric, tags string, block *points.Block) []byte {
	dst = fmt.Appendf(dst, `{"name":%q,"tags":%s,"datapoints":[`, metric, tags)
	for i, at := range block.Times {
		dst = append(strconv.AppendInt(append(dst, '['), at, 10), ',')
		dst = append(strconv.AppendFloat(dst, block.Floats[i], 'f', 2, 64), ']', ',')
	}
	return append(dst[:len(dst)-1], "]},"...)
}

// appendPuts writes an object for each point, as OpenTSDB takes them.
func appendPuts(dst []byte, metric, tags string, block *points.Block) []byte {
	for i, at := range block.Times {
		dst = append(append(append(dst, `{"metric":"`...), metric...), `","timestamp":`...)
		dst = append(strconv.AppendInt(dst, at, 10), `,"value":`...)
		dst = append(strconv.AppendFloat(dst, block.Floats[i], 'f', 2, 64), `,"tags":`...)
		dst = append(append(dst, tags...), '}', ',')
	}
	return dst
}

// load posts the bodies that fill makes, on two connections.
func (r *rival) load(b *testing.B, fill func(post func(body []byte))) {
	work := make(chan []byte)
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for body := range work {
				r.post(b, bytes.NewReader(body))
			}
		})
	}
	fill(func(body []byte) {
		body[0], body[len(body)-1] = '[', ']'
		work <- slices.Clone(body)
	})
	close(work)
	clients.Wait()
}

// deviceTags are the tags of a device of workload A.
func deviceTags(device int) string {
	return fmt.Sprintf(`{"device":"d%04d","site":"s%02d"}`, device, device%20)
}

// loadA writes workload A, five steps of all devices in a request.
func (r *rival) loadA(b *testing.B, metric string, each int) {
	const window, steps = 500, 5
	random, values := rand.New(rand.NewPCG(1, 1)), make([]float64, devicesOfA)
	blocks := make([]points.Block, devicesOfA)
	r.load(b, func(post func([]byte)) {
		var body []byte
		for from := 0; from < each; from += window {
			for device := range blocks {
				blocks[device] = walk(random, &values[device], from, min(window, each-from), 10_000)
			}
			for i := 0; i < min(window, each-from); i += steps {
				body = append(body[:0], '[')
				for device := range blocks {
					body = r.form(body, metric, deviceTags(device), part(&blocks[device], i, i+steps))
				}
				post(body)
			}
		}
	})
}

// loadB writes workload B, or its beginning, five thousand points in a request.
func (r *rival) loadB(b *testing.B, metric string, total, step int) {
	const perRequest = 5000
	random, value := rand.New(rand.NewPCG(2, 2)), 0.0
	r.load(b, func(post func([]byte)) {
		var body []byte
		for from := 0; from < total; from += perRequest {
			block := walk(random, &value, from, min(perRequest, total-from), step)
			body = r.form(append(body[:0], '['), metric, `{"device":"d0"}`, &block)
			post(body)
		}
	})
}

// loadMany writes a point at the given step of each of a million series, five
// thousand in a request.
func (r *rival) loadMany(b *testing.B, metric string, series, step int) {
	const perRequest = 5000
	r.load(b, func(post func([]byte)) {
		var body []byte
		var block points.Block
		for from := 0; from < series; from += perRequest {
			body = append(body[:0], '[')
			for i := from; i < min(from+perRequest, series); i++ {
				block.Reset(points.Number)
				block.AppendFloat(benchStart+int64(step)*60_000, float64(i%1000)/10)
				body = r.form(body, metric, fmt.Sprintf(`{"device":"d%06d","floor":"f%03d","site":"s%02d"}`, i, i%1000, i%100), &block)
			}
			post(body)
		}
	})
}

// part is a view of some points of a block of numbers.
func part(block *points.Block, from, to int) *points.Block {
	to = min(to, len(block.Times))
	return &points.Block{Kind: points.Number, Times: block.Times[from:to], Floats: block.Floats[from:to]}
}

// benchWrites writes a million points a round, five steps of all devices in a
// request, an object for each point, and waits for what the server does behind
// it off the clock. It tells the time of a point, or, where processor is set,
// the time of processors, that behind the answers included.
func (r *rival) benchWrites(b *testing.B, requests *atomic.Int64, head string, processor bool) {
	const each, perRequest = 200, 5 * devicesOfA
	n, used := 0, r.processor(b)
	for b.Loop() {
		var clients sync.WaitGroup
		var left atomic.Int64
		for range 2 {
			clients.Go(func() {
				t := fleetBody(5, head, `,"value":20.%02d,"tags":{"device":"d%04d","site":"s%02d"}}`, false)
				for left.Add(1) <= each {
					t.stampSteps(benchStart + requests.Add(1)*5*10_000)
					r.post(b, bytes.NewReader(t.body))
				}
			})
		}
		clients.Wait()
		b.StopTimer()
		r.awaitQuiet(b)
		b.StartTimer()
		n += each * perRequest
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "points/s")
	r.reportProcessor(b, used, float64(n))
	perPoint := float64(b.Elapsed().Nanoseconds()) / float64(n)
	if processor {
		perPoint = float64((r.processor(b) - used).Nanoseconds()) / float64(n)
	}
	b.ReportMetric(perPoint, "figure/ns-a-point")
}

// stampSteps gives all devices of a step the same time.
func (t *template) stampSteps(from int64) {
	for i, at := range t.times {
		strconv.AppendInt(t.body[:at], from+int64(i/devicesOfA)*10_000, 10)
	}
}
