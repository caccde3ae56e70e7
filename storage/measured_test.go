package storage_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// meter counts what it is told.
type meter struct {
	mu     sync.Mutex
	counts map[string]int
}

// add counts n of something.
func (m *meter) add(what string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]int{}
	}
	m.counts[what] += n
}

// Observe counts an operation, with its error if it has one.
func (m *meter) Observe(op storage.Op, busy time.Duration, err error) {
	what := string(op)
	if err != nil {
		what += "(" + err.Error() + ")"
	}
	if busy < 0 {
		what += "(backwards)"
	}
	m.add(what, 1)
}

// Points counts points.
func (m *meter) Points(op storage.Op, n int) { m.add(string(op)+" points", n) }

// String prints the counts, sorted.
func (m *meter) String() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(m.counts)) {
		all = append(all, fmt.Sprintf("%s=%d", what, m.counts[what]))
	}
	return strings.Join(all, " ")
}

// TestMeasured: every operation is told once, with its points and its error.
func TestMeasured(t *testing.T) {
	ctx := t.Context()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	tests := []struct {
		name string
		do   func(storage.Store)
		want string
	}{
		{"write", func(s storage.Store) { _ = s.Write(ctx, batchOf("m", "n")) }, "write=1 write points=2"},
		{"a failed write", func(s storage.Store) { _ = s.Write(gone, batchOf("m")) }, "write(context canceled)=1"},
		{"delete", func(s storage.Store) { _ = s.Delete(ctx, storage.Selection{}, points.Always) }, "delete=1"},
		{"names", func(s storage.Store) {
			walk(s.Metrics(ctx, storage.Selection{}))
			walk(s.TagNames(ctx, storage.Selection{}))
			walk(s.TagValues(ctx, "device", storage.Selection{}))
		}, "metrics=1 tag_names=1 tag_values=1"},
		{"a failed listing", func(s storage.Store) { walk(s.Metrics(gone, storage.Selection{})) }, "metrics(context canceled)=1"},
		{"reading", func(s storage.Store) { readSome(ctx, s) }, "any=1 next=3 next points=7 select=1"},
		{"a snapshot", func(s storage.Store) {
			snap, _ := s.Snapshot(ctx)
			readSome(ctx, snap)
			_ = snap.Close()
		}, "any=1 next=3 next points=7 select=1 snapshot=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inner, m := house(t), &meter{}
			var b storage.Batch
			b.Put(keyOf("much"), longsAt(1, 2, 3, 4, 5, 6, 7), 0)
			if err := inner.Write(ctx, &b); err != nil {
				t.Fatal(err)
			}
			tt.do(storage.Measured(inner, m))
			if got := m.String(); got != tt.want {
				t.Errorf("told %s, want %s", got, tt.want)
			}
		})
	}
}

// readSome reads the one series with seven points to its end, and beyond.
func readSome(ctx context.Context, r storage.Reader) {
	for s, err := range r.Select(ctx, storage.Selection{Metrics: []string{"much"}}) {
		if err != nil {
			return
		}
		_, _ = s.Any(ctx, points.Always)
		c := s.Points(points.Always, points.Asc)
		var b points.Block
		for range 3 {
			_ = c.Next(ctx, &b)
		}
		_ = c.Close()
	}
}

// TestMeasuredKeepsSummaries: a series with summaries has them when measured,
// and what is skipped is counted.
func TestMeasuredKeepsSummaries(t *testing.T) {
	series := summarized{faultySeries{key: keyOf("m")}, points.Summary{Count: 9, FirstAt: 1, LastAt: 20, Ints: true}}
	m := &meter{}
	for s := range storage.Measured(&faulty{series: []storage.Series{series}}, m).Select(t.Context(), storage.Selection{}) {
		c := s.(storage.Summarized).Summaries(points.Always)
		if _, ok, err := c.Peek(t.Context(), 50); !ok || err != nil {
			t.Errorf("Peek gives %t, %v", ok, err)
		}
		c.Skip()
		if err := errors.Join(c.Next(t.Context(), new(points.Block)), c.Close()); err != nil {
			t.Error(err)
		}
	}
	if got, want := m.String(), "next=1 next points=1 peek points=9 select=1"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

// TestMeasuredContract: a measured store is a store like any other.
func TestMeasuredContract(t *testing.T) {
	s := storage.Measured(memory.New(memory.Config{}), &meter{})
	if err := errors.Join(s.Write(t.Context(), batchOf("m{a=1}")), s.Health(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got, want := joined(t, s.Select(t.Context(), storage.Selection{}), keyName), "m{a=1}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestMeasuredTogether: a measured walk gives everything in its order and its error
// last, ends where whoever walks does, and does not go far ahead of him.
func TestMeasuredTogether(t *testing.T) {
	const all = 300
	for _, stop := range []int{1, 2, 3, 64, 127, 200, all, all + 1} {
		f := &faulty{}
		for i := range all {
			f.series = append(f.series, faultySeries{key: keyOf(fmt.Sprint(i))})
		}
		f.series = append(f.series, nil)
		m, n := &meter{}, 0
		for s, err := range storage.Measured(f, m).Select(t.Context(), storage.Selection{}) {
			switch {
			case n < all && (err != nil || s.Key().Metric != fmt.Sprint(n)):
				t.Fatalf("number %d is %v, %v", n, s, err)
			case n == all && !errors.Is(err, errFaulty):
				t.Errorf("the end is %v, want %v", err, errFaulty)
			}
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("got %d, want %d", n, stop)
		}
		if got, once := m.String(), "select=1"; stop <= all-64 && got != once {
			t.Errorf("told %s after %d, want %s", got, stop, once)
		}
		if got, want := m.String(), "select(faulty)=1"; stop > all && got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	}
}
