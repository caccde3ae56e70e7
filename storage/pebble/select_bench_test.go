package pebble

import (
	"flag"
	"fmt"
	"iter"
	"runtime"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// indexSeries is how many series the larger store of the index benchmarks has.
var indexSeries = flag.Int("index.series", 100_000, "series of the larger store that index benchmarks read, a multiple of 1,000")

// loadIndex makes a settled store of n series with a point each: of any hundred
// neighbours in one rack, on a hundred sites.
func loadIndex(b *testing.B, dir string, n int) *Store {
	b.Helper()
	s := mustOpen(b, Config{Dir: dir})
	keys := many("temperature", n)
	for i := range keys {
		keys[i].Tags[1] = points.Tag{Name: "rack", Value: fmt.Sprintf("r%05d", i/100)}
		keys[i].Tags[2] = points.Tag{Name: "site", Value: fmt.Sprintf("s%02d", i%100)}
	}
	putMany(b, s, keys, 1)
	if err := s.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkLookup finds series and names in a store of a thousand series and in
// one of many: what finds equally much should take equally long.
func BenchmarkLookup(b *testing.B) {
	having := func(tag string, values ...string) storage.Matcher { return storage.Matcher{Tag: tag, Values: values} }
	like := func(tag, pattern string) storage.Matcher {
		return storage.Matcher{Tag: tag, Patterns: []*storage.Pattern{mustPattern(b, pattern)}}
	}
	names := func(seq iter.Seq2[string, error]) (n int) {
		for _, err := range seq {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		return n
	}
	for _, series := range []int{1000, *indexSeries} {
		s := loadIndex(b, b.TempDir(), series)
		of := func(m ...storage.Matcher) storage.Selection {
			return storage.Selection{Metrics: []string{"temperature"}, Matchers: m}
		}
		found := func(m ...storage.Matcher) func() int {
			return func() (n int) {
				for _, err := range s.Select(b.Context(), of(m...)) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				return n
			}
		}
		for _, c := range []struct {
			what string
			find func() int
			want int
		}{
			{"one", found(having("device", "d000500")), 1},
			{"rack", found(having("rack", "r00005")), 100},
			{"site", found(having("site", "s07")), series / 100},
			{"intersection", found(having("site", "s07"), having("rack", "r00005")), 1},
			{"several", found(having("device", "d000500", "d000501", "d000007")), 3},
			{"prefix", found(like("device", "d0005.*")), 100},
			{"suffix", found(like("device", ".*00501")), max(1, series/100_000)},
			{"but", found(having("rack", "r00005"), storage.Matcher{Tag: "site", Values: []string{"s07"}, Not: true}), 99},
			{"metrics", func() int { return names(s.Metrics(b.Context(), storage.Selection{})) }, 1},
			{"tags", func() int { return names(s.TagNames(b.Context(), of())) }, 3},
			{"values", func() int { return names(s.TagValues(b.Context(), "site", of())) }, 100},
			{"values-of-rack", func() int { return names(s.TagValues(b.Context(), "site", of(having("rack", "r00005")))) }, 100},
		} {
			b.Run(fmt.Sprintf("what=%s/series=%d", c.what, series), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if got := c.find(); got != c.want {
						b.Fatalf("found %d, want %d", got, c.want)
					}
				}
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRest tells what a store of many series takes while it is at rest: how
// long it takes to open, and its memory after that and after a write to every
// series.
func BenchmarkRest(b *testing.B) {
	dir, keys := b.TempDir(), many("temperature", *indexSeries)
	s := mustOpen(b, Config{Dir: dir})
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	putMany(b, s, keys, 1)
	if err := settleSome(s); err != nil {
		b.Fatal(err)
	}
	written := heap() - before
	for b.Loop() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		s = mustOpen(b, Config{Dir: dir})
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms-to-open")
	}
	b.ReportMetric(written/float64(len(keys)), "heap-bytes/series")
	b.ReportMetric((heap()-before)/float64(len(keys)), "heap-bytes/series-opened")
	runtime.KeepAlive(keys)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLatest reads the newest point of every series of a store, of a
// thousand with a hundred points each or of many with one, settled or as they
// were written, by one snapshot as a query does.
func BenchmarkLatest(b *testing.B) {
	for _, series := range []int{1000, *indexSeries} {
		for _, settled := range []bool{true, false} {
			s := mustOpen(b, Config{Dir: b.TempDir(), still: !settled})
			keys := many("temperature", series)
			n := 100
			if series > 1000 {
				n = 1
			}
			putMany(b, s, keys, n)
			if settled {
				if err := s.Compact(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.Run(fmt.Sprintf("series=%d/settled=%t", series, settled), func(b *testing.B) {
				b.ReportAllocs()
				before := processorTime(b)
				var block points.Block
				for b.Loop() {
					if got := latest(b, s, &block); got != series {
						b.Fatalf("found %d, want %d", got, series)
					}
				}
				b.ReportMetric(float64(b.N)*float64(series)/b.Elapsed().Seconds(), "series/s")
				b.ReportMetric(float64(b.N)*float64(series)/(processorTime(b)-before).Seconds(), "series/processor-s")
			})
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// latest reads the newest points of all series and counts the series.
func latest(b *testing.B, s *Store, block *points.Block) (n int) {
	snap, err := s.Snapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer snap.Close()
	for sr, err := range snap.Select(b.Context(), storage.Selection{}) {
		if err != nil {
			b.Fatal(err)
		}
		c := sr.Points(points.Always, points.Desc)
		if err := c.Next(b.Context(), block); err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}
