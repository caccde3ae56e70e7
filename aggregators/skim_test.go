package aggregators

import (
	"context"
	"math"
	"slices"
	"testing"

	"aion/storage/points"
)

// paging is an asking cursor that gives the values of whole pages.
type paging struct{ asking }

// Values gives values up to the end of a page.
func (p *paging) Values(ctx context.Context, until int64, v []float64, n int) ([]float64, int64, bool, error) {
	return p.asking.Values(ctx, until, v, max(n, p.page-p.read%p.page))
}

// TestAskedInVain: behind the pages that lie in a range, and within the page that
// the range before has ended in, no summary is asked for.
func TestAskedInVain(t *testing.T) {
	const hours, page = 50, 1000 // a range has a part of a page, three pages and a part
	var all []point
	for at := int64(0); at < hours*60*minute; at += second {
		all = append(all, point{at: at, kind: "double", bits: math.Float64bits(float64(at % 977))})
	}
	for _, name := range []string{"max", "count"} {
		a := build(t, name, Env{Release: V13, End: math.MaxInt64}, Values{"sampling": points.Span{Value: 1, Unit: points.Hours}})
		want, err := readAll(t, a.Apply(Group{}, &cursor{points: all, size: 1000}))
		if err != nil {
			t.Fatal(err)
		}
		in := &paging{asking{valued: valued{&summarized{cursor: &cursor{points: all, size: 1000}, page: page}}}}
		got, err := readAll(t, a.Apply(Group{}, in))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: got %v and the error %v\nwant %v", name, got, err, want)
		}
		// In a range, twice for values and at most twice for pages.
		if most := 4 * hours; in.asked > most {
			t.Errorf("%s: the cursor was asked %d times, want at most %d", name, in.asked, most)
		}
	}
}
