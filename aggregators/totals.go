package aggregators

import (
	"math"

	"aion/storage/points"
)

// exactBelow is up to which sum of absolute values integers add up exactly, in
// whatever order.
const exactBelow = 1 << 53

// freeFrom is how many points a range must have to be added in any order.
const freeFrom = 1024

// total adds the numbers of a range, in the order in which they come.
type total struct {
	mean    bool // the result is the mean, and nulls are passed over
	free    bool // Env.FreeOrder
	n       int64
	sum     float64
	inexact bool    // a double was among them, or they have grown too large
	abs     float64 // sum of the absolute values, while exact
	few     bool    // the last range had fewer than freeFrom numbers
	doubles bool    // it had doubles among them, or was too large
	scratch points.Block
}

// Add adds the numbers of b.
func (t *total) Add(b *points.Block) error {
	if len(b.Nulls) != 0 {
		if !t.mean && anyNull(b) {
			return errNull()
		}
		b = withoutNulls(b, &t.scratch)
	}
	t.n += int64(len(b.Floats))
	if !t.inexact && allInts(b) {
		t.sum, t.abs = addExact(t.sum, t.abs, b.Floats)
		t.inexact = t.abs > exactBelow
		return nil
	}
	t.inexact = t.inexact || len(b.Floats) != 0
	t.sum = add(t.sum, b.Floats)
	return nil
}

// untimed says that order alone makes a difference.
func (t *total) untimed() bool { return true }

// AddValues adds doubles.
func (t *total) AddValues(v []float64) error {
	t.n += int64(len(v))
	t.inexact = t.inexact || len(v) != 0
	t.sum = add(t.sum, v)
	return nil
}

// flushEach adds ranges of doubles and appends their sums or means.
func (t *total) flushEach(of [][]float64, at []int64, out *points.Block) error {
	var sums [mostRanges]float64
	addEach(&sums, of)
	for i := range at {
		out.AppendFloat(at[i], result(sums[i], int64(len(of[i])), t.mean))
		t.few, t.doubles = len(of[i]) < freeFrom, len(of[i]) != 0
	}
	if last := len(at); last < len(of) {
		t.n, t.sum, t.inexact = int64(len(of[last])), sums[last], len(of[last]) != 0
	}
	return nil
}

// flushShort adds short ranges of doubles: several at once, each one after the other.
func (t *total) flushShort(values []float64, ends []int, out *points.Block) {
	from, results := 0, out.Floats
	for len(ends) >= severalRanges {
		e := (*[severalRanges]int)(ends)
		v, w, x, y := values[from:e[0]], values[e[0]:e[1]], values[e[1]:e[2]], values[e[2]:e[3]]
		n := min(len(v), len(w), len(x), len(y))
		a, b, c, d := addFour(v[:n], w[:n], x[:n], y[:n])
		results = append(results,
			result(add(a, v[n:]), int64(len(v)), t.mean), result(add(b, w[n:]), int64(len(w)), t.mean),
			result(add(c, x[n:]), int64(len(x)), t.mean), result(add(d, y[n:]), int64(len(y)), t.mean))
		from, ends = e[3], ends[severalRanges:]
	}
	for _, end := range ends {
		results = append(results, result(add(0, values[from:end]), int64(end-from), t.mean))
		from = end
	}
	out.Floats = results
	t.few, t.doubles = true, true
}

// hopes judges by the last range whether the points that come are integers, or
// enough to be added in any order.
func (t *total) hopes() bool {
	return !t.inexact && !t.doubles || t.free && (t.n >= freeFrom || !t.few)
}

// takes tells whether a summary gives the same sum as its points, or one that
// is allowed.
func (t *total) takes(s *points.Summary) bool {
	return !t.inexact && s.Ints && t.abs+s.SumAbs <= exactBelow || t.free && t.n+s.Count >= freeFrom
}

// AddSummary adds the sum of a run that takes has agreed to.
func (t *total) AddSummary(s points.Summary) {
	t.n += s.Count
	t.sum += s.Sum
	t.abs += s.SumAbs
	t.inexact = t.inexact || !s.Ints || t.abs > exactBelow
}

// Flush appends the sum or mean.
func (t *total) Flush(at int64, out *points.Block) error {
	out.AppendFloat(at, result(t.sum, t.n, t.mean))
	t.few, t.doubles = t.n < freeFrom, t.inexact
	t.n, t.sum, t.abs, t.inexact = 0, 0, 0, false
	return nil
}

// result is a range's sum or its mean, which is NaN for no points.
func result(sum float64, n int64, mean bool) float64 {
	if mean {
		return sum / float64(n)
	}
	return sum
}

// add is sum plus values, one after the other.
func add(sum float64, values []float64) float64 {
	for _, v := range values {
		sum += v
	}
	return sum
}

// addExact is add, and adds their absolute values as well.
func addExact(sum, abs float64, values []float64) (float64, float64) {
	for _, v := range values {
		sum += v
		abs += math.Abs(v)
	}
	return sum, abs
}
