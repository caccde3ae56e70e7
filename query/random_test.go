package query

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// randomStored is a handful of series of one metric. No two points of different
// series are equal in time and value, so that the merge has one right answer.
func randomStored(rng *rand.Rand) []stored {
	var all []stored
	for i := range 1 + rng.IntN(12) {
		tags := map[string]string{"host": fmt.Sprint(rng.IntN(4)), "id": fmt.Sprint(i)}
		if rng.IntN(3) > 0 {
			tags["dc"] = string(rune('x' + rng.IntN(3)))
		}
		x := stored{key: points.Key{Metric: "m", Tags: points.TagsOf(tags), Type: points.TypeLong}}
		text := rng.IntN(5) == 0
		if text {
			x.key.Type, x.points.Kind = points.TypeText, points.Text
		}
		at := rng.Int64N(50)
		for range rng.IntN(300) {
			at += 1 + rng.Int64N(1<<rng.IntN(6))
			switch {
			case text:
				x.points.AppendText(at*16+int64(i), fmt.Sprint(i, at))
			default:
				x.points.AppendInt(at, rng.Int64N(100)*16+int64(i)-800)
			}
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b stored) int {
		return slices.CompareFunc(a.key.Tags, b.key.Tags, compareTags)
	})
	return all
}

// randomQuery is a query over randomStored.
func randomQuery(rng *rand.Rand) Query {
	m := Metric{Name: "m", Order: points.Order(rng.IntN(3) == 0)}
	if rng.IntN(3) == 0 {
		m.Limit = 1 + rng.Int64N(40)
	}
	if rng.IntN(3) == 0 {
		m.Matchers = []storage.Matcher{{Tag: "host", Values: []string{"1", "2", "nowhere"}}}
	}
	start := rng.Int64N(2000) - 500
	for _, g := range []Grouper{
		TagGrouper{[]string{"dc", "host"}[:1+rng.IntN(2)]},
		ValueGrouper{1 + rng.Int32N(300)},
		TimeGrouper{points.Span{Value: 1 + rng.Int64N(500), Unit: points.Milliseconds}, 1 + rng.Int32N(4), &start},
		BinGrouper{[]float64{-100, 0, 300}},
	} {
		if rng.IntN(3) == 0 {
			m.Groupers = append(m.Groupers, g)
		}
	}
	rng.Shuffle(len(m.Groupers), func(i, j int) { m.Groupers[i], m.Groupers[j] = m.Groupers[j], m.Groupers[i] })
	from := rng.Int64N(3000) - 100
	return Query{Start: At(from), End: At(from + rng.Int64N(8000)), Metrics: []Metric{m}}
}

// TestRandomQueriesEqualNaive holds the engine to naive over random series.
func TestRandomQueriesEqualNaive(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 7))
		series, q := randomStored(rng), randomQuery(rng)
		e := New(Config{Workers: 1 + rng.IntN(3)})
		got, sample, err := ask(t, e, storeOf(t, series), q, Options{Release: aggregators.Develop})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, wantSample := naive(series, q)
		if !slices.Equal(got, want) || sample != wantSample {
			t.Fatalf("seed %d: sample size %d, want %d\n got %s\nwant %s", seed, sample, wantSample,
				strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}
