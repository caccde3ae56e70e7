package query

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// far is a store whose series want to be told what is read of them.
type far struct {
	storage.Store
	mu    sync.Mutex
	told  int // series that were told
	asked int // series that were probed or read
	most  int // how many were told and not yet probed at most
	late  int // series that were probed and had not been told
	order points.Order
}

// Snapshot is the store itself.
func (f *far) Snapshot(context.Context) (storage.Snapshot, error) { return f, nil }

// Close leaves closing to who opened the store.
func (f *far) Close() error { return nil }

// Select hands out series that are far away.
func (f *far) Select(ctx context.Context, s storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		for series, err := range f.Store.Select(ctx, s) {
			if !yield(&farSeries{Series: series, store: f}, err) {
				return
			}
		}
	}
}

// farSeries is a series of far.
type farSeries struct {
	storage.Series
	store *far
	told  bool
	asked bool
}

// Ahead notes that the series was told.
func (s *farSeries) Ahead(_ context.Context, _ points.Range, o points.Order) {
	f := s.store
	f.mu.Lock()
	defer f.mu.Unlock()
	s.told, f.order = true, o
	f.told++
	f.most = max(f.most, f.told-f.asked)
}

// Any notes that the series was probed.
func (s *farSeries) Any(ctx context.Context, r points.Range) (bool, error) {
	s.ask()
	return s.Series.Any(ctx, r)
}

// Points notes that the series is read.
func (s *farSeries) Points(r points.Range, o points.Order) points.Cursor {
	s.ask()
	return s.Series.Points(r, o)
}

// ask notes the first question to the series.
func (s *farSeries) ask() {
	f := s.store
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.asked {
		return
	}
	s.asked = true
	f.asked++
	if !s.told {
		f.late++
	}
}

// TestSeriesAreToldBeforeTheirTurn reads far more series than are told at once,
// in one group and in one each.
func TestSeriesAreToldBeforeTheirTurn(t *testing.T) {
	const n = 5 * window
	var series []stored
	for i := range int64(n) {
		var x stored
		x.key = points.Key{Metric: "m", Tags: points.Tags{{Name: "h", Value: fmt.Sprint("h", i)}}, Type: points.TypeLong}
		x.points.AppendInt(i, i)
		series = append(series, x)
	}
	near := storeOf(t, series)
	for name, groupers := range map[string][]Grouper{"one group": nil, "a group each": {TagGrouper{Tags: []string{"h"}}}} {
		t.Run(name, func(t *testing.T) {
			f := &far{Store: near}
			q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Groupers: groupers, Order: points.Desc}}}
			if _, sample, err := ask(t, New(Config{Workers: 2}), f, q, Options{}); err != nil || sample != n {
				t.Fatalf("got %d points and %v, want %d", sample, err, n)
			}
			if f.told != n || f.late != 0 || f.order != points.Desc {
				t.Errorf("%d series were told to be read %s, %d too late; want %d, desc, 0", f.told, f.order, f.late, n)
			}
			if f.most > window+2 {
				t.Errorf("%d series were told and not yet probed at once, want at most %d", f.most, window)
			}
		})
	}
}
