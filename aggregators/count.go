package aggregators

import "aion/storage/points"

// countSpec describes count: (at, how many points of any kind the range holds),
// a long.
func countSpec() Spec {
	return rangeSpec(Spec{
		Name: "count", Label: "Count", Description: "Counts the number of data points.",
		Build: newCount,
	})
}

// newCount makes count.
func newCount(env Env, v Values) (Aggregator, error) {
	c, err := newCut("count", env, v)
	if err != nil {
		return nil, err
	}
	reduce := func(Budget) Reducer { return &count{} }
	kind := func(points.Kind) (points.Kind, bool) { return points.Number, true }
	w := window{cut: c, text: c.text("count"), kind: kind, reduce: reduce}
	return newSideWindow(w, env, 8, reduce), nil
}

// count counts points, nulls among them.
type count struct{ n int64 }

// Add counts the points of b.
func (c *count) Add(b *points.Block) error {
	c.n += int64(b.Len())
	return nil
}

// hopes accepts every summary.
func (c *count) hopes() bool { return true }

// takes accepts every summary.
func (c *count) takes(*points.Summary) bool { return true }

// untimed says that times make no difference.
func (c *count) untimed() bool { return true }

// AddValues counts the values.
func (c *count) AddValues(v []float64) error {
	c.n += int64(len(v))
	return nil
}

// flushShort counts the values of short ranges.
func (c *count) flushShort(_ []float64, ends []int, out *points.Block) {
	from, floats, ints := 0, out.Floats, out.Ints
	for _, end := range ends {
		floats, ints = append(floats, float64(end-from)), append(ints, int64(end-from))
		from = end
	}
	out.Floats, out.Ints = floats, ints
}

// AddSummary counts the points of a run.
func (c *count) AddSummary(s points.Summary) { c.n += s.Count }

// Flush appends the count.
func (c *count) Flush(at int64, out *points.Block) error {
	out.AppendInt(at, c.n)
	c.n = 0
	return nil
}
