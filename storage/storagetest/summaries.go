package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// summaryChecks are the demands on a driver that keeps summaries.
func summaryChecks() []check {
	return []check{
		{"summaries", "are the truth", summariesAreTrue},
		{"summaries", "of extreme values", summariesOfExtremes},
	}
}

// summariesAreTrue: walking over summaries where there are some, and over points
// elsewhere, comes to the same as walking over the points.
func summariesAreTrue(f *fixture) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, k := range []points.Key{long("m", "h", "a"), double("m", "h", "a")} {
		f.put(k, noise(rng, k.Type, 20_000, 0, 100), 0)
	}
	f.compact()
	if f.summaries(rng) == 0 {
		f.compacted()
	}
	changes := []func(){
		func() { f.put(double("m", "h", "a"), noise(rng, points.TypeDouble, 60, 333_333, 100), 0) },
		func() { f.put(long("m", "h", "a"), noise(rng, points.TypeLong, 500, 1_000_050, 100), 10*time.Second) },
		func() { f.delete(storage.Selection{}, points.Range{From: 700_000, To: 750_000}) },
		func() { f.clock.Advance(11 * time.Second) },
		func() { f.put(long("m", "h", "a"), noise(rng, points.TypeLong, 5000, 2_000_000, 100), 0) },
	}
	for _, change := range changes {
		change()
		f.summaries(rng)
		f.values(rng)
		f.compact()
		f.summaries(rng)
		f.values(rng)
	}
}

// compacted ends the check of a store without summaries: one that cannot give
// them need not, one that compacts must have some by now.
func (f *fixture) compacted() {
	f.Helper()
	summarized, compacter := false, false
	for s, err := range f.store.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		_, is := s.(storage.Summarized)
		summarized = summarized || is
	}
	_, compacter = storage.As[storage.Compacter](f.store)
	if summarized && compacter {
		f.Fatal("a store of 40,000 points has no summary after Compact")
	}
	f.Skip("the driver keeps no summaries")
}

// noise makes n numbers of a type at irregular times.
func noise(rng *rand.Rand, stored string, n int, from, step int64) points.Block {
	var b points.Block
	for i := range int64(n) {
		at := from + i*step + rng.Int64N(step)
		if stored == points.TypeLong {
			b.AppendInt(at, rng.Int64N(2000)-1000)
		} else {
			b.AppendFloat(at, math.Round(rng.NormFloat64()*1e4)/100)
		}
	}
	return b
}

// summaries compares summaries with points in many ranges and returns how many
// summaries there were.
func (f *fixture) summaries(rng *rand.Rand) int {
	f.Helper()
	skipped := 0
	for s, err := range f.store.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		sum, ok := s.(storage.Summarized)
		if !ok {
			continue
		}
		for i := range 12 {
			r := points.Always
			if i > 1 {
				r.From = rng.Int64N(2_600_000) - 50_000
				r.To = r.From + rng.Int64N(1_500_000)
			}
			got, n, err := walk(f.Context(), sum.Summaries(r), rng, i == 0)
			f.must(err)
			want, _, err := walk(f.Context(), plain{s.Points(r, points.Asc)}, rng, true)
			f.must(err)
			if d := summaryDifference(got, want); d != "" {
				f.Fatalf("summary of %s in %v: %s", s.Key(), r, d)
			}
			skipped += n
		}
	}
	return skipped
}

// plain is a cursor without summaries.
type plain struct{ points.Cursor }

// Peek never has one.
func (plain) Peek(context.Context, int64) (points.Summary, bool, error) {
	return points.Summary{}, false, nil
}

// Skip is not called.
func (plain) Skip() {}

// walk adds up a summarizer: with boundaries at random, or with none (far). It
// returns how many summaries it took.
func walk(ctx context.Context, c points.Summarizer, rng *rand.Rand, far bool) (total points.Summary, skipped int, err error) {
	defer func() { err = errors.Join(err, c.Close()) }()
	var b points.Block
	until := int64(math.MaxInt64)
	for {
		if !far {
			until = total.LastAt + rng.Int64N(900_000)
		}
		s, ok, err := c.Peek(ctx, until)
		if err != nil {
			return total, skipped, err
		}
		if ok && rng.IntN(5) != 0 {
			c.Skip()
			add(&total, s)
			skipped++
			continue
		}
		if err := c.Next(ctx, &b); err == io.EOF {
			return total, skipped, nil
		} else if err != nil {
			return total, skipped, err
		}
		for i := range b.Times {
			add(&total, single(&b, i))
		}
	}
}

// single is the summary of one point.
func single(b *points.Block, i int) points.Summary {
	v, at := b.Floats[i], b.Times[i]
	s := points.Summary{Count: 1, Min: v, Max: v, Sum: v, SumAbs: math.Abs(v), First: v, Last: v, FirstAt: at, LastAt: at}
	if s.Ints = b.Int(i); s.Ints {
		s.FirstInt, s.LastInt = b.Ints[i], b.Ints[i]
	}
	return s
}

// add adds a later run to a total.
func add(total *points.Summary, s points.Summary) {
	if total.Count == 0 {
		*total = s
		total.Final = false
		return
	}
	total.Count += s.Count
	total.Min, total.Max = math.Min(total.Min, s.Min), math.Max(total.Max, s.Max)
	total.Sum, total.SumAbs = total.Sum+s.Sum, total.SumAbs+s.SumAbs
	total.Last, total.LastAt, total.LastInt = s.Last, s.LastAt, s.LastInt
	total.Ints = total.Ints && s.Ints
}

// summaryDifference says what differs, beyond the order of additions.
func summaryDifference(got, want points.Summary) string {
	near := func(a, b float64) bool { return math.IsInf(want.SumAbs, 1) || math.Abs(a-b) <= 1e-9*want.SumAbs }
	exact := got
	exact.Sum, exact.SumAbs = want.Sum, want.SumAbs
	if text := fmt.Sprintf("%v", exact); text == fmt.Sprintf("%v", want) && near(got.Sum, want.Sum) && near(got.SumAbs, want.SumAbs) {
		return ""
	}
	return fmt.Sprintf("got %+v, want %+v", got, want)
}

// summariesOfExtremes: zeros of both signs and the ends of both number types are
// summarized like any other value.
func summariesOfExtremes(f *fixture) {
	rng := rand.New(rand.NewPCG(5, 5))
	negativeZero := math.Copysign(0, -1)
	var zeros, longs points.Block
	for i := range int64(9000) {
		zeros.AppendFloat(i*100, []float64{0, negativeZero}[i%2])
		longs.AppendInt(i*100, []int64{1 << 60, -1 << 60, 1<<53 + 1}[i%3])
	}
	f.put(double("zeros", "h", "a"), zeros, 0)
	f.put(double("ends", "h", "a"), doubles(0, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64), 0)
	f.put(long("ends", "h", "a"), longs, 0)
	f.compact()
	if f.summaries(rng) == 0 {
		f.compacted()
	}
}
