package query

import (
	"fmt"
	"hash/maphash"
	"math"
	"testing"

	"aion/storage/points"
)

// TestDensities: what a metric had in one range is expected of it in another, and of
// no other metric.
func TestDensities(t *testing.T) {
	d := densities{seed: maphash.MakeSeed()}
	hour := points.Range{From: 0, To: 3_599_999}
	if got := d.expect("a", hour); got != 0 {
		t.Errorf("got %v of a metric that nobody has read, want 0", got)
	}
	d.note("a", 8, hour, 8*360)
	for _, tt := range []struct {
		metric string
		in     points.Range
		want   float64
	}{
		{"a", hour, 360},
		{"a", points.Range{From: 3_600_000, To: 25*3_600_000 - 1}, 24 * 360},
		{"a", points.Range{From: math.MinInt64, To: math.MaxInt64}, math.Pow(2, 64) / 10_000},
		{"a", points.Range{From: 2, To: 1}, 1.0 / 10_000},
		{"b", hour, 0},
	} {
		if got := d.expect(tt.metric, tt.in); math.Abs(got-tt.want) > tt.want/1e6 {
			t.Errorf("%s %v: got %v, want %v", tt.metric, tt.in, got, tt.want)
		}
	}
	for i := range 10_000 {
		d.note(fmt.Sprint("c", i), 1, hour, 1)
	}
	if got := d.expect("c9999", hour); got < 0.999 || got > 1.001 {
		t.Errorf("got %v of the metric that was read last, want 1", got)
	}
}
