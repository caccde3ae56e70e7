package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// manned is a fleet of so many devices on the embedded engine, d0 and so on with
// the aliases SN-0 and so on, and how long it took to create them.
func manned(b *testing.B, devices int) (*fleet.Fleet, time.Duration) {
	b.Helper()
	store := benchStore(b)
	records, _ := catalog.New(store)
	f := fleet.New(fleet.Config{Store: store, Catalog: records})
	var all sync.WaitGroup
	var next atomic.Int64
	begun := time.Now()
	for range new(serveCommand).deviceWorkers() {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(devices); i = next.Add(1) - 1 {
				d := fleet.Device{ID: fmt.Sprintf("d%d", i)}
				if i%1000 == 0 {
					d.Aliases = []string{fmt.Sprintf("SN-%d", i)}
				}
				if _, err := f.Create(b.Context(), "", d); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return f, time.Since(begun)
}

// BenchmarkDevices creates devices and looks them up among ten and among a
// million.
func BenchmarkDevices(b *testing.B) {
	for _, n := range []int{10, 1_000_000} {
		f, took := manned(b, n)
		b.Run(fmt.Sprintf("devices=%d/create", n), func(b *testing.B) {
			for b.Loop() {
			}
			b.ReportMetric(float64(n)/took.Seconds(), "devices/s")
		})
		for name, ref := range map[string]func(i int) string{
			"id":    func(i int) string { return fmt.Sprintf("d%d", i*(n/10)%n) },
			"alias": func(i int) string { return fmt.Sprintf("SN-%d", i%max(1, n/1000)*1000) },
			"none":  func(i int) string { return fmt.Sprintf("x%d", i) },
		} {
			b.Run(fmt.Sprintf("devices=%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if _, err := f.Resolve(b.Context(), "", ref(i), fleet.Manner{}); (err == nil) == (name == "none") {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("devices=%d/page", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := f.Devices(b.Context(), "", "", ref(i, n), 10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// ref is the id of one device of so many.
func ref(i, n int) string { return fmt.Sprintf("d%d", i*7919%n) }

// BenchmarkBirths has devices created that have been written, ten thousand at once.
func BenchmarkBirths(b *testing.B) {
	const each = 10_000
	store := benchStore(b)
	records, _ := catalog.New(store)
	f := fleet.New(fleet.Config{Store: store, Catalog: records, AutoCreate: true})
	observed := f.Observe(taken{store})
	b.ReportAllocs()
	used, n := ownProcessor(), 0
	for b.Loop() {
		var batch storage.Batch
		for range each {
			key := points.Key{Metric: "many", Type: points.TypeDouble, Tags: points.Tags{{Name: "device", Value: fmt.Sprintf("d%07d", n)}}}
			batch.Put(key, points.Block{Times: []int64{benchStart}, Floats: []float64{1}}, 0)
			n++
		}
		if err := observed.Write(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		if err := f.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((ownProcessor()-used).Nanoseconds())/float64(n), "processor-ns/device")
}

// taken is a store that takes points and keeps none.
type taken struct{ storage.Store }

// Write takes.
func (taken) Write(context.Context, *storage.Batch) error { return nil }
