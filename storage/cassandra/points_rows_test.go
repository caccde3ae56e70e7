package cassandra

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestRowsOfAllSizes: rows that are empty, short, a page long and longer follow
// one another in any order, and a range reads exactly its points in both orders,
// whether it was fetched ahead and probed or not.
func TestRowsOfAllSizes(t *testing.T) {
	s := opened(t, Config{})
	rng := rand.New(rand.NewPCG(77, 1))
	for i := range 8 {
		key, rows := cpu(fmt.Sprint("s", i)), int64(3+rng.IntN(5))
		all := plantRows(t, s, rng, key, rows)
		for range 10 {
			r := points.Range{From: rng.Int64N(rows * s.config.Layout.Width), To: rng.Int64N(rows * s.config.Layout.Width)}
			if r.Empty() {
				r.From, r.To = r.To, r.From
			}
			for _, o := range []points.Order{points.Asc, points.Desc} {
				want := slices.DeleteFunc(slices.Clone(all), func(at int64) bool { return !r.Holds(at) })
				if o == points.Desc {
					slices.Reverse(want)
				}
				if got := timesWithin(t, s, rng, key, r, o); !slices.Equal(got, want) {
					t.Fatalf("series %d in %v %s: got %d points, want %d", i, r, o, len(got), len(want))
				}
			}
		}
	}
}

// plantRows writes a series of so many rows, dense, even or scattered, and
// answers its times, ascending.
func plantRows(t *testing.T, s *Store, rng *rand.Rand, key points.Key, rows int64) (all []int64) {
	t.Helper()
	sizes := []int64{0, 1, 10, 400, 1499, 1500, 1501, 3000, 6000, 12000}
	width := s.config.Layout.Width
	var b storage.Batch
	for row := range rows {
		n := sizes[rng.IntN(len(sizes))]
		var block points.Block
		for i := range n {
			off := []int64{i * (width / n), i, rng.Int64N(width)}[row%3]
			block.AppendInt(row*width+off, i)
		}
		all = append(all, block.Times...)
		b.Put(key, block, 0)
	}
	writes(t, s, &b)
	slices.Sort(all)
	return slices.Compact(all)
}

// timesWithin are the times of a series in a range.
func timesWithin(t *testing.T, s *Store, rng *rand.Rand, key points.Key, r points.Range, o points.Order) (times []int64) {
	t.Helper()
	sel := storage.Selection{Metrics: []string{key.Metric}, Within: &r, Matchers: []storage.Matcher{{Tag: "host", Values: []string{key.Tags[0].Value}}}}
	for series, err := range s.Select(t.Context(), sel) {
		if err == nil && rng.IntN(2) == 0 {
			storage.Prefetch(t.Context(), series, r, o)
		}
		if err == nil && rng.IntN(2) == 0 {
			_, err = series.Any(t.Context(), r)
		}
		if err != nil {
			t.Fatal(err)
		}
		in := series.Points(r, o)
		defer in.Close()
		var block points.Block
		for err = in.Next(t.Context(), &block); err == nil; err = in.Next(t.Context(), &block) {
			times = append(times, block.Times...)
		}
		if err != io.EOF {
			t.Fatal(err)
		}
	}
	return times
}
