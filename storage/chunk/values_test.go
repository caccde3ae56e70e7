package chunk

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"aion/storage/points"
)

// steps makes n times: one every step milliseconds, off by up to jitter either
// way.
func steps(r *rand.Rand, n int, start, step, jitter int64) []int64 {
	t := make([]int64, n)
	for i := range t {
		t[i] = start + int64(i)*step
		if jitter > 0 {
			t[i] += r.Int64N(2*jitter+1) - jitter
		}
	}
	return t
}

// doublesOf is a block of n doubles that value makes.
func doublesOf(times []int64, value func(i int) float64) *points.Block {
	var b points.Block
	for i, at := range times {
		b.AppendFloat(at, value(i))
	}
	return &b
}

// longsOf is a block of n longs that value makes.
func longsOf(times []int64, value func(i int) int64) *points.Block {
	var b points.Block
	for i, at := range times {
		b.AppendInt(at, value(i))
	}
	return &b
}

// gauge is a random walk around 20 in steps of about 0.05, in hundredths.
func gauge(r *rand.Rand) func(int) float64 {
	v := 20.0
	return func(int) float64 {
		v += (20-v)*0.01 + r.NormFloat64()*0.05
		return math.Round(v*100) / 100
	}
}

// start is the time of the first point in most tests: 2023-11-14T22:13:20Z.
const start = 1_700_000_000_000

// classes are the values that a codec meets, by name; n is how many.
func classes(n int) map[string]*points.Block {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	regular, jitter := steps(r, n, start, 10_000, 0), steps(r, n, start, 10_000, 500)
	odd := []float64{math.Copysign(0, -1), 0, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, math.Float64frombits(0x7ff8000000000001), math.Float64frombits(0xfff0000000000001), 1e22, 0.1}
	wide := []int64{math.MinInt64, math.MaxInt64, 0, -1, 1, 1 << 53, 1<<53 + 1, -1<<53 - 1}
	ends := append([]int64{}, regular...)
	if n > 1 {
		ends[0], ends[n-1] = math.MinInt64, math.MaxInt64
	}
	hole := append([]int64{}, regular...)
	for i := n / 3; i < n; i++ {
		hole[i] += 3_600_000
	}
	return map[string]*points.Block{
		"gauge jitter":    doublesOf(jitter, gauge(r)),
		"gauge regular":   doublesOf(regular, gauge(r)),
		"gauge with hole": doublesOf(hole, gauge(r)),
		"ends of time":    doublesOf(ends, gauge(r)),
		"const":           doublesOf(jitter, func(int) float64 { return 21.5 }),
		"whole doubles":   doublesOf(regular, func(i int) float64 { return float64(i * 3) }),
		"full mantissa":   doublesOf(jitter, func(int) float64 { return 20 + r.NormFloat64() }),
		"single floats":   doublesOf(jitter, func(int) float64 { return float64(float32(r.NormFloat64())) }),
		"any bits":        doublesOf(jitter, func(int) float64 { return math.Float64frombits(r.Uint64()) }),
		"specials":        doublesOf(jitter, func(i int) float64 { return odd[i%len(odd)] }),
		"zeros of both":   doublesOf(jitter, func(i int) float64 { return math.Copysign(0, float64(i%2)-0.5) }),
		"huge sums":       doublesOf(jitter, func(int) float64 { return math.MaxFloat64 / 64 }),
		"mixed signs":     doublesOf(jitter, func(int) float64 { return math.Round(r.NormFloat64()*1000) / 1000 }),
		"negatives":       doublesOf(jitter, func(int) float64 { return -math.Round(r.Float64()*1000) / 10 }),
		"a few thirds": doublesOf(jitter, func(i int) float64 {
			if i%40 == 7 {
				return 1.0 / 3
			}
			return float64(i%100) / 10
		}),
		"spikes": doublesOf(regular, func(i int) float64 {
			if i%50 == 3 {
				return 1e9
			}
			return 20 + float64(i%3)/10
		}),
		"counter":    longsOf(jitter, func(i int) int64 { return int64(i)*1000 + r.Int64N(100) }),
		"wide longs": longsOf(jitter, func(i int) int64 { return wide[i%len(wide)] }),
		"any longs":  longsOf(jitter, func(int) int64 { return int64(r.Uint64()) }),
		"zero longs": longsOf(regular, func(int) int64 { return 0 }),
		"nulls":      nullsOf(jitter),
		"states":     textsOf(jitter, func(i int) string { return []string{"", "open", "closed", "öffnend"}[i/3%4] }),
		"messages":   textsOf(jitter, func(i int) string { return fmt.Sprintf("message %d of sensor %d", i, r.IntN(1000)) }),
		"complex":    bytesOf(jitter, func(i int) []byte { return []byte{byte(i), byte(i >> 8), 0, 0, 0, 0, 0, 1} }),
		"empty":      bytesOf(jitter, func(i int) []byte { return []byte{} }),
	}
}

// nullsOf is a block of nulls.
func nullsOf(times []int64) *points.Block {
	var b points.Block
	for _, at := range times {
		b.AppendNull(at)
	}
	return &b
}

// textsOf is a block of texts that value makes.
func textsOf(times []int64, value func(i int) string) *points.Block {
	b := points.Block{Kind: points.Text}
	for i, at := range times {
		b.AppendText(at, value(i))
	}
	return &b
}

// bytesOf is a block of opaque values that value makes.
func bytesOf(times []int64, value func(i int) []byte) *points.Block {
	b := points.Block{Kind: points.Opaque, Type: points.TypeComplex}
	for i, at := range times {
		b.AppendBytes(at, value(i))
	}
	return &b
}

// TestRoundTrip holds every class of values, in chunks of every interesting
// length, to what went in, bit for bit.
func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 9, 127, 128, 129, 256, 385, 512, 4096, 9000} {
		for name, b := range classes(n) {
			t.Run(fmt.Sprintf("n=%d/%s", n, name), func(t *testing.T) {
				data := roundTrip(t, b, nil)
				if n == 4096 {
					t.Logf("%.3f bytes a point", float64(len(data))/float64(n))
				}
			})
		}
	}
}

// TestRoundTripExpiries holds expiries of every sort to what went in.
func TestRoundTripExpiries(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	b := doublesOf(steps(r, 300, start, 1000, 10), gauge(r))
	tests := map[string]func(i int) int64{
		"never":  func(int) int64 { return 0 },
		"same":   func(int) int64 { return start + 1e9 },
		"some":   func(i int) int64 { return int64(i%3) * (start + 1e9) },
		"late":   func(i int) int64 { return b.Times[i] + 3_600_000 },
		"random": func(int) int64 { return r.Int64() },
	}
	for name, expiry := range tests {
		t.Run(name, func(t *testing.T) {
			expires := make([]int64, b.Len())
			for i := range expires {
				expires[i] = expiry(i)
			}
			roundTrip(t, b, expires)
		})
	}
}

// TestRoundTripRandom holds blocks of mixed nature, whose numbers have random
// widths, to what went in.
func TestRoundTripRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 100 {
		n, width, at := 1+r.IntN(400), r.IntN(64), r.Int64()
		times := make([]int64, n)
		for i := range times {
			at += 1 + int64(r.Uint64()>>(20+r.IntN(43)))
			times[i] = at
		}
		power := powers[r.IntN(len(powers))]
		roundTrip(t, longsOf(times, func(int) int64 { return int64(r.Uint64() >> width) }), nil)
		roundTrip(t, doublesOf(times, func(int) float64 { return float64(int64(r.Uint64())>>width) / power }), nil)
		roundTrip(t, doublesOf(times, func(int) float64 { return math.Float64frombits(r.Uint64() << width) }), nil)
	}
}
