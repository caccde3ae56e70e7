package memory_test

import (
	"io"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestDefaultTTL: a point without a time to live has the store's; one with its
// own keeps that, and nothing is left of either in the end.
func TestDefaultTTL(t *testing.T) {
	now := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	s := memory.New(memory.Config{TTL: time.Minute, Now: func() time.Time { return now }})
	k := points.Key{Metric: "m", Type: points.TypeLong}
	var b storage.Batch
	for at, ttl := range []time.Duration{0, time.Second, time.Hour} {
		var one points.Block
		one.AppendInt(int64(at), 1)
		b.Put(k, one, ttl)
	}
	if err := s.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		after time.Duration
		want  []int64
	}{
		{0, []int64{0, 1, 2}},
		{2 * time.Second, []int64{0, 2}},
		{2 * time.Minute, []int64{2}},
		{2 * time.Hour, nil},
	}
	begun := now
	for _, tt := range tests {
		now = begun.Add(tt.after)
		if got := times(t, s); !slices.Equal(got, tt.want) {
			t.Errorf("after %v the store has %v, want %v", tt.after, got, tt.want)
		}
	}
}

// times are the times of all points.
func times(t *testing.T, s storage.Store) []int64 {
	t.Helper()
	var out []int64
	for sr, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := sr.Points(points.Always, points.Asc)
		var b points.Block
		for err = c.Next(t.Context(), &b); err == nil; err = c.Next(t.Context(), &b) {
			out = append(out, b.Times...)
		}
		if err != io.EOF {
			t.Fatal(err)
		}
	}
	return out
}

// TestWrongKind: points that are not of their key's kind are refused with the
// whole batch.
func TestWrongKind(t *testing.T) {
	s := memory.New(memory.Config{})
	var long, text points.Block
	long.AppendInt(1, 1)
	text.Kind = points.Text
	text.AppendText(1, "x")
	var b storage.Batch
	b.Put(points.Key{Metric: "m", Type: points.TypeLong}, long, 0)
	b.Put(points.Key{Metric: "n", Type: points.TypeLong}, text, 0)
	err := s.Write(t.Context(), &b)
	if want := "write change 1: the points are not of the kind of n{} kairos_long"; err == nil || err.Error() != want {
		t.Errorf("Write gives %v, want %s", err, want)
	}
	if got := times(t, s); got != nil {
		t.Errorf("the store has %v, want nothing", got)
	}
}

// TestReadingAllocatesNothing: once a block has its size, reading on costs no
// memory.
func TestReadingAllocatesNothing(t *testing.T) {
	s := memory.New(memory.Config{})
	var b storage.Batch
	var block points.Block
	for at := range int64(100 * points.BlockSize) {
		block.AppendFloat(at, float64(at))
	}
	b.Put(points.Key{Metric: "m", Type: points.TypeDouble}, block, 0)
	if err := s.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for sr := range s.Select(t.Context(), storage.Selection{}) {
		c := sr.Points(points.Always, points.Asc)
		read := func() {
			if err := c.Next(t.Context(), &block); err != nil {
				t.Fatal(err)
			}
		}
		if got := testing.AllocsPerRun(50, read); got != 0 {
			t.Errorf("reading a block makes %v allocations, want 0", got)
		}
	}
}
