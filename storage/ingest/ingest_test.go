package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
)

// journal is a store's writer that notes the batches it is given and can refuse
// them.
type journal struct {
	storage.Writer
	refuse  error
	batches []int // the sizes of those that were written
}

// Write passes the batch on unless it refuses.
func (j *journal) Write(ctx context.Context, b *storage.Batch) error {
	if j.refuse != nil {
		return j.refuse
	}
	j.batches = append(j.batches, b.Size())
	return j.Writer.Write(ctx, b)
}

// key is the series of metric m with host=a and that stored type.
func key(stored string) points.Key {
	return points.Key{Metric: "m", Tags: points.Tags{{Name: "host", Value: "a"}}, Type: stored}
}

// dump prints everything a store holds, a line a point, sorted.
func dump(t *testing.T, store storage.Store) []string {
	t.Helper()
	var lines []string
	for s, err := range store.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := s.Points(points.Always, points.Asc)
		var b points.Block
		for c.Next(t.Context(), &b) == nil {
			for i := range b.Times {
				lines = append(lines, fmt.Sprintf("%v %d %s", s.Key(), b.Times[i], show(&b, i)))
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return lines
}

// show prints the value of point i.
func show(b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text:
		return b.Texts[i]
	case b.Kind == points.Opaque:
		return fmt.Sprintf("%x", b.Bytes[i])
	case b.Null(i):
		return "null"
	case b.Int(i):
		return fmt.Sprint(b.Ints[i])
	}
	return fmt.Sprint(b.Floats[i])
}

// TestWriterStoresEveryType stores one point of each type, and nothing that is
// not finite.
func TestWriterStoresEveryType(t *testing.T) {
	store := memory.New(memory.Config{})
	w := ingest.New(store, ingest.Config{})
	w.Column(key(points.TypeLong)).Int(2, 7, 0)
	w.Column(key(points.TypeLong)).Int(1, math.MinInt64, 0)
	if err := w.Column(key(points.TypeDouble)).Float(1, -0.5, 0); err != nil {
		t.Error(err)
	}
	w.Column(key(points.TypeText)).Text(1, "x", 0)
	w.Column(key(points.TypeNull)).Null(1, 0)
	w.Column(key(points.TypeComplex)).Bytes(1, []byte{0xca}, 0)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if err := w.Column(key(points.TypeDouble)).Float(9, v, 0); !errors.Is(err, ingest.ErrNotFinite) {
			t.Errorf("got %v for %v, want %v", err, v, ingest.ErrNotFinite)
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"m{host=a} kairos_complex 1 ca",
		"m{host=a} kairos_double 1 -0.5",
		"m{host=a} kairos_long 1 -9223372036854775808",
		"m{host=a} kairos_long 2 7",
		"m{host=a} kairos_null 1 null",
		"m{host=a} kairos_string 1 x",
	}
	if got := dump(t, store); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := w.Stored(); got != 6 {
		t.Errorf("got %d stored, want 6", got)
	}
}

// TestWriterKeepsTheOrderWithinASeries writes one instant several times, with
// lives and removals.
func TestWriterKeepsTheOrderWithinASeries(t *testing.T) {
	now := time.UnixMilli(0)
	store := memory.New(memory.Config{Now: func() time.Time { return now }})
	w := ingest.New(store, ingest.Config{})
	c := w.Column(key(points.TypeLong))
	c.Int(1, 1, 0)
	c.Int(1, 2, time.Second)
	c.Int(2, 3, 0)
	c.Int(3, 4, time.Second)
	c.Int(3, 5, -time.Second)
	c.Int(4, 6, 0)
	w.Remove(key(points.TypeLong), 4, 5)
	w.Remove(key(points.TypeDouble), 4)
	c.Int(5, 7, 0)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	want := []string{"m{host=a} kairos_long 2 3", "m{host=a} kairos_long 3 5", "m{host=a} kairos_long 5 7"}
	if got := dump(t, store); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWriterWritesAgainWhatFailed flushes twice.
func TestWriterWritesAgainWhatFailed(t *testing.T) {
	store := memory.New(memory.Config{})
	j := &journal{Writer: store, refuse: points.ErrUnavailable}
	w := ingest.New(j, ingest.Config{})
	c := w.Column(key(points.TypeLong))
	c.Int(1, 1, 0)
	if err := w.Flush(t.Context()); !errors.Is(err, points.ErrUnavailable) {
		t.Fatalf("got %v, want %v", err, points.ErrUnavailable)
	}
	if got := w.Stored(); got != 0 {
		t.Errorf("got %d stored, want 0", got)
	}
	c.Int(1, 2, 0)
	c.Int(2, 3, 0)
	j.refuse = nil
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(t.Context()); err != nil || len(j.batches) != 1 {
		t.Errorf("got %v and %d batches, want one", err, len(j.batches))
	}
	want := []string{"m{host=a} kairos_long 1 2", "m{host=a} kairos_long 2 3"}
	if got := dump(t, store); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWriterBoundsBatchesAndColumns writes more series than columns are kept.
func TestWriterBoundsBatchesAndColumns(t *testing.T) {
	store := memory.New(memory.Config{})
	j := &journal{Writer: store}
	const maxBytes = 64 << 10
	w := ingest.New(j, ingest.Config{MaxBytes: maxBytes, MaxSeries: 10})
	const n = 50_000
	for i := range int64(n) {
		k := key(points.TypeLong)
		k.Tags[0].Value = fmt.Sprint(i % 100)
		w.Column(k).Int(i, i, 0)
		if err := w.FlushFull(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if w.Era() == 0 {
		t.Error("got no new era, want one, since there are more series than remembered")
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := slices.Max(j.batches); got > maxBytes || got < maxBytes/4 {
		t.Errorf("got a largest batch of %d bytes, want it near %d", got, maxBytes)
	}
	if got := len(dump(t, store)); got != n || w.Stored() != n {
		t.Errorf("got %d points and %d stored, want %d", got, w.Stored(), n)
	}
}

// TestResetDropsWhatIsNotWritten moves a writer to another store.
func TestResetDropsWhatIsNotWritten(t *testing.T) {
	first, second := memory.New(memory.Config{}), memory.New(memory.Config{})
	w := ingest.New(first, ingest.Config{})
	w.Column(key(points.TypeText)).Text(1, "first", 0)
	w.Remove(key(points.TypeLong), 1)
	w.Reset(second)
	w.Column(key(points.TypeText)).Text(2, "second", 0)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, first); len(got) != 0 {
		t.Errorf("got %q in the first store, want nothing", got)
	}
	want := []string{"m{host=a} kairos_string 2 second"}
	if got := dump(t, second); !slices.Equal(got, want) || w.Stored() != 1 {
		t.Errorf("got %q and %d stored, want %q and 1", got, w.Stored(), want)
	}
}

// BenchmarkColumn appends points and writes full batches.
func BenchmarkColumn(b *testing.B) {
	w := ingest.New(discard{}, ingest.Config{})
	c := w.Column(key(points.TypeDouble))
	at := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		at++
		if err := c.Float(at, 1.5, 0); err != nil {
			b.Fatal(err)
		}
		if err := w.FlushFull(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(at)/b.Elapsed().Seconds(), "points/s")
}

// discard is a store's writer that keeps nothing.
type discard struct{ storage.Writer }

// Write does nothing.
func (discard) Write(context.Context, *storage.Batch) error { return nil }

// TestWriterAgainstNaive writes random points of random series in random order, with
// few columns remembered, small batches, lives that change and a store that fails now
// and then: the store ends as if each point had been written by itself.
func TestWriterAgainstNaive(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 9))
		store := memory.New(memory.Config{})
		j := &journal{Writer: store}
		w := ingest.New(j, ingest.Config{MaxBytes: 8 << 10, MaxSeries: 30})
		want := map[string]string{}
		types := []string{points.TypeLong, points.TypeDouble, points.TypeText, points.TypeNull}
		for i := range 3000 {
			k, at := key(types[rng.IntN(4)]), rng.Int64N(50)
			k.Tags[0].Value = fmt.Sprint(rng.IntN(40))
			name := fmt.Sprintf("%v %d", k, at)
			ttl := time.Duration(rng.IntN(8)/7) * time.Hour
			want[name] = add(t, w.Column(k), k.Type, at, i, ttl)
			if rng.IntN(20) == 0 {
				w.Remove(k, at)
				delete(want, name)
			}
			if j.refuse = nil; rng.IntN(10) == 0 {
				j.refuse = points.ErrUnavailable
			}
			if err := w.FlushFull(t.Context()); err != nil && j.refuse == nil {
				t.Fatal(err)
			}
		}
		j.refuse = nil
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for name, value := range want {
			lines = append(lines, name+" "+value)
		}
		got := dump(t, store)
		slices.Sort(lines)
		slices.Sort(got)
		if !slices.Equal(got, lines) {
			t.Fatalf("seed %d: got %d points, want %d; %.300q, want %.300q", seed, len(got), len(lines), got, lines)
		}
	}
}

// add adds a point of the type of a column and answers how it is dumped.
func add(t *testing.T, c *ingest.Column, stored string, at int64, i int, ttl time.Duration) string {
	t.Helper()
	switch stored {
	case points.TypeLong:
		c.Int(at, int64(i), ttl)
		return fmt.Sprint(i)
	case points.TypeDouble:
		if err := c.Float(at, float64(i)+0.5, ttl); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(float64(i) + 0.5)
	case points.TypeText:
		c.Text(at, fmt.Sprint("t", i), ttl)
		return fmt.Sprint("t", i)
	}
	c.Null(at, ttl)
	return "null"
}

// TestWriterRemembersFewStrangers writes more series in turns than a writer
// remembers, and then fewer.
func TestWriterRemembersFewStrangers(t *testing.T) {
	const most, each = 64, 8
	w, at := ingest.New(memory.New(memory.Config{}), ingest.Config{MaxSeries: most}), int64(0)
	turns := func(series, n int) (eras int) {
		before := w.Era()
		for i := range n {
			at++
			k := points.Key{Metric: "m", Tags: points.Tags{{Name: "n", Value: fmt.Sprint(i % series)}}, Type: points.TypeLong}
			w.Column(k).Int(at, at, 0)
			if i%each == each-1 {
				if err := w.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		return w.Era() - before
	}
	if got, all := turns(40, 4*most), 4*most/each; got != all {
		t.Errorf("forgot %d times at first, want %d: remembered what may come once", got, all)
	}
	if got := turns(40, 4*most); got != 0 {
		t.Errorf("forgot %d times what came again", got)
	}
	if got, all := turns(40*most, 8*most), 8; got <= all {
		t.Errorf("forgot %d times, remembered what did not come again", got)
	}
	turns(40, 32*most) // until it tries again
	if got := turns(40, 4*most); got != 0 {
		t.Errorf("forgot %d times what came again since", got)
	}
}
