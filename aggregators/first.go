package aggregators

import "aion/storage/points"

// firstSpec describes first: the first point of the range, of its own type and
// exact value, stamped at. Release 1.2 takes numbers alone and answers doubles.
func firstSpec() Spec {
	return rangeSpec(Spec{
		Name: "first", Label: "First", Description: "Returns the first value data point for the time range.",
		Build: newFirst,
	})
}

// newFirst makes first.
func newFirst(env Env, v Values) (Aggregator, error) {
	c, err := newCut("first", env, v)
	if err != nil {
		return nil, err
	}
	w := &window{cut: c, text: c.text("first"), kind: anyKind, empty: true}
	w.reduce = func(Budget) Reducer { return &first{} }
	if env.Release.switches().numericEnds {
		w.kind = numbersOnly
		w.reduce = func(Budget) Reducer { return &first{double: true} }
	}
	return w, nil
}

// first keeps the first point that it is given.
type first struct {
	double bool // answer a double; a null is a failure
	kept   points.Block
}

// Add keeps the first point of b, if none is kept yet.
func (f *first) Add(b *points.Block) error {
	if f.double && anyNull(b) {
		return errNull()
	}
	if f.kept.Len() == 0 && b.Len() != 0 {
		f.kept.Reset(b.Kind)
		f.kept.AppendPoint(b, 0)
	}
	return nil
}

// kind is that of the kept point.
func (f *first) kind() points.Kind { return f.kept.Kind }

// Flush appends the kept point.
func (f *first) Flush(at int64, out *points.Block) error {
	emit(&f.kept, at, f.double, out)
	return nil
}

// emit moves the point that kept holds, if it holds one, to out with the time
// at.
func emit(kept *points.Block, at int64, double bool, out *points.Block) {
	if kept.Len() == 0 {
		return
	}
	kept.Times[0] = at
	if double {
		out.AppendFloat(at, kept.Floats[0])
	} else {
		out.AppendBlock(kept)
	}
	kept.Reset(kept.Kind)
}
