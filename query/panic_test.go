package query

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// brittle is a store of which a cursor panics at the Next that left counts down to.
type brittle struct {
	storage.Store
	left   atomic.Int64
	open   atomic.Int64 // snapshots
	late   atomic.Int64 // reads of a snapshot that is closed
	thrown atomic.Bool
}

// Snapshot is one of the store's.
func (b *brittle) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	s, err := b.Store.Snapshot(ctx)
	b.open.Add(1)
	return &brittleSnapshot{Snapshot: s, of: b}, err
}

// brittleSnapshot is a snapshot of a brittle store.
type brittleSnapshot struct {
	storage.Snapshot
	of     *brittle
	closed atomic.Bool
}

// Select yields the series.
func (s *brittleSnapshot) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		for x, err := range s.Snapshot.Select(ctx, sel) {
			if !yield(brittleSeries{x, s}, err) {
				return
			}
		}
	}
}

// Close counts the snapshot as closed, once.
func (s *brittleSnapshot) Close() error {
	if !s.closed.Swap(true) {
		s.of.open.Add(-1)
	}
	return s.Snapshot.Close()
}

// brittleSeries is a series of a brittleSnapshot.
type brittleSeries struct {
	storage.Series
	of *brittleSnapshot
}

// Points reads the series.
func (s brittleSeries) Points(r points.Range, o points.Order) points.Cursor {
	return &brittleCursor{s.Series.Points(r, o), s.of}
}

// brittleCursor is a cursor of a brittleSeries.
type brittleCursor struct {
	points.Cursor
	of *brittleSnapshot
}

// Next panics when it is its turn.
func (c *brittleCursor) Next(ctx context.Context, b *points.Block) error {
	if c.of.closed.Load() {
		c.of.of.late.Add(1)
	}
	if c.of.of.left.Add(-1) == 0 {
		c.of.of.thrown.Store(true)
		panic("a bug of a cursor")
	}
	return c.Cursor.Next(ctx, b)
}

// brittleOf is a brittle store with these series.
func brittleOf(t *testing.T, series []stored) *brittle {
	b := &brittle{Store: memory.New(memory.Config{})}
	t.Cleanup(func() { b.Store.Close() })
	var batch storage.Batch
	for _, x := range series {
		batch.Put(x.key, x.points, 0)
	}
	if err := b.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	return b
}

// panicking are questions that are computed in all the ways that there are.
func panicking() map[string]func() ([]stored, Metric) {
	device := []Grouper{TagGrouper{[]string{"device"}}}
	fleet := func(m Metric, n int) func() ([]stored, Metric) {
		return func() ([]stored, Metric) {
			series, _ := fleetQuery(n)
			return series, m
		}
	}
	long := func(m Metric) func() ([]stored, Metric) {
		return func() ([]stored, Metric) { return longSeries(), m }
	}
	return map[string]func() ([]stored, Metric){
		"few groups":    fleet(Metric{Name: "m", Groupers: device}, 8),
		"many groups":   fleet(Metric{Name: "m", Groupers: device}, 1000),
		"merged":        fleet(Metric{Name: "m"}, 300),
		"first of many": fleet(Metric{Name: "m", Limit: 1}, 2000),
		"split":         fleet(Metric{Name: "m", Groupers: []Grouper{ValueGrouper{2}}}, 100),
		"parts":         long(Metric{Name: "m", Aggregators: []Aggregation{{"avg", every(1, points.Hours)}}}),
		"behind parts":  long(Metric{Name: "m", Aggregators: []Aggregation{{"avg", every(1, points.Minutes)}, {"diff", nil}}}),
		"raw":           long(Metric{Name: "m"}),
	}
}

// TestPanic: whatever panics while an answer is computed, in the goroutine of its reader
// or in one that computes beside it, the reader is told by an error or by the same panic,
// and nothing of the query is left: no goroutine, no snapshot, no place among those that
// run.
func TestPanic(t *testing.T) {
	for name, of := range panicking() {
		series, m := of()
		s := brittleOf(t, series)
		plan, err := Build(Query{Start: At(50), Metrics: []Metric{m}}, now, Options{Specs: aggregators.Builtin(), Release: aggregators.Develop})
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 2, 4} {
			for _, at := range []int64{1, 2, 3, 5, 9, 17, 40, 130, 500, 1100} {
				t.Run(fmt.Sprintf("%s by %d at %d", name, workers, at), func(t *testing.T) {
					e := New(Config{Workers: workers, Limits: Limits{MaxConcurrent: 2}})
					s.check(t, e, at, func() error { return readAll(t.Context(), e, s, plan, false) })
					s.check(t, e, at, func() error { return readAbreast(t.Context(), e, s, plan) })
				})
			}
		}
	}
}

// TestPanicOfReader: a panic of him who reads an answer leaves nothing of the query.
func TestPanicOfReader(t *testing.T) {
	for name, of := range panicking() {
		series, m := of()
		s := brittleOf(t, series)
		plan, err := Build(Query{Start: At(50), Metrics: []Metric{m}}, now, Options{Specs: aggregators.Builtin(), Release: aggregators.Develop})
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s by %d", name, workers), func(t *testing.T) {
				e := New(Config{Workers: workers, Limits: Limits{MaxConcurrent: 2}})
				s.thrown.Store(true)
				s.check(t, e, 0, func() error { return readAll(t.Context(), e, s, plan, true) })
			})
		}
	}
}

// check reads while the Next number at panics, and tells what is left of the query.
func (b *brittle) check(t *testing.T, e *Engine, at int64, read func() error) {
	t.Helper()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	if b.left.Store(at); at != 0 {
		b.thrown.Store(false)
	}
	err := points.Guarded(read)
	if _, told := errors.AsType[*points.PanicError](err); told != b.thrown.Load() || !told && err != nil {
		t.Errorf("got %v, want a panic: %v", err, b.thrown.Load())
	}
	if n, late := b.open.Load(), b.late.Load(); n != 0 || late != 0 {
		t.Errorf("%d snapshots are open, and %d reads came when theirs was closed", n, late)
		b.open.Store(0)
		b.late.Store(0)
	}
	if n, places := e.waiting.Load(), len(e.slots); n != 0 || places != 0 {
		t.Errorf("%d queries wait and %d run, want none", n, places)
	}
}

// readAll reads an answer to its end, unless the reader is to panic in its midst.
func readAll(ctx context.Context, e *Engine, s storage.Store, p *Plan, panics bool) error {
	for answer, err := range e.Run(ctx, s, p, nil) {
		if err != nil {
			return err
		}
		for result, err := range answer.Results {
			if err != nil {
				return err
			}
			var b points.Block
			for err = result.Points.Next(ctx, &b); err == nil; err = result.Points.Next(ctx, &b) {
				if panics {
					panic("a bug of the reader")
				}
			}
			if ifEOF(err, nil) != nil {
				return err
			}
		}
	}
	return nil
}

// readAbreast reads results side by side, all to their ends.
func readAbreast(ctx context.Context, e *Engine, s storage.Store, p *Plan) error {
	most := points.LimitError{Limit: "results", Max: 10_000, What: "results"}
	return e.Abreast(ctx, s, p, most, nil, func(ctx context.Context, all [][]*Result) error {
		for _, list := range all {
			for _, r := range list {
				if _, err := collect(ctx, r.Points); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
