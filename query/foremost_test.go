package query

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage"
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

// ledStore is a store of whose series all but each step-th are read together.
type ledStore struct {
	storage.Store
	step int
}

// Snapshot is one of the store's.
func (s ledStore) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	snap, err := s.Store.Snapshot(ctx)
	return ledSnapshot{snap, s.step}, err
}

// ledSnapshot is a snapshot of a ledStore.
type ledSnapshot struct {
	storage.Snapshot
	step int
}

// Select yields the series.
func (s ledSnapshot) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		i := 0
		for x, err := range s.Snapshot.Select(ctx, sel) {
			if i++; i%s.step != 0 {
				x = ledSeries{x}
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

// ledSeries is a series that reads many by their cursors.
type ledSeries struct{ storage.Series }

// Leading reads one series after the other.
func (ledSeries) Leading(ctx context.Context, all []storage.Series, r points.Range, o points.Order, n int, b *points.Block, ends []int) ([]int, error) {
	b.Reset(points.Number)
	for _, s := range all {
		c := s.Points(r, o)
		one, err := collect(ctx, c)
		if err := errors.Join(err, c.Close()); err != nil {
			return ends, err
		}
		view := one.Slice(0, min(n, one.Len()))
		b.AppendBlock(&view)
		ends = append(ends, b.Len())
	}
	return ends, nil
}

// TestForemostEqualsNaive: what a limit leaves of very many series, read side by
// side, one by one or many together, is the beginning of all their points in order.
func TestForemostEqualsNaive(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 21))
		series := manyStored(rng, 2*fewForemost+rng.IntN(3*fewForemost))
		m := Metric{Name: "m", Order: points.Order(rng.IntN(2) == 0), Limit: 1 + rng.Int64N(1<<rng.IntN(10))}
		if rng.IntN(2) == 0 {
			m.Groupers = []Grouper{TagGrouper{[]string{"dc"}}}
		}
		q := Query{Start: At(10), End: At(10 + rng.Int64N(60)), Metrics: []Metric{m}}
		s := ledStore{storeOf(t, series), []int{1, 97, 1 << 30}[seed%3]} // none, most, all are read together
		got, sample, err := ask(t, New(Config{Workers: 5}), s, q, Options{Release: aggregators.Develop})
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
// held side by side; what it holds does not grow with them.
func TestForemostHoldsLittle(t *testing.T) {
	series := manyStored(rand.New(rand.NewPCG(1, 22)), 4*fewForemost)
	s := storeOf(t, series)
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Order: points.Desc, Limit: 1}}}
	memory := int64(len(series))*seriesCost + 4*rowCost
	if _, _, err := ask(t, New(Config{Workers: 2, Limits: Limits{MaxMemory: memory}}), s, q, Options{}); err != nil {
		t.Errorf("with %d bytes: %v", memory, err)
	}
	s = ledStore{s, 1 << 30}
	if _, _, err := ask(t, New(Config{Workers: 2, Limits: Limits{MaxMemory: memory + 3*ledCost}}), s, q, Options{}); err != nil {
		t.Errorf("together, with %d bytes: %v", memory+3*ledCost, err)
	}
}

// TestForemostRefused: where a limit ends those who read, it is named, and nothing
// stays open, which the store checks.
func TestForemostRefused(t *testing.T) {
	series := manyStored(rand.New(rand.NewPCG(1, 22)), 4*fewForemost)
	s := storeOf(t, series)
	for _, tt := range []struct {
		name   string
		store  storage.Store
		limits Limits
		want   string
	}{
		{"points, one by one", s, Limits{MaxPoints: 300}, "query.max-points"},
		{"points, together", ledStore{s, 1 << 30}, Limits{MaxPoints: 300}, "query.max-points"},
		{"memory, together", ledStore{s, 1 << 30}, Limits{MaxMemory: int64(len(series))*seriesCost + ledCost}, "query.max-memory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Order: points.Desc, Limit: 1}}}
			_, _, err := ask(t, New(Config{Workers: 3, Limits: tt.limits}), tt.store, q, Options{})
			var refused *points.LimitError
			if !errors.As(err, &refused) || refused.Limit != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
