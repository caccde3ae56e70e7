package chunk

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aion/storage/points"
)

// runRoundTrip encodes b as a run and compares what is read.
func runRoundTrip(t *testing.T, b *points.Block, expires []int64) {
	t.Helper()
	var got points.Block
	all, err := ParseRun(AppendRun(nil, b, expires), &got, nil)
	if err != nil {
		t.Fatalf("ParseRun: %v", err)
	}
	if diff := differ(b, &got); b.Len() > 0 && diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	if soonest(expires) != 0 && !cmp.Equal(all, expires) {
		t.Errorf("expiries = %v, want %v", all, expires)
	}
}

// TestRunRoundTrip holds runs of every class to what went in.
func TestRunRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 300} {
		for name, b := range classes(n) {
			t.Run(fmt.Sprintf("n=%d/%s", n, name), func(t *testing.T) {
				b.Reverse()
				runRoundTrip(t, b, nil)
				runRoundTrip(t, b, append([]int64{}, b.Times...))
			})
		}
	}
}

// TestParseRunExpiries says what becomes of expiries when runs are read one
// behind the other.
func TestParseRunExpiries(t *testing.T) {
	b := longsOf([]int64{10, 20}, func(i int) int64 { return int64(i) })
	tests := map[string]struct {
		runs [][]int64
		want []int64
	}{
		"none":        {[][]int64{nil, nil}, nil},
		"all never":   {[][]int64{{0, 0}, {0, 0}}, nil},
		"first":       {[][]int64{{5, 6}, nil}, []int64{5, 6, 0, 0}},
		"second":      {[][]int64{nil, {5, 6}}, []int64{0, 0, 5, 6}},
		"some":        {[][]int64{{0, 7}, {8, 0}}, []int64{0, 7, 8, 0}},
		"third alone": {[][]int64{nil, nil, {1, 2}}, []int64{0, 0, 0, 0, 1, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out points.Block
			var got []int64
			for _, expires := range test.runs {
				var err error
				if got, err = ParseRun(AppendRun(nil, b, expires), &out, got); err != nil {
					t.Fatalf("ParseRun: %v", err)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("expiries (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseRunDamaged cuts runs short and lengthens them: an ErrCorrupt, and
// the block as it was.
func TestParseRunDamaged(t *testing.T) {
	for name, b := range classes(5) {
		t.Run(name, func(t *testing.T) {
			whole := AppendRun(nil, b, []int64{1, 2, 3, 4, 5})
			damaged := [][]byte{append(append([]byte{}, whole...), 0)}
			for n := range whole {
				damaged = append(damaged, whole[:n])
			}
			for _, data := range damaged {
				var out points.Block
				out.AppendBlock(b)
				if b.Kind != points.Number {
					out = b.Slice(0, b.Len())
				}
				want := bitsOf(&out)
				expires, err := ParseRun(data, &out, []int64{9, 9, 9, 9, 9})
				if !errors.Is(err, points.ErrCorrupt) {
					t.Fatalf("ParseRun of %d bytes: %v, want an ErrCorrupt", len(data), err)
				}
				if diff := cmp.Diff(want, bitsOf(&out)); diff != "" || len(expires) != 5 {
					t.Fatalf("after ParseRun of %d bytes: %d expiries, block (-want +got):\n%s", len(data), len(expires), diff)
				}
			}
		})
	}
}
