package pebble

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// fleetPoints is how many points each device of the fleet has.
var fleetPoints = flag.Int("fleet.points", 2000, "points of each of the 1,000 devices that benchmarks read")

// BenchmarkStore measures the driver as the suite does.
func BenchmarkStore(b *testing.B) { storagetest.Bench(b, driver()) }

// fleet is workload A of the performance notes: devices that report every ten
// seconds, half a second early or late, a value that wanders about 20.
type fleet struct {
	rng    *rand.Rand
	keys   []points.Key
	values []float64
	blocks []points.Block
	step   int64
}

// newFleet makes n devices on 20 sites.
func newFleet(n int) *fleet {
	f := &fleet{rng: rand.New(rand.NewPCG(1, 2)), values: make([]float64, n), blocks: make([]points.Block, n)}
	for i := range n {
		tags := points.Tags{{Name: "device", Value: fmt.Sprintf("d%04d", i)}, {Name: "site", Value: fmt.Sprintf("s%02d", i%20)}}
		f.keys = append(f.keys, points.Key{Metric: "temperature", Tags: tags, Type: points.TypeDouble})
		f.values[i] = 20
	}
	return f
}

// batch fills b with the next steps of all devices.
func (f *fleet) batch(b *storage.Batch, steps int) {
	b.Reset()
	for i := range f.keys {
		block := &f.blocks[i]
		block.Reset(points.Number)
		for j := range int64(steps) {
			f.values[i] += (20-f.values[i])*0.001 + f.rng.NormFloat64()*0.05
			at := 1_700_000_000_000 + (f.step+j)*10_000 + int64(f.rng.IntN(1000)) - 500
			block.AppendFloat(at, math.Round(f.values[i]*100)/100)
		}
		b.Put(f.keys[i], *block, 0)
	}
	f.step += int64(steps)
}

// loadFleet writes a fleet's points and settles them.
func loadFleet(b *testing.B, n int) *Store {
	s := mustOpen(b, Config{Dir: b.TempDir()})
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	f := newFleet(1000)
	var batch storage.Batch
	for done := 0; done < n; done += 5 {
		f.batch(&batch, 5)
		if err := s.Write(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// size is how many bytes the files of a folder hold.
func size(b *testing.B, dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		n += info.Size()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkFleetWrite writes five steps of a thousand devices at a time, and at
// the end waits until all of it is settled.
func BenchmarkFleetWrite(b *testing.B) {
	for _, writers := range []int{1, 2} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := mustOpen(b, Config{Dir: b.TempDir()})
			defer s.Close()
			b.ReportAllocs()
			b.SetParallelism(1)
			if writers == 1 {
				f, batch := newFleet(1000), storage.Batch{}
				for b.Loop() {
					f.batch(&batch, 5)
					if err := s.Write(b.Context(), &batch); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				var site atomic.Int64
				b.RunParallel(func(pb *testing.PB) {
					f, batch := newFleet(1000), storage.Batch{}
					metric := fmt.Sprint("m", site.Add(1))
					for i := range f.keys {
						f.keys[i].Metric = metric
					}
					for pb.Next() {
						f.batch(&batch, 5)
						if err := s.Write(b.Context(), &batch); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for settled := false; !settled; settled = s.oldest.Load() == s.newest.Load() {
				if err := s.tend(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*5000/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// BenchmarkScan reads every point of a settled fleet.
func BenchmarkScan(b *testing.B) {
	s := loadFleet(b, *fleetPoints)
	b.ReportMetric(0, "ns/op")
	for _, o := range []points.Order{points.Asc, points.Desc} {
		b.Run("order="+o.String(), func(b *testing.B) {
			b.ReportAllocs()
			var block points.Block
			for b.Loop() {
				if n := readAll(b, s, storage.Selection{}, o, &block); n != 1000**fleetPoints {
					b.Fatalf("read %d points, want %d", n, 1000**fleetPoints)
				}
			}
			b.ReportMetric(float64(b.N)*1000*float64(*fleetPoints)/b.Elapsed().Seconds(), "points/s")
			b.ReportMetric(float64(size(b, s.dir))/1000/float64(*fleetPoints), "bytes/point")
		})
	}
}

// readAll reads all points of a selection and counts them.
func readAll(b *testing.B, r storage.Reader, sel storage.Selection, o points.Order, block *points.Block) (n int) {
	for sr, err := range r.Select(b.Context(), sel) {
		if err != nil {
			b.Fatal(err)
		}
		c := sr.Points(points.Always, o)
		for err = c.Next(b.Context(), block); err == nil; err = c.Next(b.Context(), block) {
			n += block.Len()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// BenchmarkOneSeries finds one device of a fleet and reads its points.
func BenchmarkOneSeries(b *testing.B) {
	s := loadFleet(b, *fleetPoints)
	sel := storage.Selection{
		Metrics:  []string{"temperature"},
		Matchers: []storage.Matcher{{Tag: "device", Values: []string{"d0500"}}},
	}
	b.ReportAllocs()
	var block points.Block
	for b.Loop() {
		readAll(b, s, sel, points.Asc, &block)
	}
	b.ReportMetric(float64(b.N)*float64(*fleetPoints)/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkSelect finds one of 100,000 series.
func BenchmarkSelect(b *testing.B) {
	s := mustOpen(b, Config{Dir: b.TempDir()})
	defer s.Close()
	f := newFleet(100_000)
	for i := range f.keys {
		f.keys[i].Tags[0].Value = fmt.Sprintf("d%06d", i)
	}
	var batch storage.Batch
	f.batch(&batch, 1)
	if err := s.Write(b.Context(), &batch); err != nil {
		b.Fatal(err)
	}
	if err := s.Compact(b.Context()); err != nil {
		b.Fatal(err)
	}
	for name, m := range map[string]storage.Matcher{
		"one":    {Tag: "device", Values: []string{"d050000"}},
		"prefix": {Tag: "device", Patterns: []*storage.Pattern{mustPattern(b, "d0500.*")}},
		"site":   {Tag: "site", Values: []string{"s07"}},
	} {
		b.Run("what="+name, func(b *testing.B) {
			b.ReportAllocs()
			sel := storage.Selection{Metrics: []string{"temperature"}, Matchers: []storage.Matcher{m}}
			n := 0
			for b.Loop() {
				for _, err := range s.Select(b.Context(), sel) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "series/s")
		})
	}
}

// mustPattern compiles a pattern.
func mustPattern(tb testing.TB, text string) *storage.Pattern {
	tb.Helper()
	p, err := storage.NewPattern(text)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
