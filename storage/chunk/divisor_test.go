package chunk

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestDivisor compares products with quotients: for the integers round zero, at
// the ends of what is multiplied, and for many between.
func TestDivisor(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	var ints []int64
	for n := range int64(200_000) {
		ints = append(ints, n, -n, 1<<smallBits-1-n, -1<<smallBits+n, rng.Int64N(1<<smallBits))
	}
	v := make([]float64, len(ints))
	for _, power := range powers {
		d := newDivisor(power)
		if d.high == 0 {
			continue
		}
		if !d.multiply(v, ints, 0, 0, false) {
			t.Fatalf("power %g: the integers are said to be too large", power)
		}
		for i, n := range ints {
			if want := float64(n) / power; math.Float64bits(v[i]) != math.Float64bits(want) {
				t.Fatalf("%d / %g: got %v, want %v", n, power, v[i], want)
			}
		}
	}
}

// TestDivisorTooLarge answers false for integers beyond what is multiplied, in
// both forms of columns.
func TestDivisorTooLarge(t *testing.T) {
	d := newDivisor(100)
	for _, n := range []int64{1 << smallBits, -1<<smallBits - 1, math.MaxInt64, math.MinInt64, 1 << 40} {
		v := make([]float64, 3)
		if d.multiply(v, []int64{1, n, 1}, 0, 0, false) {
			t.Errorf("%d is not too large", n)
		}
		if d.multiply(v, []int64{1, n - 1, 1}, 0, 0, true) {
			t.Errorf("%d as a running total is not too large", n)
		}
	}
}
