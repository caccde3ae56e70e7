package cassandra

import (
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestStretch: the parts of a long row follow one another without gaps and reach
// its end, whatever their pages have had.
func TestStretch(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		bounds := [2]uint32{rng.Uint32N(1000), math.MaxUint32 - rng.Uint32N(1000)}
		for _, o := range []points.Order{points.Asc, points.Desc} {
			whole := &partition{scan: &scan{store: &Store{fetching: newFetching(4)}, order: o}, strict: true}
			whole.width.Store(24)
			binary.BigEndian.PutUint32(whole.from[:], bounds[0])
			binary.BigEndian.PutUint32(whole.to[:], bounds[1])
			got := &page{rows: 1500, first: bounds[0] + 10, last: bounds[0] + 10 + rng.Uint32N(1<<28)}
			at := got.last + 1
			if o == points.Desc {
				got.first, got.last = bounds[1]-10, bounds[1]-10-rng.Uint32N(1<<28)
				at = got.last
			}
			s := whole.stretch(got)
			for n := 0; ; n++ {
				p := s.cut()
				if p == nil {
					break
				}
				from, to := binary.BigEndian.Uint32(p.from[:]), binary.BigEndian.Uint32(p.to[:])
				if o == points.Desc {
					from, to = to, from
				}
				if from != at || from == to || (from < to) != (o == points.Asc) || n > 100000 {
					t.Fatalf("%s: part %d is from %d to %d, want one from %d", o, n, from, to, at)
				}
				at = to
				p.ended = true
				s.plan(p.columns(&page{}), rng.IntN(3000))
			}
			if end := bounds[1]; o == points.Asc && at != end || o == points.Desc && at != bounds[0] {
				t.Fatalf("%s: the parts end at %d", o, at)
			}
		}
	}
}

// TestStretchBehindAShortRow: rows behind a short one are begun together; where
// the first of them proves long, its parts still come before the others.
func TestStretchBehindAShortRow(t *testing.T) {
	s := opened(t, Config{})
	key, width := cpu("a"), s.config.Layout.Width
	var want []int64
	var b storage.Batch
	for row, n := range []int64{10, 5000, 4000, 3000, 10} {
		var block points.Block
		for i := range n {
			at := int64(row)*width + i*width/n
			block.AppendInt(at, i)
			want = append(want, at)
		}
		b.Put(key, block, 0)
	}
	writes(t, s, &b)
	for _, o := range []points.Order{points.Asc, points.Desc} {
		got := timesOf(t, s, o)
		if o == points.Desc {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %d points, want %d in their order", o, len(got), len(want))
		}
	}
}

// timesOf are the times of the points of the one series that a store has.
func timesOf(t *testing.T, s *Store, o points.Order) (times []int64) {
	t.Helper()
	for series, err := range s.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		in := series.Points(points.Always, o)
		defer in.Close()
		var block points.Block
		for {
			if err := in.Next(t.Context(), &block); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			times = append(times, block.Times...)
		}
	}
	return times
}
