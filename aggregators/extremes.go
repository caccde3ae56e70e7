package aggregators

import (
	"math"

	"aion/storage/points"
)

// extreme keeps the largest or the smallest number of a range by Java's
// Math.max and Math.min: NaN prevails, and -0.0 is below 0.0. The search begins
// at the finite end of the doubles, which an infinity of the other sign does
// not move, as in KairosDB.
type extreme struct {
	smallest bool
	value    float64
}

// newExtreme starts afresh.
func newExtreme(smallest bool) *extreme {
	e := &extreme{smallest: smallest}
	e.restart()
	return e
}

// restart forgets what was seen.
func (e *extreme) restart() {
	e.value = -math.MaxFloat64
	if e.smallest {
		e.value = math.MaxFloat64
	}
}

// Add looks at the numbers of b.
func (e *extreme) Add(b *points.Block) error {
	if anyNull(b) {
		return errNull()
	}
	return e.AddValues(b.Floats)
}

// untimed says that times make no difference.
func (e *extreme) untimed() bool { return true }

// AddValues looks at numbers.
func (e *extreme) AddValues(v []float64) error {
	if e.smallest {
		e.value = smallestOf(e.value, v)
	} else {
		e.value = largestOf(e.value, v)
	}
	return nil
}

// flushShort looks at short ranges.
func (e *extreme) flushShort(values []float64, ends []int, out *points.Block) {
	from, results := 0, out.Floats
	for _, end := range ends {
		v := values[from:end]
		from = end
		if e.smallest {
			results = append(results, smallestOf(math.MaxFloat64, v))
		} else {
			results = append(results, largestOf(-math.MaxFloat64, v))
		}
	}
	out.Floats = results
}

// hopes accepts most summaries.
func (e *extreme) hopes() bool { return true }

// takes tells whether a summary shows what is needed: among NaNs it might not.
func (e *extreme) takes(s *points.Summary) bool { return s.Min <= s.Max && s.Sum == s.Sum }

// AddSummary looks at the extremes of a run.
func (e *extreme) AddSummary(s points.Summary) {
	if e.smallest {
		e.value = min(e.value, s.Min)
	} else {
		e.value = max(e.value, s.Max)
	}
}

// Flush appends the extreme.
func (e *extreme) Flush(at int64, out *points.Block) error {
	out.AppendFloat(at, e.value)
	e.restart()
	return nil
}

// largestOf is the largest of first and values. Four lines of comparison run
// beside each other, which the processor can do at once.
func largestOf(first float64, values []float64) float64 {
	a, b, c, d := first, first, first, first
	for len(values) >= 4 {
		a, b, c, d = max(a, values[0]), max(b, values[1]), max(c, values[2]), max(d, values[3])
		values = values[4:]
	}
	for _, v := range values {
		a = max(a, v)
	}
	return max(max(a, b), max(c, d))
}

// smallestOf is the smallest of first and values.
func smallestOf(first float64, values []float64) float64 {
	a, b, c, d := first, first, first, first
	for len(values) >= 4 {
		a, b, c, d = min(a, values[0]), min(b, values[1]), min(c, values[2]), min(d, values[3])
		values = values[4:]
	}
	for _, v := range values {
		a = min(a, v)
	}
	return min(min(a, b), min(c, d))
}
