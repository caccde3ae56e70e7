package aggregators

import "aion/storage/points"

// lastSpec describes last: the last point of the range, of its own type and
// exact value. It keeps its own time unless align_start_time or align_end_time
// is set. Release 1.2 takes numbers alone, answers doubles and passes over
// nulls.
func lastSpec() Spec {
	return rangeSpec(Spec{
		Name: "last", Label: "Last", Description: "Returns the last value data point for the time range.",
		Build: newLast,
	})
}

// newLast makes last.
func newLast(env Env, v Values) (Aggregator, error) {
	c, err := newCut("last", env, v)
	if err != nil {
		return nil, err
	}
	aligned, double := c.alignStart || c.alignEnd, env.Release.switches().numericEnds
	w := &window{cut: c, text: c.text("last"), kind: anyKind, empty: true}
	if double {
		w.kind = numbersOnly
	}
	w.reduce = func(Budget) Reducer {
		l := &last{aligned: aligned, double: double}
		l.kept.Times, l.kept.Floats = l.at[:0], l.value[:0]
		return l
	}
	return w, nil
}

// last keeps the last point that it is given.
type last struct {
	aligned bool // the point takes the stamp of its range
	double  bool // answer a double; nulls are passed over
	kept    points.Block
	at      [1]int64   // where kept's times begin, since very many are made
	value   [1]float64 // likewise
	scratch *points.Block
}

// Add keeps the last point of b.
func (l *last) Add(b *points.Block) error {
	if l.double && len(b.Nulls) != 0 {
		if l.scratch == nil {
			l.scratch = new(points.Block)
		}
		b = withoutNulls(b, l.scratch)
	}
	if n := b.Len(); n != 0 {
		l.kept.Reset(b.Kind)
		l.kept.AppendPoint(b, n-1)
	}
	return nil
}

// kind is that of the kept point.
func (l *last) kind() points.Kind { return l.kept.Kind }

// Flush appends the kept point.
func (l *last) Flush(at int64, out *points.Block) error {
	if !l.aligned && l.kept.Len() != 0 {
		at = l.kept.Times[0]
	}
	emit(&l.kept, at, l.double, out)
	return nil
}
