package encode

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// wantShortest wants the digits that strconv finds, where shortest finds any.
func wantShortest(t *testing.T, v float64) (found bool) {
	t.Helper()
	var p [maxNumber]byte
	n, _ := putShortest(p[:], v)
	if n == 0 {
		return false
	}
	got, want := string(p[:n]), strconv.FormatFloat(v, 'f', -1, 64)
	if got != want {
		t.Fatalf("putShortest(%b) = %q, want %q", v, got, want)
	}
	return true
}

// TestShortest compares doubles of all kinds with strconv's way: any bits, sums
// and means of decimals, decimals and their neighbours, halves of powers of two.
func TestShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const each = 100_000
	found := 0
	for range each {
		mean, n := 0.0, 1+r.IntN(100)
		for range n {
			mean += math.Round(r.NormFloat64()*5000) / 100
		}
		mean = math.Abs(mean) / float64(n)
		decimal := float64(r.Uint64N(1e17)>>r.UintN(50)) / powers[1+r.IntN(6)]
		eighths := float64(r.Uint64N(1<<(10+r.UintN(43)))) / float64(uint64(1)<<(1+r.UintN(60)))
		other := math.Ldexp(1+r.Float64(), -9+r.IntN(34))
		for _, v := range []float64{mean, decimal, math.Nextafter(decimal, 0), math.Nextafter(decimal, math.Inf(1)), eighths, other} {
			if wantShortest(t, v) {
				found++
			}
		}
	}
	if found < each {
		t.Errorf("got %d doubles found, want %d", found, each)
	}
}

// TestShortestRefuses says which doubles are left to strconv: those out of range,
// powers of two, and those between two decimals of as many digits.
func TestShortestRefuses(t *testing.T) {
	for _, v := range []float64{0, 0.5, 1, 4096, 0.0039, 1 << 24, 1<<24 + 1, 1e300, 5e-324, math.MaxFloat64, math.Inf(1), math.NaN(), 8388609 + 1.0/1024, 1e7, 10000000.000000002} {
		var p [maxNumber]byte
		if n, _ := putShortest(p[:], v); n != 0 {
			t.Errorf("putShortest(%v) = %q, want none", v, p[:n])
		}
	}
}

// FuzzShortest compares any positive double with strconv's way.
func FuzzShortest(f *testing.F) {
	for _, v := range []float64{20.122999999999998, 0.1, 9999999.999999998, 8388609.0009765625} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, word uint64) { wantShortest(t, math.Float64frombits(word&^(1<<63))) })
}
