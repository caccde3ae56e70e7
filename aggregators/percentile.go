package aggregators

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"aion/storage/points"
)

// percentileSpec describes percentile: (at, the number below which the given
// share of the range's numbers lies), between two neighbours on a straight
// line. It is exact for ranges of any size, where KairosDB samples those of
// more than 1028 points.
func percentileSpec() Spec {
	return rangeSpec(Spec{
		Name: "percentile", Label: "Percentile",
		Description: "Finds the percentile of the data range.",
		Properties: []Property{{
			Name: "percentile", Label: "Percentile", Type: Double, Default: "0.1",
			Description: "Data points returned will be in this percentile.",
			Validations: []Validation{
				{"value < 1", "Percentile must be smaller than 1."},
				{"value > 0", "Percentile must be greater than 0."},
			},
		}},
		Build: newPercentile,
	})
}

// newPercentile makes percentile.
func newPercentile(env Env, v Values) (Aggregator, error) {
	c, err := newCut("percentile", env, v)
	if err != nil {
		return nil, err
	}
	share := get(v, "percentile", 0.0)
	if share == 0 {
		return nil, &PropertyError{"percentile", "percentile", "may not be zero"}
	}
	reduce := func(b Budget) Reducer { return &percentile{share: share, claim: claim{budget: b}} }
	text := c.text("percentile", strconv.FormatFloat(share, 'g', -1, 64))
	w := window{cut: c, text: text, kind: numbersOnly, reduce: reduce}
	return newSideWindow(w, env, 0, reduce), nil
}

// percentile collects the numbers of a range in their ordered form.
type percentile struct {
	share float64
	keys  []int64
	claim
}

// Add collects the numbers of b.
func (p *percentile) Add(b *points.Block) error {
	if anyNull(b) {
		return errNull()
	}
	return p.AddValues(b.Floats)
}

// untimed says that times make no difference.
func (p *percentile) untimed() bool { return true }

// AddValues collects numbers.
func (p *percentile) AddValues(values []float64) error {
	n := len(p.keys)
	p.keys = slices.Grow(p.keys, len(values))[:n+len(values)]
	keys := p.keys[n:]
	for i, v := range values {
		keys[i] = ordered(v)
	}
	return p.hold(8 * cap(p.keys))
}

// Flush appends the percentile.
func (p *percentile) Flush(at int64, out *points.Block) error {
	if !(0 <= p.share && p.share <= 1) {
		return &ComputeError{javaDouble(p.share) + " is not in [0..1]"}
	}
	out.AppendFloat(at, quantile(p.keys, p.share))
	p.keys = p.keys[:0]
	return nil
}

// quantile is the value at position share·(n+1) among the sorted keys, the
// first one at 1, as UniformSnapshot.getValue reckons. It reorders keys. Of
// none it is 0.
func quantile(keys []int64, share float64) float64 {
	n := len(keys)
	if n == 0 {
		return 0
	}
	pos := share * float64(n+1)
	switch {
	case pos < 1:
		return unordered(slices.Min(keys))
	case pos >= float64(n):
		return unordered(slices.Max(keys))
	}
	low, high := neighbours(keys, int(pos)-1)
	lower, upper := unordered(low), unordered(high)
	return lower + float64((pos-math.Floor(pos))*(upper-lower))
}

// javaDouble is Double.toString.
func javaDouble(v float64) string {
	switch a := math.Abs(v); {
	case v != v:
		return "NaN"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+") + "inity"
	case a == 0 || a >= 1e-3 && a < 1e7:
		return pointed(strconv.FormatFloat(v, 'f', -1, 64))
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'E', -1, 64), "E")
	e, _ := strconv.Atoi(exponent) // FormatFloat has just written it
	return pointed(digits) + "E" + strconv.Itoa(e)
}

// pointed is a decimal with at least one digit behind its point.
func pointed(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}
