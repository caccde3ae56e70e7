package query

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// keySorted is the order of series' keys, told as plainly as can be.
func keySorted(a, b storage.Series) int {
	x, y := a.Key(), b.Key()
	return cmp.Or(slices.CompareFunc(x.Tags, y.Tags, func(a, b points.Tag) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	}), strings.Compare(x.Type, y.Type))
}

// randomTags are up to three tags whose texts are short and alike, some with bytes
// that sort before all others, and some with long beginnings in common.
func randomTags(random *rand.Rand) (tags points.Tags) {
	text := func(most int) string {
		b := []byte(strings.Repeat("a", 9*random.IntN(2)))
		for range random.IntN(most) {
			b = append(b, "\x00\x01ab\xff"[random.IntN(5)])
		}
		return string(b)
	}
	names := map[string]bool{}
	for range random.IntN(4) {
		names[text(2)] = true
	}
	for name := range names {
		tags = append(tags, points.Tag{Name: name, Value: text(5)})
	}
	slices.SortFunc(tags, func(a, b points.Tag) int { return strings.Compare(a.Name, b.Name) })
	return tags
}

// TestSortSeries compares with a plain sort.
func TestSortSeries(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 28))
	for range 2000 {
		var series []storage.Series
		for range random.IntN(200) {
			k := points.Key{Metric: "m", Tags: randomTags(random), Type: points.TypeLong}
			if random.IntN(3) == 0 {
				k.Type = points.TypeDouble
			}
			series = append(series, seriesOf(k))
		}
		want := slices.SortedFunc(slices.Values(series), keySorted)
		sortSeries(series)
		for i := range series {
			if keySorted(series[i], want[i]) != 0 {
				t.Fatalf("series %d of %d is %q, want %q", i, len(series), series[i].Key(), want[i].Key())
			}
		}
	}
}

// lookedAt is a series that counts how often it is asked for its key.
type lookedAt struct {
	storage.Series
	looks *int
}

// Key is the series'.
func (l lookedAt) Key() points.Key {
	*l.looks++
	return l.Series.Key()
}

// TestSortSeriesOfChain: series each of which has the beginning of the next one's tag are
// looked at no more often than a plain sort does and some.
func TestSortSeriesOfChain(t *testing.T) {
	const n = 400
	var series []storage.Series
	looks := 0
	for i := range n {
		k := points.Key{Metric: "m", Type: points.TypeLong, Tags: points.Tags{{Name: "a", Value: strings.Repeat("a", 8*(n-i))}}}
		series = append(series, lookedAt{seriesOf(k), &looks})
	}
	sortSeries(series)
	if most := 100 * n; looks > most {
		t.Errorf("keys were looked at %d times, want %d at most", looks, most)
	}
	if !slices.IsSortedFunc(series, keySorted) {
		t.Error("they are not in order")
	}
}

// BenchmarkSortSeries sorts series that came in the order of their keys, in that of
// two writers at once, and in any.
func BenchmarkSortSeries(b *testing.B) {
	const n = 200_000
	any := rand.New(rand.NewPCG(1, 1)).Perm(n)
	for _, bb := range []struct {
		name string
		of   func(i int) int // the device of series i
	}{
		{"sorted", func(i int) int { return i }},
		{"two-writers", func(i int) int { return i%2*5000 + i/10_000*10_000 + i%10_000/2 }},
		{"any", func(i int) int { return any[i] }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			series := make([]storage.Series, n)
			for i := range series {
				at := bb.of(i)
				series[i] = seriesOf(points.Key{Metric: "m", Type: points.TypeDouble, Tags: points.Tags{
					{Name: "device", Value: fmt.Sprintf("d%06d", at)}, {Name: "site", Value: fmt.Sprintf("s%02d", at%100)},
				}})
			}
			list := make([]storage.Series, n)
			for b.Loop() {
				copy(list, series)
				sortSeries(list)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/series")
		})
	}
}
