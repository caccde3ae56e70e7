package storage_test

import (
	"context"
	"errors"
	"testing"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// ledSeries is a series that answers for many as the test wants.
type ledSeries struct {
	faultySeries
	answer func(b *points.Block) (ends []int, err error)
}

// Leading gives the answer.
func (s ledSeries) Leading(_ context.Context, _ []storage.Series, _ points.Range, _ points.Order, _ int, b *points.Block, ends []int) ([]int, error) {
	b.Reset(points.Number)
	more, err := s.answer(b)
	return append(ends, more...), err
}

// led answers with longs at these times, of series that end there.
func led(ends []int, times ...int64) func(b *points.Block) ([]int, error) {
	return func(b *points.Block) ([]int, error) {
		for _, at := range times {
			b.AppendInt(at, 7)
		}
		return ends, nil
	}
}

// lead asks two series of a store for at most two points each, from 0 to 100.
func lead(t *testing.T, s storage.Store) (ends []int, ok bool, err error) {
	t.Helper()
	var all []storage.Series
	for x, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	var b points.Block
	return storage.Lead(t.Context(), all, points.Range{From: 0, To: 100}, points.Asc, 2, &b, []int{7}[:0])
}

// twoLed is a store of two series that read together.
func twoLed(answer func(b *points.Block) ([]int, error)) storage.Store {
	one := ledSeries{faultySeries{key: points.Key{Metric: "m", Type: points.TypeLong}}, answer}
	two := one
	two.key.Tags = points.Tags{{Name: "a", Value: "1"}}
	return &faulty{series: []storage.Series{one, two}}
}

// TestCheckedLeading: what a driver must not answer of many series.
func TestCheckedLeading(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(b *points.Block) ([]int, error)
		want   string
	}{
		{"two of each", led([]int{2, 4}, 1, 2, 1, 2), ""},
		{"none of the first", led([]int{0, 1}, 5), ""},
		{"an error", func(*points.Block) ([]int, error) { return nil, errFaulty }, ""},
		{"an end too few", led([]int{1}, 1), "storage contract: Leading of 2 series: 1 ends"},
		{"too many of one", led([]int{3, 3}, 1, 2, 3), "storage contract: cursor over m{} kairos_long in {0 100} asc: points 0 to 3 of 3, at most 2"},
		{"backwards", led([]int{2, 1}, 1, 2), "storage contract: cursor over m{a=1} kairos_long in {0 100} asc: points 2 to 1 of 2, at most 2"},
		{"out of order", led([]int{2, 2}, 2, 1), "storage contract: cursor over m{} kairos_long in {0 100} asc: time 1 after 2"},
		{"outside", led([]int{0, 1}, 101), "storage contract: cursor over m{a=1} kairos_long in {0 100} asc: time 101 lies outside"},
		{"points of nobody", led([]int{0, 1}, 1, 2), "storage contract: Leading: 1 points behind the last of 2 series"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := breach(func() {
				if _, ok, err := lead(t, storage.Checked(twoLed(tt.answer))); !ok || err != nil && !errors.Is(err, errFaulty) {
					t.Errorf("got %t, %v", ok, err)
				}
			})
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestMeasuredLeading: the reading of many series is told as that of a block, and
// is not told where the driver reads series one by one.
func TestMeasuredLeading(t *testing.T) {
	m := &meter{}
	if ends, ok, err := lead(t, storage.Measured(storage.Checked(twoLed(led([]int{1, 3}, 1, 1, 2))), m)); len(ends) != 2 || !ok || err != nil {
		t.Errorf("got %v, %t, %v, want two ends", ends, ok, err)
	}
	if got, want := m.String(), "next=1 next points=3 select=1"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	m = &meter{}
	s := storage.Measured(memory.New(memory.Config{}), m)
	if err := s.Write(t.Context(), batchOf("m{a=1}")); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := lead(t, s); ok || err != nil {
		t.Errorf("got %t, %v, want false", ok, err)
	}
	if got, want := m.String(), "select=1 write=1 write points=1"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}
