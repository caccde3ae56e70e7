package api

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"aion/storage"
)

// ops are the operations that a store's meter tells apart, those of the hottest
// loops first.
var ops = [...]storage.Op{
	storage.OpPeek, storage.OpNext, storage.OpAny, storage.OpWrite, storage.OpDelete, storage.OpSelect,
	storage.OpMetrics, storage.OpTagNames, storage.OpTagValues, storage.OpSnapshot,
}

// meter is a storage.Meter whose counts are collected when somebody asks. A
// reading of a block costs it a few additions, no more.
type meter struct{ of [len(ops)]tally }

// tally is what is known of one operation, on cache lines of its own.
type tally struct {
	done, failed, busy, points atomic.Int64 // busy in nanoseconds
	_                          [32]byte
}

// tally is what is known of op. What is not one of ops is counted with the last.
func (m *meter) tally(op storage.Op) *tally {
	for i := range ops {
		if ops[i] == op {
			return &m.of[i]
		}
	}
	return &m.of[len(ops)-1]
}

// Observe counts an operation.
func (m *meter) Observe(op storage.Op, busy time.Duration, err error) {
	t := m.tally(op)
	t.done.Add(1)
	t.busy.Add(int64(busy))
	if err != nil {
		t.failed.Add(1)
	}
}

// Points counts points.
func (m *meter) Points(op storage.Op, n int) { m.tally(op).points.Add(int64(n)) }

// The figures that a meter shows.
var (
	storeDone = prometheus.NewDesc("aion_storage_operations_total",
		"Operations of the store, by kind; next reads a block, peek looks at a summary.", []string{"op"}, nil)
	storeFailed = prometheus.NewDesc("aion_storage_failures_total", "Operations of the store that failed, by kind.", []string{"op"}, nil)
	storeBusy   = prometheus.NewDesc("aion_storage_busy_seconds_total", "Time that the store was busy with operations, by kind.", []string{"op"}, nil)
	written     = prometheus.NewDesc("aion_points_written_total", "Points stored.", nil, nil)
	read        = prometheus.NewDesc("aion_points_read_total", "Points read one by one.", nil, nil)
	summarized  = prometheus.NewDesc("aion_points_summarized_total", "Points answered for by a summary.", nil, nil)
)

// Describe lists the figures.
func (m *meter) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{storeDone, storeFailed, storeBusy, written, read, summarized} {
		to <- d
	}
}

// Collect shows the figures as they stand.
func (m *meter) Collect(to chan<- prometheus.Metric) {
	show := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for i, op := range ops {
		t := &m.of[i]
		show(storeDone, float64(t.done.Load()), string(op))
		show(storeFailed, float64(t.failed.Load()), string(op))
		show(storeBusy, time.Duration(t.busy.Load()).Seconds(), string(op))
	}
	show(written, float64(m.tally(storage.OpWrite).points.Load()))
	show(read, float64(m.tally(storage.OpNext).points.Load()))
	show(summarized, float64(m.tally(storage.OpPeek).points.Load()))
}
