package storage_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// breach runs what breaks the contract and returns what Checked says of it.
func breach(run func()) (message string) {
	defer func() {
		if p := recover(); p != nil {
			message = fmt.Sprint(p)
		}
	}()
	run()
	return ""
}

// faulty is a store that answers some questions wrongly.
type faulty struct {
	storage.Store
	series []storage.Series // nil stands for an error
	names  []string         // likewise the empty name
	kept   *storage.Batch   // the last batch, which no driver should keep
}

// errFaulty is what a faulty reader fails with.
var errFaulty = errors.New("faulty")

// Select yields what the test wants.
func (f *faulty) Select(context.Context, storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		for _, s := range f.series {
			var err error
			if s == nil {
				err = errFaulty
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// Metrics yields what the test wants.
func (f *faulty) Metrics(context.Context, storage.Selection) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, name := range f.names {
			var err error
			if name == "" {
				err = errFaulty
			}
			if !yield(name, err) {
				return
			}
		}
	}
}

// TagNames yields what the test wants.
func (f *faulty) TagNames(ctx context.Context, s storage.Selection) iter.Seq2[string, error] {
	return f.Metrics(ctx, s)
}

// TagValues yields what the test wants.
func (f *faulty) TagValues(ctx context.Context, _ string, s storage.Selection) iter.Seq2[string, error] {
	return f.Metrics(ctx, s)
}

// Write keeps the batch.
func (f *faulty) Write(_ context.Context, b *storage.Batch) error {
	f.kept = b
	return nil
}

// Snapshot gives neither a snapshot nor an error.
func (f *faulty) Snapshot(context.Context) (storage.Snapshot, error) { return nil, nil }

// faultySeries is a series with a cursor of the test's.
type faultySeries struct {
	key    points.Key
	cursor points.Cursor
}

// Key names the series.
func (s faultySeries) Key() points.Key { return s.key }

// Any always finds something.
func (s faultySeries) Any(context.Context, points.Range) (bool, error) { return true, nil }

// Points is the test's cursor.
func (s faultySeries) Points(points.Range, points.Order) points.Cursor { return s.cursor }

// walk takes all of a sequence.
func walk[T any](seq iter.Seq2[T, error]) {
	for range seq {
	}
}

// TestCheckedAnswers: what a store must not answer.
func TestCheckedAnswers(t *testing.T) {
	one := faultySeries{key: keyOf("m{a=1}")}
	unsorted := faultySeries{key: points.Key{Metric: "m", Tags: points.Tags{{Name: "b"}, {Name: "a"}}, Type: points.TypeLong}}
	notA1 := storage.Selection{Matchers: []storage.Matcher{{Tag: "a", Values: []string{"1"}, Not: true}}}
	m := storage.Selection{Metrics: []string{"m"}}
	ctx := t.Context()
	series := func(s ...storage.Series) *faulty { return &faulty{series: s} }
	names := func(n ...string) *faulty { return &faulty{names: n} }
	tests := []struct {
		name  string
		store *faulty
		ask   func(storage.Store)
		want  string
	}{
		{"a series twice", series(one, one), func(s storage.Store) { walk(s.Select(ctx, m)) }, "comes twice"},
		{"a series that does not match", series(one), func(s storage.Store) { walk(s.Select(ctx, notA1)) }, "does not match"},
		{"unsorted tags", series(unsorted), func(s storage.Store) { walk(s.Select(ctx, m)) }, "not sorted"},
		{"a series after an error", series(nil, one), func(s storage.Store) { walk(s.Select(ctx, m)) }, "after an error: true"},
		{"names out of order", names("m2", "m1"), func(s storage.Store) { walk(s.Metrics(ctx, storage.Selection{})) }, `"m1" after "m2"`},
		{"a name twice", names("m", "m"), func(s storage.Store) { walk(s.TagNames(ctx, m)) }, `"m" after "m"`},
		{"a name after an error", names("", "m"), func(s storage.Store) { walk(s.TagNames(ctx, m)) }, "after an error"},
		{"a metric not asked for", names("n"), func(s storage.Store) { walk(s.Metrics(ctx, m)) }, `"n" was not asked for`},
		{"a value not asked for", names("1"), func(s storage.Store) { walk(s.TagValues(ctx, "a", notA1)) }, `"1" was not asked for`},
		{"a point in an empty range", series(one), func(s storage.Store) {
			for sr := range s.Select(ctx, m) {
				_, _ = sr.Any(ctx, points.Range{From: 1, To: 0})
			}
		}, "Any({1 0})"},
		{"no snapshot and no error", series(), func(s storage.Store) { _, _ = s.Snapshot(ctx) }, "Snapshot"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := breach(func() { tt.ask(storage.Checked(tt.store)) }); !strings.Contains(got, tt.want) {
				t.Errorf("Checked says %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCheckedCallers: what who holds a store must not do.
func TestCheckedCallers(t *testing.T) {
	ctx := t.Context()
	put := func(k points.Key, b points.Block) func(storage.Store) {
		return func(s storage.Store) {
			var batch storage.Batch
			batch.Put(k, b, 0)
			_ = s.Write(ctx, &batch)
		}
	}
	cursor := func(s storage.Store) points.Cursor {
		put(keyOf("m{a=1}"), longsAt(1, 2))(s)
		for sr := range s.Select(ctx, storage.Selection{}) {
			return sr.Points(points.Always, points.Asc)
		}
		return nil
	}
	tests := []struct {
		name string
		do   func(storage.Store)
		want string
	}{
		{"write NaN", put(points.Key{Type: points.TypeDouble}, points.Block{Times: []int64{1}, Floats: []float64{math.NaN()}}), "point 0 is NaN"},
		{"write texts as longs", put(keyOf("m"), points.Block{Kind: points.Text, Times: []int64{1}, Texts: []string{""}}), "kind 1"},
		{"write doubles as longs", put(keyOf("m"), points.Block{Times: []int64{1}, Floats: []float64{1}}), "is no kairos_long"},
		{"write unsorted tags", put(points.Key{Tags: points.Tags{{Name: "b"}, {Name: "a"}}}, points.Block{}), "not sorted"},
		{"use a closed store", func(s storage.Store) { _ = s.Close(); _ = s.Health(ctx) }, "Health after Close of the store"},
		{"close a store twice", func(s storage.Store) { _ = s.Close(); _ = s.Close() }, "Close after Close of the store"},
		{"use a closed snapshot", func(s storage.Store) {
			snap, _ := s.Snapshot(ctx)
			_ = snap.Close()
			walk(snap.Metrics(ctx, storage.Selection{}))
		}, "Metrics after Close of the snapshot"},
		{"use the snapshot of a closed store", func(s storage.Store) {
			snap, _ := s.Snapshot(ctx)
			breach(func() { _ = s.Close() })
			walk(snap.Select(ctx, storage.Selection{}))
		}, "Select after Close of the store"},
		{"leave a snapshot open", func(s storage.Store) { _, _ = s.Snapshot(ctx); _ = s.Close() }, "1 cursors or snapshots are open"},
		{"leave a cursor open", func(s storage.Store) { _ = cursor(s).Next(ctx, new(points.Block)); _ = s.Close() }, "1 cursors or snapshots are open"},
		{"read a closed cursor", func(s storage.Store) { c := cursor(s); _ = c.Close(); _ = c.Next(ctx, new(points.Block)) }, "Next after Close"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := breach(func() { tt.do(storage.Checked(memory.New(memory.Config{}))) }); !strings.Contains(got, tt.want) {
				t.Errorf("Checked says %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCheckedOverwritesBatches: what a driver keeps of a batch is worthless, and
// the caller's own batch is untouched.
func TestCheckedOverwritesBatches(t *testing.T) {
	f := &faulty{}
	b := batchOf("m{a=1}")
	b.Remove(keyOf("m{a=1}"), 5)
	mine := b.Changes[0].Points
	if err := storage.Checked(f).Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if len(f.kept.Changes) != 2 || f.kept.Changes[0].Points.Len() != 0 || f.kept.Changes[1].Remove != nil {
		t.Errorf("the driver still has %v", f.kept.Changes)
	}
	if mine.Times[0] != 1 || mine.Ints[0] != 1 || b.Changes[0].Key.Tags[0].Name != "a" || b.Changes[1].Remove[0] != 5 {
		t.Errorf("the caller has %v", b.Changes)
	}
}

// sweeping is a store with an ability of its own.
type sweeping struct{ storage.Store }

// Sweep does nothing.
func (sweeping) Sweep(context.Context) error { return nil }

// TestAs: abilities are found through wrappers, the outermost first.
func TestAs(t *testing.T) {
	inner := sweeping{memory.New(memory.Config{})}
	tests := []struct {
		name  string
		store storage.Store
		want  bool
	}{
		{"the store itself", inner, true},
		{"two wrappers", storage.Measured(storage.Checked(inner), &meter{}), true},
		{"behind the gate", storage.Measured(storage.Narrowed(inner, storage.Constraint{}), &meter{}), false},
		{"no such ability", storage.Checked(&faulty{}), false},
	}
	for _, tt := range tests {
		if _, got := storage.As[storage.Sweeper](tt.store); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}
