package pebble

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestLargeRandom: large and small writes over each other, removals, deletes and
// expiry, settled now and then, give what the reference driver gives.
func TestLargeRandom(t *testing.T) {
	for seed := range uint64(12/slower() + 1) {
		rng := rand.New(rand.NewPCG(seed, 9))
		c := storagetest.NewClock(time.UnixMilli(1_000_000))
		s := still(t, c.Now)
		m := memory.New(memory.Config{Now: c.Now})
		for range 40 {
			randomChange(t, rng, c, s, m)
			switch rng.IntN(5) {
			case 0:
				tidy(t, s)
			case 1:
				if err := settleAll(s); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				sameRange(t, rng, seed, s, m)
			}
		}
		verified(t, s)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// randomChange changes both stores alike.
func randomChange(t *testing.T, rng *rand.Rand, c *storagetest.Clock, s, m storage.Store) {
	t.Helper()
	from, step := int64(rng.IntN(20_000)), int64(1+rng.IntN(4))
	n := int64(1 + rng.IntN(6000)>>rng.IntN(10))
	var batch storage.Batch
	switch rng.IntN(8) {
	case 0:
		r := points.Range{From: from, To: from + n}
		for _, store := range []storage.Store{s, m} {
			if err := store.Delete(t.Context(), storage.Selection{}, r); err != nil {
				t.Fatal(err)
			}
		}
	case 1:
		batch.Remove(cpu("a"), times(from, from+min(n, 50)*step, step)...)
	case 2:
		c.Advance(time.Duration(rng.IntN(40)) * time.Second)
	}
	var b points.Block
	v := rng.Int64N(1000)
	for i := range n {
		b.AppendInt(from+i*step, v+i)
	}
	batch.Put(cpu("a"), b, time.Duration(rng.IntN(3))*30*time.Second)
	for _, store := range []storage.Store{s, m} {
		if err := store.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
	}
}

// sameRange compares a random range of both stores, in both orders, backwards by a
// few points at a time, and what the summaries add up to.
func sameRange(t *testing.T, rng *rand.Rand, seed uint64, s, m storage.Store) {
	t.Helper()
	r := points.Always
	if rng.IntN(3) != 0 {
		from := int64(rng.IntN(30_000))
		r = points.Range{From: from, To: from + int64(rng.IntN(15_000))}
	}
	want, err := readRange(t, m, cpu("a"), r)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, cpu("a"), r); !slices.Equal(got.Times, want.Times) || !slices.Equal(got.Ints, want.Ints) {
		t.Fatalf("seed %d: %v: got %d points, want %d", seed, r, got.Len(), want.Len())
	}
	for sr, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		got := points.Block{}
		backwards := sr.Points(r, points.Desc)
		backwards.(points.Brief).AtMost(1 + rng.IntN(1000)>>rng.IntN(10))
		drain(t, backwards, &got)
		if got.Reverse(); !slices.Equal(got.Times, want.Times) || !slices.Equal(got.Ints, want.Ints) {
			t.Fatalf("seed %d: %v backwards: got %d points, want %d", seed, r, got.Len(), want.Len())
		}
		n, sum := summed(t, rng, sr.(storage.Summarized).Summaries(r))
		wantSum := 0.0
		for _, v := range want.Floats {
			wantSum += v
		}
		if n != int64(want.Len()) || sum != wantSum {
			t.Fatalf("seed %d: %v: the summaries have %d points and the sum %v, want %d and %v", seed, r, n, sum, want.Len(), wantSum)
		}
	}
}

// drain reads a cursor to its end and closes it.
func drain(t *testing.T, c points.Cursor, out *points.Block) {
	t.Helper()
	var b points.Block
	err := c.Next(t.Context(), &b)
	for ; err == nil; err = c.Next(t.Context(), &b) {
		out.AppendBlock(&b)
	}
	if err != io.EOF || c.Close() != nil {
		t.Fatal(err)
	}
}

// summed adds up a series by its summaries, below limits that move on, and by
// its points where there are none.
func summed(t *testing.T, rng *rand.Rand, z points.Summarizer) (n int64, sum float64) {
	t.Helper()
	defer z.Close()
	ctx := context.WithoutCancel(t.Context())
	var b points.Block
	until := int64(0)
	for {
		until += rng.Int64N(3000)
		s, ok, err := z.Peek(ctx, until)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			n, sum = n+s.Count, sum+s.Sum
			z.Skip()
			continue
		}
		if err := z.Next(ctx, &b); err == io.EOF {
			return n, sum
		} else if err != nil {
			t.Fatal(err)
		}
		n += int64(b.Len())
		for _, v := range b.Floats {
			sum += v
		}
	}
}
