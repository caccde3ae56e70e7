package aggregators

import (
	"fmt"
	"math"

	"aion/storage/points"
)

// SpreadColumns is how many points Spread answers of a range.
const SpreadColumns = 4

// Spread answers of each range of so many milliseconds, counted from an origin
// that is not behind any point, four points at the range's start: the mean of its
// numbers, the least, the greatest, and their sample standard deviation, which is
// 0 of a single number. Nulls are passed over. A block of answers holds ranges as a
// whole.
func Spread(env Env, width, origin int64) Aggregator {
	c := cut{sampling: points.Span{Value: width, Unit: points.Milliseconds}, alignStart: true, start: origin, end: env.End, basis: new(basis)}
	reduce := func(Budget) Reducer { return &spread{least: math.Inf(1), greatest: math.Inf(-1)} }
	w := window{cut: c, text: c.text("spread", fmt.Sprintf("from %d", origin)), kind: numbersOnly, reduce: reduce}
	return newSideWindow(w, env, 48, reduce)
}

// spread follows the mean and the squares of what lies off it, part by part
// (Chan, Golub and LeVeque), so that the order of parts makes no difference but
// for rounding.
type spread struct {
	n               float64
	sum, mean       float64
	squares         float64 // of the distances from the mean
	least, greatest float64
	varied          int // ranges for which no summary is hoped for
	scratch         points.Block
}

// variedFor is for how many ranges no summary is asked for after one whose points
// differ: their deviation shows in the points alone.
const variedFor = 32

// Add follows the numbers of b.
func (s *spread) Add(b *points.Block) error {
	if len(b.Nulls) != 0 {
		b = withoutNulls(b, &s.scratch)
	}
	return s.AddValues(b.Floats)
}

// untimed says that times make no difference.
func (s *spread) untimed() bool { return true }

// AddValues follows numbers.
func (s *spread) AddValues(values []float64) error {
	if len(values) == 0 {
		return nil
	}
	sum, least, greatest := 0.0, s.least, s.greatest
	for _, v := range values {
		sum += v
		least, greatest = min(least, v), max(greatest, v)
	}
	mean, squares := sum/float64(len(values)), 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	s.least, s.greatest = least, greatest
	s.add(float64(len(values)), sum, mean, squares)
	return nil
}

// add follows a part by its count, sum, mean and squares.
func (s *spread) add(n, sum, mean, squares float64) {
	off := mean - s.mean
	all := s.n + n
	s.squares += squares + off*off*(s.n*n/all)
	s.mean += off * (n / all)
	s.n, s.sum = all, s.sum+sum
}

// hopes tells whether the coming points may all be the same.
func (s *spread) hopes() bool { return s.varied == 0 }

// takes tells whether the points of a run are all the same, so that they have no
// deviation.
func (s *spread) takes(sum *points.Summary) bool {
	if sum.Min != sum.Max {
		s.varied = variedFor
	}
	return sum.Min == sum.Max
}

// AddSummary follows a run that takes has agreed to.
func (s *spread) AddSummary(sum points.Summary) {
	s.least, s.greatest = min(s.least, sum.Min), max(s.greatest, sum.Max)
	s.add(float64(sum.Count), sum.Sum, sum.Min, 0)
}

// Flush appends the four numbers of a range that has any.
func (s *spread) Flush(at int64, out *points.Block) error {
	if s.n > 0 {
		mean, deviation := s.middle()
		out.AppendFloat(at, mean)
		out.AppendFloat(at, s.least)
		out.AppendFloat(at, s.greatest)
		out.AppendFloat(at, deviation)
	}
	*s = spread{least: math.Inf(1), greatest: math.Inf(-1), varied: max(0, s.varied-1), scratch: s.scratch}
	return nil
}

// middle is the mean of a range and the deviation from it: the number itself and 0
// where all are the same, whatever their sum is rounded to.
func (s *spread) middle() (mean, deviation float64) {
	if s.least == s.greatest {
		return s.least, 0
	}
	return s.sum / s.n, math.Sqrt(s.squares / (s.n - 1))
}
