package query

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// askAbreast is ask by Abreast, with the results' points read a block of each in
// turn.
func askAbreast(t *testing.T, e *Engine, s storage.Store, q Query, most int64) (lines []string, err error) {
	t.Helper()
	plan, err := Build(q, now, Options{Release: aggregators.Develop})
	if err != nil {
		t.Fatal(err)
	}
	limit := points.LimitError{Limit: "results", Max: most, What: "results"}
	err = e.Abreast(t.Context(), s, plan, limit, nil, func(ctx context.Context, all [][]*Result) error {
		for _, list := range all {
			read := make([]points.Block, len(list))
			for ended := 0; ended < len(list); {
				ended = 0
				for i, r := range list {
					var b points.Block
					switch err := r.Points.Next(ctx, &b); {
					case err == io.EOF:
						ended++
					case err != nil:
						return err
					default:
						read[i].Kind = b.Kind
						read[i].AppendBlock(&b)
					}
				}
			}
			for i, r := range list {
				lines = append(lines, line(r.Type, r.GroupBy, r.Tags, show(&read[i])))
			}
		}
		return nil
	})
	return lines, err
}

// TestAbreastEqualsRun: results side by side are those that come one after the
// other.
func TestAbreastEqualsRun(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 51))
		series, q := randomStored(rng), randomQuery(rng)
		if rng.IntN(2) == 0 {
			q.Metrics = append(q.Metrics, Metric{Name: "none"}, Metric{Name: "m"})
		}
		e, s := New(Config{Workers: 1 + rng.IntN(3)}), storeOf(t, series)
		want, _, err := ask(t, e, s, q, Options{Release: aggregators.Develop})
		if err != nil {
			t.Fatal(err)
		}
		got, err := askAbreast(t, e, s, q, 1000)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v and\n%v\nwant\n%v", seed, err, got, want)
		}
	}
}

// TestAbreastLimits: too many results end the query, and what is held for groups
// that are split counts as its memory.
func TestAbreastLimits(t *testing.T) {
	series := randomStored(rand.New(rand.NewPCG(3, 52)))
	s := storeOf(t, series)
	by := Query{Start: At(0), End: At(1 << 40), Metrics: []Metric{{Name: "m", Groupers: []Grouper{TagGrouper{[]string{"id"}}}}}}
	whole, err := askAbreast(t, New(Config{}), s, by, 1000)
	if err != nil || len(whole) < 2 {
		t.Fatalf("got %d results and %v, want several", len(whole), err)
	}
	if _, err := askAbreast(t, New(Config{}), s, by, int64(len(whole))-1); !errors.Is(err, points.ErrLimit) {
		t.Errorf("got %v for too many results, want a limit", err)
	}
	long := stored{key: points.Key{Metric: "m", Type: points.TypeLong}}
	for at := range int64(10_000) {
		long.points.AppendInt(at, at%7)
	}
	by.Metrics[0].Groupers = []Grouper{ValueGrouper{1000}}
	if _, err := askAbreast(t, New(Config{Limits: Limits{MaxMemory: 150_000}}), storeOf(t, []stored{long}), by, 1000); !errors.Is(err, points.ErrLimit) {
		t.Errorf("got %v for too much memory, want a limit", err)
	}
}
