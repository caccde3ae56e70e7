package main

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"aion/storage/cassandra/cassandratest"
	"aion/storage/codec"
	"aion/storage/points"
)

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
