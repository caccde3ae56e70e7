package storagetest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Bench measures a driver: writing, reading and selecting.
func Bench(b *testing.B, d Driver) {
	for _, size := range []struct{ series, points int }{{1, 1000}, {100, 10}, {1000, 1}} {
		b.Run(fmt.Sprintf("write/series=%d/points=%d", size.series, size.points), func(b *testing.B) {
			benchWrite(b, open(b, d), size.series, size.points)
		})
	}
	for _, stored := range []string{points.TypeLong, points.TypeDouble} {
		for _, o := range []points.Order{points.Asc, points.Desc} {
			b.Run(fmt.Sprintf("read/type=%s/order=%s", stored, o), func(b *testing.B) {
				benchRead(b, open(b, d), stored, o)
			})
		}
	}
	for _, what := range []string{"one", "many", "names"} {
		b.Run("select/series=10000/what="+what, func(b *testing.B) { benchSelect(b, open(b, d), what) })
	}
}

// open opens a new store that closes with the benchmark.
func open(b *testing.B, d Driver) storage.Store {
	s := d.Open(b, b.TempDir(), time.Now)
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// perSecond reports how many of something each turn of the loop handled.
func perSecond(b *testing.B, n int, unit string) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), unit+"/s")
}

// benchWrite appends n points to each of many series in every batch.
func benchWrite(b *testing.B, s storage.Store, series, n int) {
	b.ReportAllocs()
	at := int64(1_700_000_000_000)
	keys := make([]points.Key, series)
	for i := range keys {
		keys[i] = double("m", "host", fmt.Sprint(i))
	}
	var batch storage.Batch
	for b.Loop() {
		batch.Reset()
		for i := range keys {
			var block points.Block
			for j := range int64(n) {
				block.AppendFloat(at+j*1000, float64(i)+float64(j)/10)
			}
			batch.Put(keys[i], block, 0)
		}
		at += int64(n) * 1000
		if err := s.Write(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, series*n, "points")
}

// benchRead reads a series of 200,000 points.
func benchRead(b *testing.B, s storage.Store, stored string, o points.Order) {
	b.ReportAllocs()
	const n = 200_000
	var batch storage.Batch
	batch.Put(key(stored, "m", "h", "a"), noise(rand.New(rand.NewPCG(6, 6)), stored, n, 0, 1000), 0)
	write(b, s, &batch)
	var block points.Block
	for b.Loop() {
		got := 0
		for sr, err := range s.Select(b.Context(), storage.Selection{}) {
			if err != nil {
				b.Fatal(err)
			}
			c := sr.Points(points.Always, o)
			for err = c.Next(b.Context(), &block); err == nil; err = c.Next(b.Context(), &block) {
				got += block.Len()
			}
			if err != io.EOF || c.Close() != nil {
				b.Fatal(err)
			}
		}
		if got != n {
			b.Fatalf("read %d points, want %d", got, n)
		}
	}
	perSecond(b, n, "points")
}

// write writes a batch and compacts.
func write(b *testing.B, s storage.Store, batch *storage.Batch) {
	if err := s.Write(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	if c, ok := storage.As[storage.Compacter](s); ok {
		if err := c.Compact(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// benchSelect finds one series, a hundred, or the names among 10,000 series.
func benchSelect(b *testing.B, s storage.Store, what string) {
	b.ReportAllocs()
	var batch storage.Batch
	for i := range 10_000 {
		batch.Put(double(fmt.Sprint("m", i%10), "host", fmt.Sprint(i), "dc", fmt.Sprint(i%100)), doubles(0, 1), 0)
	}
	write(b, s, &batch)
	sel, want := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"4711"}}}}, 1
	if what != "one" {
		sel, want = storage.Selection{Metrics: []string{"m7"}, Matchers: []storage.Matcher{{Tag: "dc", Values: []string{"7", "17"}}}}, 200
	}
	for b.Loop() {
		got := 0
		if what == "names" {
			for range s.TagValues(b.Context(), "host", sel) {
				got++
			}
		} else {
			for range s.Select(b.Context(), sel) {
				got++
			}
		}
		if got != want {
			b.Fatalf("found %d, want %d", got, want)
		}
	}
	perSecond(b, want, "names")
}
