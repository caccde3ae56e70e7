package pebble

import (
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestFirstRun: the few points that begin a series are a carried run, and
// whatever is written behind them in the same epoch ranks above them, settled or
// not.
func TestFirstRun(t *testing.T) {
	many := times(1, chunkFrom, 1)
	for _, c := range []struct {
		name          string
		first, second func(b *storage.Batch)
		carried, runs int
		want          []int64 // the values
	}{
		{"alone", putting(1, 1, 2, 3), nil, 1, 0, []int64{1, 1, 1}},
		{"overwritten", putting(1, 1, 2), putting(2, 2), 2, 0, []int64{1, 2}},
		{"cut", putting(1, 1, 2), removing(1), 1, 1, []int64{1}},
		{"cut and put again", putting(1, 1, 2), joining(removing(1), putting(2, 1)), 1, 1, []int64{2, 1}},
		{"cut at once", joining(putting(1, 1, 2), removing(1)), putting(2, 2), 0, 2, []int64{2}},
		{"nothing left at once", joining(putting(1, 1), removing(1)), putting(2, 2), 1, 0, []int64{2}},
		{"many", putting(1, many...), putting(2, 1), 0, 2, append([]int64{2}, slices.Repeat([]int64{1}, chunkFrom-1)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := still(t, nil)
			for _, fill := range []func(*storage.Batch){c.first, c.second} {
				var b storage.Batch
				if fill != nil {
					fill(&b)
				}
				if err := s.Write(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
			}
			if carried, runs := len(entries(t, s, keyCarried)), len(entries(t, s, keyRun)); carried != c.carried || runs != c.runs {
				t.Errorf("%d carried runs and %d others, want %d and %d", carried, runs, c.carried, c.runs)
			}
			for _, settle := range []func(*Store) error{settleNothing, settleSome, settleAll} {
				if err := settle(s); err != nil {
					t.Fatal(err)
				}
				if got := read(t, s, cpu("a"), points.Always).Ints; !slices.Equal(got, c.want) {
					t.Fatalf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

// settleNothing leaves a store as it is.
func settleNothing(*Store) error { return nil }

// putting puts a value at some times into a batch.
func putting(value int64, at ...int64) func(*storage.Batch) {
	return func(b *storage.Batch) {
		var block points.Block
		for _, at := range at {
			block.AppendInt(at, value)
		}
		b.Put(cpu("a"), block, 0)
	}
}

// removing removes some times in a batch.
func removing(at ...int64) func(*storage.Batch) {
	return func(b *storage.Batch) { b.Remove(cpu("a"), at...) }
}

// joining does one thing after the other to a batch.
func joining(steps ...func(*storage.Batch)) func(*storage.Batch) {
	return func(b *storage.Batch) {
		for _, step := range steps {
			step(b)
		}
	}
}
