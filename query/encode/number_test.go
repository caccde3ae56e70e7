package encode

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestAppendDouble takes what Java 17 prints, shortened as KairosDB does; the
// first half are numbers that a KairosDB has answered.
func TestAppendDouble(t *testing.T) {
	tests := map[float64]string{
		1e12:                        "1.0E12",
		12345678:                    "1.2345678E7",
		36.8421052631579:            "36.8421052631579",
		2.138089935299395:           "2.138089935299395",
		3.949999999999995:           "3.949999999999995",
		333.3333333333333:           "333.3333333333333",
		-7.199999999999999:          "-7.199999999999999",
		8.571428570896387:           "8.571428570896387",
		12.211102550927981:          "12.211102550927981",
		2886.8956799071675:          "2886.8956799071675",
		0.15000000000000002:         "0.15000000000000002",
		0.7000000000000001:          "0.7000000000000001",
		9007199254740992:            "9.007199254740992E15",
		math.MaxFloat64:             "1.7976931348623157E308",
		-math.MaxFloat64:            "-1.7976931348623157E308",
		60.2:                        "60.2",
		30.200000000000003:          "30.200000000000003",
		0:                           "0",
		1:                           "1",
		-1:                          "-1",
		10:                          "10",
		2.5:                         "2.5",
		-20.03:                      "-20.03",
		0.05:                        "0.05",
		100000:                      "100000",
		0.001:                       "0.001",
		0.0010000000000000002:       "0.0010000000000000002",
		0.0009999999999999998:       "9.999999999999998E-4",
		0.0001:                      "1.0E-4",
		0.00001:                     "1.0E-5",
		1234.567:                    "1234.567",
		1234.5678:                   "1234.5678",
		0.123456:                    "0.123456",
		0.1234567:                   "0.1234567",
		9999999:                     "9999999",
		9999999.5:                   "9999999.5",
		9999999.999999998:           "9999999.999999998",
		1e7:                         "1.0E7",
		12345678.9:                  "1.23456789E7",
		1 << 54:                     "1.8014398509481984E16",
		1<<54 - 2:                   "1.8014398509481982E16",
		1e17:                        "1.0E17",
		1.2238074432707533e17:       "1.22380744327075328E17",
		-1.2238074432707533e17:      "-1.22380744327075328E17",
		1e18:                        "1.0E18",
		1 << 62:                     "4.6116860184273879E18",
		1 << 63:                     "9.223372036854776E18",
		1.2345678901234567e-300:     "1.2345678901234568E-300",
		math.SmallestNonzeroFloat64: "4.9E-324",
	}
	for v, want := range tests {
		if got := string(AppendDouble([]byte("x"), v)); got != "x"+want {
			t.Errorf("AppendDouble(%v) = %q, want %q", v, got[1:], want)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, want := string(AppendDouble(nil, v)), "null"; got != want {
			t.Errorf("AppendDouble(%v) = %q, want %q", v, got, want)
		}
	}
	if got, want := string(AppendDouble(nil, math.Copysign(0, -1))), "-0"; got != want {
		t.Errorf("AppendDouble(-0.0) = %q, want %q", got, want)
	}
}

// reference prints v by strconv alone, in the plainest way. It is right but for
// the doubles from 2^54 to 2^63 and the smallest.
func reference(v float64) string {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "null"
	case size == 0 || size >= 1e-3 && size < 1e7:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(n)
}

// doubleClasses makes random doubles of every sort that takes its own way.
func doubleClasses(r *rand.Rand) map[string]func() float64 {
	return map[string]func() float64{
		"any bits":   func() float64 { return math.Float64frombits(r.Uint64()) },
		"near one":   func() float64 { return math.Ldexp(r.Float64()-0.5, r.IntN(40)-14) },
		"decimals":   func() float64 { return math.Round(r.NormFloat64()*1e6) / math.Pow10(r.IntN(9)) },
		"hundredths": func() float64 { return float64(r.IntN(1e9)-5e8) / 100 },
		"not quite":  func() float64 { return math.Nextafter(float64(r.IntN(1e7))/1000, float64(r.IntN(2))*1e9) },
		"whole":      func() float64 { return float64(r.Int64() >> r.IntN(63)) },
		"boundaries": func() float64 {
			return math.Float64frombits(math.Float64bits([]float64{1e-3, 1e7, 1, 0.1}[r.IntN(4)]) + r.Uint64N(9) - 4)
		},
		"small":        func() float64 { return r.Float64() * 1e-3 },
		"few decimals": func() float64 { return float64(r.IntN(2000)) / math.Pow10(r.IntN(7)) },
		"means": func() float64 {
			sum, n := 0.0, 1+r.IntN(20)
			for range n {
				sum += float64(r.IntN(10_000)-1000) / 100
			}
			return sum / float64(n)
		},
	}
}

// TestAppendDoubleReference compares millions of doubles with strconv's way.
func TestAppendDoubleReference(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	var got []byte
	for name, next := range doubleClasses(r) {
		t.Run(name, func(t *testing.T) {
			for range 150_000 {
				v := next()
				if size := math.Abs(v); size >= 1<<54 && size < 1<<63 || size == math.SmallestNonzeroFloat64 {
					continue
				}
				if got = AppendDouble(got[:0], v); string(got) != reference(v) {
					t.Fatalf("AppendDouble(%b) = %q, want %q", v, got, reference(v))
				}
			}
		})
	}
}

// TestAppendDoubleReadsBack says that every double, however it is printed, reads
// back as itself.
func TestAppendDoubleReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	for range 100_000 {
		v := math.Float64frombits(uint64(1023+50+r.IntN(15))<<52 | r.Uint64()>>12)
		text := string(AppendDouble(nil, v))
		if got, err := strconv.ParseFloat(text, 64); err != nil || got != v {
			t.Fatalf("%v printed as %q reads back as %v, %v", v, text, got, err)
		}
	}
}

// FuzzAppendDouble tries any double against strconv's way.
func FuzzAppendDouble(f *testing.F) {
	for _, v := range []float64{0, 20.03, 1e-3, 1e7, 1.0 / 3, 1 << 54, 1 << 63} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		text := string(AppendDouble(nil, v))
		if text == "null" {
			return
		}
		if got, err := strconv.ParseFloat(text, 64); err != nil || math.Float64bits(got) != math.Float64bits(v) {
			t.Fatalf("%v printed as %q reads back as %v, %v", v, text, got, err)
		}
	})
}

// TestHundredths: every number of hundredths below a thousand is found, and written as
// it is one at a time; neighbours and what has no hundredths are not taken for one.
func TestHundredths(t *testing.T) {
	taken := func(v float64, want int64, ok bool) {
		if n, found := hundredths(v); found != ok || ok && n != want {
			t.Errorf("hundredths(%v) = %d, %v, want %d, %v", v, n, found, want, ok)
		}
	}
	for n := int64(-99_999); n <= 99_999; n++ {
		v := float64(n) / 100
		taken(v, n, true)
		taken(math.Nextafter(v, math.Inf(1)), 0, false)
		taken(math.Nextafter(v, math.Inf(-1)), 0, false)
		var p [maxNumber]byte
		if got, want := string(p[:putHundredths(p[:], 0, n)]), strconv.FormatFloat(v, 'f', -1, 64); got != want {
			t.Errorf("putHundredths(%d) = %s, want %s", n, got, want)
		}
	}
	for e := -1074.0; e < 1024; e++ {
		if v := math.Exp2(e); v < 0.25 || v > 512 {
			taken(v, 0, false)
			taken(-v, 0, false)
		}
	}
	for _, v := range []float64{math.Copysign(0, -1), math.NaN(), math.Copysign(math.NaN(), -1), math.Inf(1), math.Inf(-1), math.MaxFloat64, 1000, -1000, 1e20} {
		taken(v, 0, false)
	}
}
