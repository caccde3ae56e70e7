package encode

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"aion/storage/points"
)

// signed adds a year as a test of Rows wants it.
func signed(dst []byte, year int) []byte { return append(strconv.AppendInt(dst, int64(year), 10), '!') }

// naiveRows writes what r writes, by package time's layouts and a point at a time.
func naiveRows(r *Rows, b *points.Block) string {
	layout := "-01-02T15:04:05.000Z"
	if r.Short {
		layout = "-01-02T15:04:05.999Z"
	}
	var rows []string
	for i, at := range b.Times {
		v := string(AppendDouble(nil, b.Floats[i]))
		if b.Int(i) {
			v = strconv.FormatInt(b.Ints[i], 10)
		}
		if b.Null(i) {
			v = "null"
		}
		t := time.UnixMilli(at).UTC()
		year := fmt.Sprintf("%04d", t.Year())
		if t.Year() < 0 || t.Year() > 9999 {
			year = string(signed(nil, t.Year()))
		}
		rows = append(rows, r.Before+year+t.Format(layout)+r.Between+v+r.Behind)
	}
	return strings.Join(rows, ",")
}

// layouts are Rows of every sort, none of which has written anything.
func layouts() []Rows {
	return []Rows{
		{Year: signed},
		{Before: `{"t":"`, Between: `","v":`, Behind: "}", Short: true, Year: signed},
		{Before: `{"time":"`, Between: `","value":`, Behind: "}", Year: signed},
		{Before: "0123456789abcdef", Between: "0123456789abcde", Behind: "0123456", Short: true, Year: signed},
	}
}

// TestRows takes times and numbers of every sort.
func TestRows(t *testing.T) {
	far := &points.Block{Times: []int64{math.MinInt64 / 2, math.MaxInt64, 253_402_300_800_000, -62_167_219_200_001}, Floats: []float64{1, 2, 3, 4}}
	for name, test := range map[string]struct {
		rows  Rows
		block *points.Block
		want  string
	}{
		"none":  {Rows{}, &points.Block{}, ""},
		"plain": {Rows{Between: ","}, numbersOf(0, 1), "1970-01-01T00:00:00.000Z,1"},
		"short": {Rows{Before: "<", Between: " ", Behind: ">", Short: true}, &points.Block{Times: []int64{-1, 0, 100, 120, 86_399_123}, Floats: []float64{0.5, -20.03, 1e7, math.NaN(), 5}},
			"<1969-12-31T23:59:59.999Z 0.5>,<1970-01-01T00:00:00Z -20.03>,<1970-01-01T00:00:00.1Z 1.0E7>,<1970-01-01T00:00:00.12Z null>,<1970-01-01T23:59:59.123Z 5>"},
		"mixed": {Rows{Between: " "}, numbersOf(1_700_000_000_007, 5, 1.5, nil, math.MinInt64),
			"2023-11-14T22:13:20.007Z 5,2023-11-14T22:13:21.007Z 1.5,2023-11-14T22:13:22.007Z null,2023-11-14T22:13:23.007Z -9223372036854775808"},
		"far": {Rows{Between: " "}, far,
			"-146136543-09-08T08:23:32.096Z 1,+292278994-08-17T07:12:55.807Z 2,+10000-01-01T00:00:00.000Z 3,-0001-12-31T23:59:59.999Z 4"},
		"own years": {Rows{Between: " ", Short: true, Year: signed}, far,
			"-146136543!-09-08T08:23:32.096Z 1,292278994!-08-17T07:12:55.807Z 2,10000!-01-01T00:00:00Z 3,-1!-12-31T23:59:59.999Z 4"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(test.rows.AppendNumbers([]byte("x"), test.block)); got != "x"+test.want {
				t.Errorf("got %s, want %s", got[1:], test.want)
			}
		})
	}
}

// TestRowsRandom compares blocks of random times and numbers, of which each is
// written behind those before it, with the plain way.
func TestRowsRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 17))
	for name, next := range doubleClasses(r) {
		t.Run(name, func(t *testing.T) {
			for _, rows := range layouts() {
				for range 30 {
					var b points.Block
					at, step, odd := int64(r.Uint64())>>(r.IntN(40)+10), int64(1)<<r.IntN(37), r.IntN(3)
					for range 1 + r.IntN(200) {
						if at += r.Int64N(step) + 1; r.IntN(3) == 0 {
							at -= at % 100
						}
						appendOdd(&b, r, at, odd, next)
					}
					if got, want := string(rows.AppendNumbers(nil, &b)), naiveRows(&rows, &b); got != want {
						t.Fatalf("got %s\nwant %s", got, want)
					}
				}
			}
		})
	}
}

// TestRowsAllocate says that a buffer with room is all it takes.
func TestRowsAllocate(t *testing.T) {
	for _, w := range workloads() {
		rows := layouts()[1]
		dst := make([]byte, 0, 256<<10)
		if got := testing.AllocsPerRun(20, func() { dst = rows.AppendNumbers(dst[:0], w.block) }); got != 0 {
			t.Errorf("%s: %v allocations, want 0", w.name, got)
		}
	}
}

// FuzzRows: two numbers at any times are written as the plain way writes them, and
// AppendTime writes as much of the second.
func FuzzRows(f *testing.F) {
	f.Add(int64(0), int64(1), 20.03, int64(5))
	f.Add(int64(1_698_541_199_999), int64(1_698_541_200_000), 1e7, int64(-1))
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), math.NaN(), int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, before, at int64, double float64, long int64) {
		before, at = before/2, at/2 // as far apart as an int64 tells
		for _, rows := range layouts() {
			var b points.Block
			b.AppendFloat(before, double)
			b.AppendFloat(at, double)
			b.AppendInt(at, long)
			want := naiveRows(&rows, &b)
			if got := string(rows.AppendNumbers(nil, &b)); got != want {
				t.Fatalf("%d, %d: got %s, want %s", before, at, got, want)
			}
			last := b.Slice(2, 3)
			head, _ := strings.CutSuffix(naiveRows(&rows, &last), strconv.FormatInt(long, 10)+rows.Behind)
			if got := string(rows.AppendTime([]byte(want), at)); got != want+head {
				t.Fatalf("%d: got %s, want %s", at, got[len(want):], head)
			}
		}
	})
}

// BenchmarkRows writes blocks of rows as a device protocol's answers have them.
func BenchmarkRows(b *testing.B) {
	for _, w := range workloads() {
		b.Run("series="+w.name, func(b *testing.B) {
			rows := Rows{Before: `{"t":"`, Between: `","v":`, Behind: "}", Short: true}
			dst := make([]byte, 0, 256<<10)
			b.ReportAllocs()
			for b.Loop() {
				dst = rows.AppendNumbers(dst[:0], w.block)
			}
			b.SetBytes(int64(len(dst)))
			b.ReportMetric(float64(w.block.Len())*float64(b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
