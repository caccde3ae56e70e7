package cassandra

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

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
