package stream

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// TestDecimal reads random decimals as strconv does, to the bit, and leaves alone
// what is none.
func TestDecimal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range 100_000 {
		v := (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(16)))
		word := strconv.FormatFloat(v, 'f', 1+r.IntN(15), 64)
		got, ok := decimal([]byte(word))
		if want, _ := strconv.ParseFloat(word, 64); ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: got %v, want %v", word, got, want)
		}
		if digits := len(word) - 1; !ok && word[0] != '-' && digits <= exactDigits {
			t.Fatalf("%s: got no decimal, want one", word)
		}
	}
	for word, want := range map[string]string{
		"5.": "5 true", ".5": "0.5 true", "-.5": "-0.5 true", "-0.0": "-0 true", "000.10": "0.1 true", "123456789012345.": "1.23456789012345e+14 true",
		"": "0 false", ".": "0 false", "-.": "0 false", "5": "0 false", "1.2.3": "0 false", "+1.5": "0 false", "1.5d": "0 false", "--1.5": "0 false",
		"1234567890.123456": "0 false",
	} {
		v, ok := decimal([]byte(word))
		if got := fmt.Sprint(v, ok); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
}
