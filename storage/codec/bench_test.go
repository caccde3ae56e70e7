package codec

import (
	"fmt"
	"testing"

	"aion/storage/points"
)

// report adds points per second to a benchmark of runs of n points.
func report(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

// benchKey is a series as people have them.
func benchKey(typ string) points.Key {
	return points.Key{Metric: "cpu.load.average", Type: typ, Tags: tagsOf("customer", "acme", "data_center", "DC1", "host", "server1234")}
}

// BenchmarkAppendRowKey writes the row key of a series.
func BenchmarkAppendRowKey(b *testing.B) {
	k := benchKey(points.TypeDouble)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendRowKey(dst[:0], &k, 1698278400000)
	}
}

// benchBlock is a full block of a type.
func benchBlock(typ string) *points.Block {
	b := &points.Block{Kind: points.KindOf(typ)}
	for i := range int64(points.BlockSize) {
		switch typ {
		case points.TypeLong:
			b.AppendInt(i, i*i*i)
		case points.TypeDouble:
			b.AppendFloat(i, float64(i)/7)
		case points.TypeText:
			b.AppendText(i, fmt.Sprint("state ", i))
		}
	}
	return b
}

// BenchmarkAppendPoint reads a block's columns and values.
func BenchmarkAppendPoint(b *testing.B) {
	for _, typ := range []string{points.TypeLong, points.TypeDouble, points.TypeText} {
		b.Run("type="+typ, func(b *testing.B) {
			k, l, in := benchKey(typ), Default(), benchBlock(typ)
			columns, values := make([][4]byte, in.Len()), make([][]byte, in.Len())
			for i := range values {
				l.PutColumn(&columns[i], in.Times[i], 0)
				values[i], _ = AppendValue(nil, &k, in, i)
			}
			out := points.Block{}
			b.ReportAllocs()
			for b.Loop() {
				out.Reset(in.Kind)
				for i := range values {
					if err := AppendPoint(&out, l.Time(0, columns[i][:]), typ, values[i]); err != nil {
						b.Fatal(err)
					}
				}
			}
			report(b, in.Len())
		})
	}
}

// BenchmarkAppendValue writes a block's columns and values.
func BenchmarkAppendValue(b *testing.B) {
	for _, typ := range []string{points.TypeLong, points.TypeDouble, points.TypeText} {
		b.Run("type="+typ, func(b *testing.B) {
			k, l, in := benchKey(typ), Default(), benchBlock(typ)
			var column [4]byte
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst = dst[:0]
				for i, at := range in.Times {
					l.PutColumn(&column, at, 0)
					var err error
					if dst, err = AppendValue(dst, &k, in, i); err != nil {
						b.Fatal(err)
					}
				}
			}
			report(b, in.Len())
		})
	}
}

// BenchmarkCompareTags compares two maps that differ in their last value.
func BenchmarkCompareTags(b *testing.B) {
	k := benchKey(points.TypeDouble)
	one := AppendTags(nil, k.Tags)
	k.Tags[2].Value = "server1235"
	two := AppendTags(nil, k.Tags)
	b.ReportAllocs()
	for b.Loop() {
		if CompareTags(one, two) >= 0 {
			b.Fatal("the maps are out of order")
		}
	}
}

// BenchmarkParseTags reads a stored map.
func BenchmarkParseTags(b *testing.B) {
	k := benchKey(points.TypeDouble)
	stored := AppendTags(nil, k.Tags)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseTags(stored); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTagHash hashes the tags of a series.
func BenchmarkTagHash(b *testing.B) {
	k := benchKey(points.TypeDouble)
	b.ReportAllocs()
	for b.Loop() {
		TagHash(k.Tags)
	}
}
