package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// BenchmarkTypes asks about workload A whose whole numbers are longs, as clients
// write them that print 20.0 as 20: each device is two series then, of which one
// is sparse. Beside each question stands the same about doubles alone. What it
// takes is to be about the same.
func BenchmarkTypes(b *testing.B) {
	s := serveSeeded(b, func(b *testing.B, store storage.Store) {
		seedA(b, store)
		seedTypes(b, store)
	})
	for _, q := range []struct {
		name  string
		read  int
		about []string
	}{
		{"query=avg-1h-by-device", devicesOfA * pointsOfA, []string{byDevice, aggregate("avg", 1, "hours")}},
		{"query=avg-1d-by-device", devicesOfA * pointsOfA, []string{byDevice, aggregate("avg", 1, "days")}},
		{"query=max-1h-by-device", devicesOfA * pointsOfA, []string{byDevice, aggregate("max", 1, "hours")}},
		{"query=p99-1h-by-device", devicesOfA * pointsOfA, []string{byDevice, p99}},
		{"query=dev-1h-by-device", devicesOfA * pointsOfA, []string{byDevice, aggregate("dev", 1, "hours")}},
		{"query=avg-1h-by-site", devicesOfA * pointsOfA, []string{bySite, aggregate("avg", 1, "hours")}},
		{"query=raw-by-device", devicesOfA * pointsOfA, []string{byDevice}},
		{"query=avg-5m", pointsOfA, []string{`"tags": {"device": ["d0500"]}`, aggregate("avg", 5, "minutes")}},
	} {
		for _, metric := range []string{"bench", "types"} {
			b.Run(q.name+"/metric="+metric, func(b *testing.B) {
				s.bench(b, "/api/v1/datapoints/query", queryOf(metric, benchStart, endOfA, q.about...), q.read)
			})
		}
	}
}

// seedTypes writes workload A as the metric types, whole numbers as longs.
func seedTypes(b *testing.B, store storage.Store) {
	const steps = 500
	random, values := rand.New(rand.NewPCG(1, 1)), make([]float64, devicesOfA)
	for from := 0; from < pointsOfA; from += steps {
		var batch storage.Batch
		for device := range devicesOfA {
			all, doubles, longs := walk(random, &values[device], from, steps, 10_000), points.Block{}, points.Block{}
			for i, v := range all.Floats {
				if v == math.Trunc(v) {
					longs.AppendInt(all.Times[i], int64(v))
				} else {
					doubles.AppendFloat(all.Times[i], v)
				}
			}
			key := points.Key{Metric: "types", Type: points.TypeDouble, Tags: points.Tags{
				{Name: "device", Value: fmt.Sprintf("d%04d", device)}, {Name: "site", Value: fmt.Sprintf("s%02d", device%20)}}}
			batch.Put(key, doubles, 0)
			if key.Type = points.TypeLong; longs.Len() != 0 {
				batch.Put(key, longs, 0)
			}
			if batch.Size() > storage.MaxBatch/2 {
				put(b, store, &batch)
			}
		}
		put(b, store, &batch)
	}
}
