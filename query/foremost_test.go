package query

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage/points"
)

// manyStored is very many series of a few points each, longs and doubles, some of
// which are equal to those of others.
func manyStored(rng *rand.Rand, n int) []stored {
	all := make([]stored, n)
	for i := range all {
		x := &all[i]
		x.key = points.Key{Metric: "m", Type: points.TypeLong, Tags: points.TagsOf(map[string]string{"dc": string(rune('x' + rng.IntN(2))), "id": fmt.Sprint(i)})}
		double := rng.IntN(2) == 0
		if double {
			x.key.Type = points.TypeDouble
		}
		at := rng.Int64N(40)
		for range rng.IntN(6) {
			if at += 1 + rng.Int64N(10); double {
				x.points.AppendFloat(at, float64(rng.IntN(3)))
			} else {
				x.points.AppendInt(at, rng.Int64N(3))
			}
		}
	}
	slices.SortFunc(all, func(a, b stored) int { return slices.CompareFunc(a.key.Tags, b.key.Tags, compareTags) })
	return slices.DeleteFunc(all, func(x stored) bool { return x.points.Len() == 0 })
}

// TestForemostEqualsNaive: what a limit leaves of very many series, read side by
// side, is the beginning of all their points in order.
func TestForemostEqualsNaive(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 21))
		series := manyStored(rng, 2*fewForemost+rng.IntN(3*fewForemost))
		m := Metric{Name: "m", Order: points.Order(rng.IntN(2) == 0), Limit: 1 + rng.Int64N(1<<rng.IntN(10))}
		if rng.IntN(2) == 0 {
			m.Groupers = []Grouper{TagGrouper{[]string{"dc"}}}
		}
		q := Query{Start: At(10), End: At(10 + rng.Int64N(60)), Metrics: []Metric{m}}
		got, sample, err := ask(t, New(Config{Workers: 5}), storeOf(t, series), q, Options{Release: aggregators.Develop})
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

// TestForemostHoldsLittle answers the latest point of more series than could be
// held side by side; what it holds does not grow with them. A limit ends all who
// read, and nothing stays open, which the store checks.
func TestForemostHoldsLittle(t *testing.T) {
	series := manyStored(rand.New(rand.NewPCG(1, 22)), 4*fewForemost)
	s := storeOf(t, series)
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Order: points.Desc, Limit: 1}}}
	memory := int64(len(series))*seriesCost + 4*rowCost
	if _, _, err := ask(t, New(Config{Workers: 2, Limits: Limits{MaxMemory: memory}}), s, q, Options{}); err != nil {
		t.Errorf("with %d bytes: %v", memory, err)
	}
	var refused *points.LimitError
	_, _, err := ask(t, New(Config{Workers: 3, Limits: Limits{MaxPoints: 300}}), s, q, Options{})
	if !errors.As(err, &refused) || refused.Limit != "query.max-points" {
		t.Errorf("got %v, want query.max-points", err)
	}
}
