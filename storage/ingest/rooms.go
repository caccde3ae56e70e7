package ingest

import "aion/storage/points"

// firstPoints is for how many numbers a block gets memory that has none: a series with
// one point in a request takes no more, and none by itself.
const firstPoints = 2

// firstBlocks is for how many blocks memory is taken at once.
const firstBlocks = 128

// rooms is memory for the first numbers of blocks, taken for many of them at once.
type rooms struct {
	whole []int64
	real  []float64
}

// prepare gives a block for points of a stored type memory for the first, unless it has
// some.
func (r *rooms) prepare(b *points.Block, stored string) {
	if b.Kind != points.Number || cap(b.Times) != 0 {
		return
	}
	b.Times, r.whole = cut(r.whole)
	b.Floats, r.real = cut(r.real)
	if stored == points.TypeLong && cap(b.Ints) == 0 {
		b.Ints, r.whole = cut(r.whole)
	}
}

// cut takes memory for the first numbers from what there is, or from new memory.
func cut[T any](from []T) (first, rest []T) {
	if len(from) == 0 {
		from = make([]T, firstPoints*firstBlocks)
	}
	return from[:0:firstPoints], from[firstPoints:]
}
