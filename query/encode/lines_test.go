package encode

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aion/storage/points"
)

// naiveLines writes what lines write, a point at a time.
func naiveLines(before, middle, end, null string, zone *time.Location, b *points.Block) string {
	var text strings.Builder
	for i, at := range b.Times {
		v := string(AppendDouble(nil, b.Floats[i]))
		if b.Int(i) {
			v = strconv.FormatInt(b.Ints[i], 10)
		}
		if b.Null(i) || !b.Int(i) && (math.IsNaN(b.Floats[i]) || math.IsInf(b.Floats[i], 0)) {
			v = null
		}
		stamp := strconv.FormatInt(at, 10)
		if zone != nil {
			stamp = time.UnixMilli(at).In(zone).Format("2006-01-02T15:04:05.000Z07:00")
		}
		text.WriteString(before + stamp + middle + v + end)
	}
	return text.String()
}

// TestLinesRandom compares lines of random times and numbers, of one class of doubles
// and of all, with the plain way.
func TestLinesRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 16))
	classes := doubleClasses(r)
	names := slices.Sorted(maps.Keys(classes))
	wrong := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	classes["all"] = func() float64 { return classes[names[r.IntN(len(names))]]() }
	classes["some no numbers"] = func() float64 {
		if r.IntN(20) == 0 {
			return wrong[r.IntN(len(wrong))]
		}
		return r.NormFloat64()
	}
	for _, name := range slices.Sorted(maps.Keys(classes)) {
		next := classes[name]
		t.Run(name, func(t *testing.T) {
			for range 100 {
				var b points.Block
				at, step, odd := r.Int64N(4e12), int64(1)<<r.IntN(30), r.IntN(3)
				for range 1 + r.IntN(300) {
					at += r.Int64N(step) + 1
					appendOdd(&b, r, at, odd, next)
				}
				compareLines(t, &b)
			}
		})
	}
}

// compareLines writes a block as the lines of a CSV file and of NDJSON, with times of
// both sorts.
func compareLines(t *testing.T, b *points.Block) {
	t.Helper()
	for _, zone := range []*time.Location{nil, berlin(t)} {
		for _, layout := range []struct{ before, middle, end, null string }{
			{"", ",power,", "\r\n", ""},
			{`{"time":"`, `","value":`, "}\n", "null"},
		} {
			l := newLines(&Table{Zone: zone}, layout.before)
			l.middle, l.end, l.null = []byte(layout.middle), [2]byte([]byte(layout.end)), layout.null
			for from := 0; from < b.Len(); from += stride {
				l.append(b, from, min(from+stride, b.Len()))
			}
			want := naiveLines(layout.before, layout.middle, layout.end, layout.null, zone, b)
			if got := string(l.text); got != want {
				t.Fatalf("got %s\nwant %s", got, want)
			}
		}
	}
}
