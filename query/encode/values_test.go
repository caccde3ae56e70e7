package encode

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage/points"
)

// numbersOf is a block of numbers: int64, float64, or nil for a null, at
// 1,000 milliseconds from at on.
func numbersOf(at int64, values ...any) *points.Block {
	var b points.Block
	for i, v := range values {
		switch v := v.(type) {
		case int:
			b.AppendInt(at+int64(i)*1000, int64(v))
		case float64:
			b.AppendFloat(at+int64(i)*1000, v)
		case nil:
			b.AppendNull(at + int64(i)*1000)
		}
	}
	return &b
}

// TestAppendValues takes blocks of every kind.
func TestAppendValues(t *testing.T) {
	complexValue := binary.BigEndian.AppendUint64(nil, math.Float64bits(2.3))
	complexValue = binary.BigEndian.AppendUint64(complexValue, math.Float64bits(3.4))
	tests := map[string]struct {
		block *points.Block
		want  string
	}{
		"none":                {&points.Block{}, ""},
		"no texts":            {&points.Block{Kind: points.Text}, ""},
		"ints":                {numbersOf(1, 5, -7, math.MinInt64, math.MaxInt64), "[1,5],[1001,-7],[2001,-9223372036854775808],[3001,9223372036854775807]"},
		"doubles":             {numbersOf(1_700_000_000_000, 20.03, 10.0, 0.5), "[1700000000000,20.03],[1700000001000,10],[1700000002000,0.5]"},
		"doubles without end": {numbersOf(0, math.NaN(), math.Copysign(0, -1)), "[0,null],[1000,-0]"},
		"mixed":               {numbersOf(-1000, 1, 1.5, nil, 12345678.0), "[-1000,1],[0,1.5],[1000,null],[2000,1.2345678E7]"},
		"nulls":               {numbersOf(999_999_999_000, nil, nil), "[999999999000,null],[1000000000000,null]"},
		"far times":           {&points.Block{Times: []int64{math.MinInt64, math.MaxInt64}, Floats: []float64{1, 2}}, "[-9223372036854775808,1],[9223372036854775807,2]"},
		"back in time":        {&points.Block{Times: []int64{math.MaxInt64, math.MinInt64}, Floats: []float64{1, 2}}, "[9223372036854775807,1],[-9223372036854775808,2]"},
		"texts":               {&points.Block{Kind: points.Text, Times: []int64{-1, 2}, Texts: []string{`a"b`, ""}}, `[-1,"a\"b"],[2,""]`},
		"complex": {&points.Block{Kind: points.Opaque, Type: points.TypeComplex, Times: []int64{1}, Bytes: [][]byte{complexValue}},
			`[1,{"real":2.3,"imaginary":3.4}]`},
		"short complex": {&points.Block{Kind: points.Opaque, Type: points.TypeComplex, Times: []int64{1}, Bytes: [][]byte{{1}}}, `[1,"AQ=="]`},
		"other type":    {&points.Block{Kind: points.Opaque, Type: "image", Times: []int64{1, 2}, Bytes: [][]byte{{0xff, 0xfe}, nil}}, `[1,"//4="],[2,""]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(AppendValues([]byte("x"), test.block)); got != "x"+test.want {
				t.Errorf("AppendValues = %s, want %s", got[1:], test.want)
			}
		})
	}
}

// naive writes what AppendValues writes, a point at a time.
func naive(b *points.Block) string {
	var parts []string
	for i, at := range b.Times {
		v := string(AppendDouble(nil, b.Floats[i]))
		if b.Int(i) {
			v = strconv.FormatInt(b.Ints[i], 10)
		}
		if b.Null(i) {
			v = "null"
		}
		parts = append(parts, fmt.Sprintf("[%d,%s]", at, v))
	}
	return strings.Join(parts, ",")
}

// TestAppendValuesRandom compares blocks of random times and numbers with the
// plain way.
func TestAppendValuesRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	classes := doubleClasses(r)
	names := slices.Sorted(maps.Keys(classes))
	classes["all"] = func() float64 { return classes[names[r.IntN(len(names))]]() }
	for _, name := range slices.Sorted(maps.Keys(classes)) {
		next := classes[name]
		t.Run(name, func(t *testing.T) {
			for range 200 {
				var b points.Block
				at, step, odd := int64(r.Uint64())>>r.IntN(63), int64(1)<<r.IntN(30), r.IntN(3)
				for range 1 + r.IntN(300) {
					at += r.Int64N(step) + 1
					appendOdd(&b, r, at, odd, next)
				}
				if got, want := string(AppendValues(nil, &b)), naive(&b); got != want {
					t.Fatalf("AppendValues = %s\nwant %s", got, want)
				}
			}
		})
	}
}

// TestAppendValuesAllocates says that a buffer with room is all it takes.
func TestAppendValuesAllocates(t *testing.T) {
	for _, w := range workloads() {
		dst := make([]byte, 0, 128<<10)
		if got := testing.AllocsPerRun(20, func() { dst = AppendValues(dst[:0], w.block) }); got != 0 {
			t.Errorf("%s: %v allocations, want 0", w.name, got)
		}
	}
}

// workloads are blocks as the benchmarks write them.
func workloads() []struct {
	name  string
	block *points.Block
} {
	r := rand.New(rand.NewPCG(7, 7))
	var gauge, fine, counter, mantissa, means points.Block
	v, sum := 20.0, 0.0
	for i := range points.BlockSize {
		at := 1_700_000_000_000 + int64(i)*10_000 + r.Int64N(1001) - 500
		v += (20-v)*0.01 + r.NormFloat64()*0.05
		gauge.AppendFloat(at, math.Round(v*100)/100)
		fine.AppendFloat(at, math.Round(v*1e4)/1e4)
		counter.AppendInt(at, 1_000_000+int64(i)*1000+r.Int64N(100))
		mantissa.AppendFloat(at, v)
		for sum = 0; sum == 0 || r.IntN(10) != 0; {
			sum += math.Round((v+r.NormFloat64())*100) / 100
		}
		means.AppendFloat(at, sum/10)
	}
	return []struct {
		name  string
		block *points.Block
	}{{"gauge", &gauge}, {"four-places", &fine}, {"counter", &counter}, {"mantissa", &mantissa}, {"means", &means}}
}

// BenchmarkAppendValues writes blocks of pairs.
func BenchmarkAppendValues(b *testing.B) {
	for _, w := range workloads() {
		b.Run("series="+w.name, func(b *testing.B) {
			dst := make([]byte, 0, 128<<10)
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendValues(dst[:0], w.block)
			}
			b.SetBytes(int64(len(dst)))
			b.ReportMetric(float64(w.block.Len())*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}

// appendOdd appends a double of next; where odd is above 0 it is at times a long, and
// where odd is above 1 at times no value.
func appendOdd(b *points.Block, r *rand.Rand, at int64, odd int, next func() float64) {
	switch n := r.IntN(10); {
	case odd > 0 && n == 0:
		b.AppendInt(at, int64(r.Uint64())>>r.IntN(64))
	case odd > 1 && n == 1:
		b.AppendNull(at)
	default:
		b.AppendFloat(at, next())
	}
}
