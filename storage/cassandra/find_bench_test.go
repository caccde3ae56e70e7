package cassandra

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// fleet plants many series of one metric in one row time, ten of which have the
// site s7: in row_keys, and those of that site in the tag index.
func (p *planter) fleet(metric string, count int, row int64) {
	p.Helper()
	const step = 100
	sites := count / 10
	p.do(insertName, []byte(metricNames), metric)
	p.do(insertTime, metric, pointTable, row, 0)
	err := inParallel(p.Context(), 8, count/step, func(ctx context.Context, part int) error {
		b := p.conn.unlogged(p.at)
		for i := part * step; i < (part+1)*step; i++ {
			k := fleetKey(metric, i, sites)
			tags := storedMap(codec.AppendTags(nil, k.Tags))
			b.Query(insertRow, metric, pointTable, row, k.Type, tags, 0)
			if i%sites == 7 {
				p.tagged(k, row, "site")
			}
		}
		return p.conn.attempt(ctx, "plant", func(ctx context.Context) error { return b.ExecContext(ctx) })
	})
	if err != nil {
		p.Fatal(err)
	}
}

// fleetKey is a series of fleet's, where there are so many sites.
func fleetKey(metric string, i, sites int) points.Key {
	return longKey(metric, "device", fmt.Sprintf("device-%06d", i), "firmware", fmt.Sprint("1.", i%7), "site", fmt.Sprint("s", i%sites))
}

// TestFindStream: 20,000 series of two row times come while little of them is
// held.
func TestFindStream(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Milliseconds, Width: 1000}})
	p := plant(t, s)
	const count = 20_000
	p.fleet("m", count, 0)
	p.fleet("m", count, 1000)
	var first runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&first)
	n, most := 0, uint64(0)
	for found, err := range s.find(t.Context(), storage.Selection{Metrics: []string{"m"}}, points.Always) {
		if err != nil {
			t.Fatal(err)
		}
		if len(found.rows) != 2 || found.rows[0].time != 0 || found.rows[1].time != 1000 {
			t.Fatalf("%v: rows %v", found.key, found.rows)
		}
		if n++; n%4000 == 0 {
			var now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	// All of them would be about 10 MB, and their rows as read 5 MB.
	if held := int64(most) - int64(first.HeapAlloc); n != count || held > 8<<20 {
		t.Errorf("got %d series, %d bytes held; want %d and at most 8 MiB", n, held, count)
	}
}

// BenchmarkFind looks for all series of a metric and for ten of them, by the
// tag index and without it: how many others there are costs nothing there.
func BenchmarkFind(b *testing.B) {
	few := []storage.Matcher{{Tag: "site", Values: []string{"s7"}}}
	for _, c := range []struct {
		name     string
		matchers []storage.Matcher
		tags     map[string][]string
	}{
		{"all", nil, nil},
		{"ten/by=row_keys", few, nil},
		{"ten/by=tag_index", few, map[string][]string{"m": {"site"}}},
	} {
		for _, count := range []int{100, 20_000, 100_000} {
			b.Run(fmt.Sprintf("%s/series=%d", c.name, count), func(b *testing.B) {
				s := opened(b, Config{TagIndexed: c.tags})
				plant(b, s).fleet("m", count, 0)
				want := count
				if c.matchers != nil {
					want = 10
				}
				benchFind(b, s, storage.Selection{Metrics: []string{"m"}, Matchers: c.matchers}, want)
				b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// benchFind finds the same series again and again.
func benchFind(b *testing.B, s *Store, sel storage.Selection, want int) {
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		n := 0
		for _, err := range s.find(b.Context(), sel, points.Always) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != want {
			b.Fatalf("got %d series, want %d", n, want)
		}
	}
}

// BenchmarkFindBare reads the same rows with nothing of ours around them.
func BenchmarkFindBare(b *testing.B) {
	const count = 20_000
	s := opened(b, Config{})
	p := plant(b, s)
	p.fleet("m", count, 0)
	b.ReportAllocs()
	b.ResetTimer()
	rows := 0
	for b.Loop() {
		var typ, tags rawColumn
		var state []byte
		for {
			it := p.conn.selects(readRows, "m", pointTable, int64(0)).PageSize(mostKeys).PageState(state).IterContext(b.Context())
			for it.Scan(&typ, &tags) {
				rows++
			}
			state = it.PageState()
			if err := it.Close(); err != nil {
				b.Fatal(err)
			}
			if len(state) == 0 {
				break
			}
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkFindOne looks for one series of a metric with 1,000, as a dashboard
// does.
func BenchmarkFindOne(b *testing.B) {
	s := opened(b, Config{})
	plant(b, s).fleet("m", 1000, 0)
	sel := storage.Selection{Metrics: []string{"m"}, Matchers: []storage.Matcher{{Tag: "device", Values: []string{"device-000500"}}}}
	for _, clients := range []int{1, 8} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			b.ReportAllocs()
			var bad atomic.Int64
			b.SetParallelism(clients)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := 0
					for _, err := range s.find(b.Context(), sel, points.Range{From: 0, To: 1000}) {
						if err == nil {
							n++
						}
					}
					if n != 1 {
						bad.Add(1)
					}
				}
			})
			if bad.Load() > 0 {
				b.Errorf("%d of %d times something else was found", bad.Load(), b.N)
			}
		})
	}
}
