package grafana

import (
	"fmt"
	"testing"

	"aion/api"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// BenchmarkPanel answers a panel of twenty series over a year at one point each
// five minutes, at its own step, and one of the last hour.
func BenchmarkPanel(b *testing.B) {
	store := memory.New(memory.Config{Now: clock})
	p := newTestedOver(b, store, api.Config{})
	const perYear = 365 * 288
	for n := range 20 {
		var block points.Block
		for i := range int64(perYear) {
			block.AppendFloat(epoch-365*day+i*5*minute, float64(i%977)/4)
		}
		var batch storage.Batch
		batch.Put(points.Key{Metric: "m", Tags: points.TagsOf(on(fmt.Sprint(n))), Type: points.TypeDouble}, block, 0)
		if err := store.Write(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		span int64
		read float64
	}{{"span=year", 365 * day, 20 * perYear}, {"span=hour", hour, 20 * 12}} {
		body := fmt.Sprintf(`{"range":{"from":%d,"to":%d},"maxDataPoints":1000,"targets":[{"target":"m","payload":{"group_by":["host"]}}]}`, epoch-c.span, epoch)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.post(b, "/query", body)
			}
			b.ReportMetric(c.read*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
