package aggregators

import "aion/storage/points"

// errNull is what KairosDB says where arithmetic meets a null, which gaps makes.
func errNull() error {
	return &ComputeError{"No aggregator can be chained after org.kairosdb.core.aggregator.DataGapsMarkingAggregator"}
}

// anyNull tells whether a point of b has no value.
func anyNull(b *points.Block) bool {
	for _, null := range b.Nulls {
		if null {
			return true
		}
	}
	return false
}

// allInts tells whether every point of b is stored as a long.
func allInts(b *points.Block) bool { return len(b.Ints) != 0 && len(b.IsInt) == 0 }

// doubles makes the numbers of b, none of them null, doubles.
func doubles(b *points.Block) error {
	if anyNull(b) {
		return errNull()
	}
	b.Ints, b.IsInt, b.Nulls = b.Ints[:0], b.IsInt[:0], b.Nulls[:0]
	return nil
}

// withoutNulls is b, or a copy in scratch of its points that have a value.
func withoutNulls(b, scratch *points.Block) *points.Block {
	if !anyNull(b) {
		return b
	}
	scratch.Reset(points.Number)
	for i, at := range b.Times {
		switch {
		case b.Null(i):
		case b.Int(i):
			scratch.AppendInt(at, b.Ints[i])
		default:
			scratch.AppendFloat(at, b.Floats[i])
		}
	}
	return scratch
}
