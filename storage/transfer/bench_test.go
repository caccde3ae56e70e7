package transfer

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/storage"
)

// discard is a store's writer that keeps nothing.
type discard struct{ storage.Writer }

// Write does nothing.
func (discard) Write(context.Context, *storage.Batch) error { return nil }

// exportOf is an export of some series with so many points each: decimals of
// two places, and longs.
func exportOf(series, points int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := range series {
		fmt.Fprintf(&b, `{"name":"sensor.temperature","tags":{"device":"d%04d","site":"s%02d"},"datapoints":[`, i, i%20)
		for j := range points {
			if j > 0 {
				b.WriteByte(',')
			}
			if i%4 == 0 {
				fmt.Fprintf(&b, `[%d,%d,"long"]`, 1700000000000+j*10_000, r.IntN(1000))
			} else {
				fmt.Fprintf(&b, `[%d,%.2f,"double"]`, 1700000000000+j*10_000, 20+5*r.Float64())
			}
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// BenchmarkImport reads exports into nothing.
func BenchmarkImport(b *testing.B) {
	for _, shape := range []struct{ series, points int }{{100, 2000}, {100_000, 2}} {
		b.Run(fmt.Sprintf("series=%d", shape.series), func(b *testing.B) {
			text := exportOf(shape.series, shape.points)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				i := Import{From: pipe(b, text), To: discard{}, Choice: always}
				if _, err := i.Run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*shape.series*shape.points)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// BenchmarkExport writes exports into nothing.
func BenchmarkExport(b *testing.B) {
	const series, points = 100, 2000
	store, _ := imported(b, Import{From: pipe(b, exportOf(series, points)), Choice: always})
	for _, format := range []Format{JSON, CSV} {
		b.Run("format="+string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out bytes.Buffer
				e := Export{From: Stored(store), To: NewOutput(&out, false), Format: format, Choice: always}
				if _, err := e.Run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*series*points)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// FuzzImport never panics, and what it takes in is exported so that it can be
// taken in again.
func FuzzImport(f *testing.F) {
	for _, text := range []string{everyType, `[{"datapoints":[[1,5],["2","x","string"]],"tags":{"a":1},"name":"m","ttl":5,"type":"double"}]`,
		`{"name":"m","tags":{},"timestamp":1,"value":-0}`, `{"name":"m","datapoints":[[1,1.7976931348623157e308],[2,"\ud83d\ude00\ud83d"]]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := NewInput(strings.NewReader(text))
		if err != nil {
			return
		}
		store := newStore(t)
		i := Import{From: in, To: store, Choice: always}
		if _, err := i.Run(t.Context()); err != nil {
			return
		}
		first := exported(t, Export{From: Stored(store), Choice: always})
		again, report := imported(t, Import{From: pipe(t, first), Choice: always})
		if second := exported(t, Export{From: Stored(again), Choice: always}); !slices.Equal(sortedLines(second), sortedLines(first)) || report.Refused != 0 {
			t.Errorf("got %s\n%+v\nwant %s", second, report, first)
		}
	})
}

// FuzzTable never panics.
func FuzzTable(f *testing.F) {
	f.Add("metric,time,value,type,tag.a\nm,1,5,long,x\n")
	f.Add("value.m,time,tag.b,ttl\n\"5\n\",1,x,60\n")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := NewInput(strings.NewReader(text))
		if err != nil {
			return
		}
		i := Import{From: in, To: newStore(t), Format: CSV, Choice: always}
		_, _ = i.Run(t.Context()) // what is no table is an error
	})
}
