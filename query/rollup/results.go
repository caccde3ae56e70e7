package rollup

import (
	"math"

	"aion/storage/points"
)

// value is a point's value, comparable.
type value struct {
	bits uint64
	text string
}

// valueOf is the value of a point of a block.
func valueOf(b *points.Block, i int) value {
	switch {
	case b.Kind == points.Text:
		return value{text: b.Texts[i]}
	case b.Int(i):
		return value{bits: uint64(b.Ints[i])}
	}
	return value{bits: math.Float64bits(b.Floats[i])}
}

// results are values of one stored type by their times.
type results map[int64]value

// typed are the points of a block by the types that they are stored under.
// Numbers that are not finite are left out.
func typed(b *points.Block) map[string]results {
	all := map[string]results{}
	for i, at := range b.Times {
		stored := points.TypeDouble
		switch {
		case b.Kind == points.Text:
			stored = points.TypeText
		case b.Null(i):
			stored = points.TypeNull
		case b.Int(i):
			stored = points.TypeLong
		case math.IsNaN(b.Floats[i]) || math.IsInf(b.Floats[i], 0):
			continue
		}
		if all[stored] == nil {
			all[stored] = results{}
		}
		all[stored][at] = valueOf(b, i)
	}
	return all
}
