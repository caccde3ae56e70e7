package aggregators

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage/points"
)

// TestSpread folds ranges in parts of random sizes, runs of one value by their
// summaries, and compares the four numbers with those of the definition.
func TestSpread(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	s := &spread{least: math.Inf(1), greatest: math.Inf(-1)}
	for round := range 300 {
		var all []float64
		for range 1 + r.IntN(5) {
			var b points.Block
			same := r.IntN(3) == 0
			v := float64(r.IntN(2000)-1000) / 8
			for i := range int64(1 + r.IntN(40)) {
				if !same {
					v = float64(r.IntN(2000)-1000) / 8
				}
				b.AppendFloat(i, v)
				all = append(all, v)
			}
			sum := points.Summary{Count: int64(b.Len()), Min: v, Max: v, Sum: v * float64(b.Len())}
			if same && s.takes(&sum) {
				s.AddSummary(sum)
			} else if err := s.Add(&b); err != nil {
				t.Fatal(err)
			}
		}
		var out points.Block
		if err := s.Flush(7, &out); err != nil {
			t.Fatal(err)
		}
		if out.Len() != SpreadColumns || out.Times[0] != 7 {
			t.Fatalf("round %d: got %d points at %d, want %d at 7", round, out.Len(), out.Times[0], SpreadColumns)
		}
		for i, want := range defined(all) {
			if got := out.Floats[i]; math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("round %d: number %d: got %v, want %v of %v", round, i, got, want, all)
			}
		}
	}
}

// defined are mean, least, greatest and sample deviation by their definitions.
func defined(all []float64) [SpreadColumns]float64 {
	sum, least, greatest, squares := 0.0, all[0], all[0], 0.0
	for _, v := range all {
		sum, least, greatest = sum+v, min(least, v), max(greatest, v)
	}
	mean := sum / float64(len(all))
	for _, v := range all {
		squares += (v - mean) * (v - mean)
	}
	deviation := 0.0
	if len(all) > 1 {
		deviation = math.Sqrt(squares / float64(len(all)-1))
	}
	return [...]float64{mean, least, greatest, deviation}
}

// TestSpreadOfEquals: numbers that are all the same are their mean and have no
// deviation, though their sum is rounded.
func TestSpreadOfEquals(t *testing.T) {
	for _, v := range []float64{0.1, 0.7, -1e-9, 21.3, 1e308} {
		s := &spread{least: math.Inf(1), greatest: math.Inf(-1)}
		for range 7 {
			if err := s.AddValues([]float64{v, v, v}); err != nil {
				t.Fatal(err)
			}
		}
		var out points.Block
		if err := s.Flush(7, &out); err != nil {
			t.Fatal(err)
		}
		if want := []float64{v, v, v, 0}; !slices.Equal(out.Floats, want) {
			t.Errorf("got %v, want %v", out.Floats, want)
		}
	}
}

// TestSpreadSummaries: summaries are asked for as long as they may be of one value.
func TestSpreadSummaries(t *testing.T) {
	s := &spread{}
	if !s.hopes() || !s.takes(&points.Summary{Min: 2, Max: 2}) || s.takes(&points.Summary{Min: 2, Max: 3}) || s.hopes() {
		t.Error("a summary of different values is taken, or hoped for again at once")
	}
	var out points.Block
	for range variedFor {
		if err := s.Flush(0, &out); err != nil {
			t.Fatal(err)
		}
	}
	if !s.hopes() || out.Len() != 0 {
		t.Errorf("got %d points of empty ranges and no hope", out.Len())
	}
}
