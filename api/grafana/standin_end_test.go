package grafana

import (
	"context"
	"errors"
	"iter"
	"testing"

	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/points"
)

// unclosed is a store whose cursors fail when they are closed, as those of a store
// do that have met damage.
type unclosed struct{ storage.Store }

// Snapshot is one of the store's.
func (s unclosed) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	snap, err := s.Store.Snapshot(ctx)
	return unclosedSnapshot{snap}, err
}

// unclosedSnapshot is a snapshot of an unclosed.
type unclosedSnapshot struct{ storage.Snapshot }

// Select yields the series.
func (s unclosedSnapshot) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		for x, err := range s.Snapshot.Select(ctx, sel) {
			if !yield(unclosedSeries{x}, err) {
				return
			}
		}
	}
}

// unclosedSeries is a series of an unclosed.
type unclosedSeries struct{ storage.Series }

// Points is a cursor that fails when it is closed.
func (s unclosedSeries) Points(r points.Range, o points.Order) points.Cursor {
	return unclosedCursor{s.Series.Points(r, o)}
}

// unclosedCursor is a cursor of an unclosed.
type unclosedCursor struct{ points.Cursor }

// Close fails.
func (c unclosedCursor) Close() error { return errors.Join(c.Cursor.Close(), errors.New("damaged")) }

// TestJoinedEndsOnce: who wants no more of a part in pieces is told of no failure
// that is met behind that.
func TestJoinedEndsOnce(t *testing.T) {
	r := newRolled(t, 1)
	r.put(t, "m", on("a"), 1000, 1000, 1.0, 2.0, 3.0)
	m := &part{
		Metric: query.Metric{Name: "m"}, within: points.Range{From: 0, To: 5000},
		stand: &rollup.Stand{Within: points.Range{From: 0, To: 5000}, Metrics: []query.Metric{{Name: "m"}}},
	}
	failed := 0
	for _, err := range r.joined(t.Context(), unclosed{r.Store}, m, new(query.Stats)) {
		if err != nil {
			failed++
		}
		break
	}
	for _, err := range r.joined(t.Context(), unclosed{r.Store}, m, new(query.Stats)) {
		if err != nil {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("got %d failures, want that of who reads to the end", failed)
	}
}
