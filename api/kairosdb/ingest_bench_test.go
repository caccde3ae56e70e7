package kairosdb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"aion/aggregators"
	"aion/storage"
)

// objectsBody has steps points of each of 1,000 devices, one object a point, as
// agents send them.
func objectsBody(steps int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for step := range steps {
		for device := range 1000 {
			b.WriteByte(",["[min(1, step+device)^1])
			fmt.Fprintf(&b, `{"name":"sensor.temperature","timestamp":%d,"value":%.2f,"tags":{"device":"device-%04d","site":"site-%02d"}}`,
				1700000000000+step*10_000+r.IntN(1000), 20+5*r.Float64(), device, device%20)
		}
	}
	b.WriteByte(']')
	return b.Bytes()
}

// arraysBody has metrics objects of rows data points each.
func arraysBody(metrics, rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for m := range metrics {
		b.WriteByte(",["[min(1, m)^1])
		fmt.Fprintf(&b, `{"name":"metric.%d","tags":{"host":"a"},"datapoints":[`, m)
		for i := range rows {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "[%d,%.2f]", 1700000000000+i*10_000+r.IntN(1000), 20+5*r.Float64())
		}
		b.WriteString("]}")
	}
	b.WriteByte(']')
	return b.Bytes()
}

// manySeriesBody has one point of each of the series from first to end.
func manySeriesBody(first, end int) []byte {
	var b bytes.Buffer
	for i := first; i < end; i++ {
		b.WriteByte(",["[min(1, i-first)^1])
		fmt.Fprintf(&b, `{"name":"sensor.temperature","timestamp":1700000000000,"value":21.5,"tags":{"device":"device-%06d","site":"site-%02d"}}`, i, i%20)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// oddBody has n objects that the scanner does not take.
func oddBody(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteByte(",["[min(1, i)^1])
		fmt.Fprintf(&b, `{"name":"sensor.open","timestamp":%d,"value":"a\tb","tags":{"device":"device-%04d"}}`, i, i%100)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// counting is a store's writer that counts points and keeps none.
type counting struct {
	storage.Writer
	points int
}

// Write counts.
func (c *counting) Write(_ context.Context, b *storage.Batch) error {
	c.points += b.Len()
	return nil
}

// BenchmarkIngest reads bodies of each shape, without a store.
func BenchmarkIngest(b *testing.B) {
	bodies := []struct {
		name string
		body []byte
	}{
		{"shape=objects", objectsBody(20)},
		{"shape=objects/series=200000", manySeriesBody(0, 200_000)},
		{"shape=objects/value=escaped", oddBody(2000)},
		{"shape=arrays/rows=10", arraysBody(2000, 10)},
		{"shape=arrays/rows=1000", arraysBody(20, 1000)},
		{"shape=arrays/rows=100000", arraysBody(1, 100_000)},
	}
	for _, bb := range bodies {
		b.Run(bb.name, func(b *testing.B) {
			p, store := parserOf(switches[aggregators.V13]), &counting{}
			body := bytes.NewReader(bb.body)
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.body)))
			for b.Loop() {
				body.Reset(bb.body)
				if messages, err := p.parse(b.Context(), io.NopCloser(body), store); err != nil || messages != nil {
					b.Fatal(messages, err)
				}
			}
			b.ReportMetric(float64(store.points)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// BenchmarkIngestStrangers reads requests of 5,000 points each, one of each of more
// series than are remembered, without a store.
func BenchmarkIngestStrangers(b *testing.B) {
	const series, each = 200_000, 5000
	var bodies [][]byte
	for first := 0; first < series; first += each {
		bodies = append(bodies, manySeriesBody(first, first+each))
	}
	p, store := parserOf(switches[aggregators.V13]), &counting{}
	body := bytes.NewReader(nil)
	b.ReportAllocs()
	for b.Loop() {
		for i := range bodies {
			body.Reset(bodies[i])
			if messages, err := p.parse(b.Context(), io.NopCloser(body), store); err != nil || messages != nil {
				b.Fatal(messages, err)
			}
		}
	}
	b.ReportMetric(float64(store.points)/b.Elapsed().Seconds(), "points/s")
}
