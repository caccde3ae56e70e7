package ingest

import "aion/storage/points"

// room is memory for the points of a column. A few numbers have theirs from the
// beginning, so that a series with one point in a request takes no more.
type room struct {
	block points.Block
	size  int // what it counted as when it was given back
	first struct {
		times, ints [firstPoints]int64
		floats      [firstPoints]float64
	}
}

// firstPoints is how many numbers a room has memory for from the beginning.
const firstPoints = 2

// roomWeight is about how many bytes a room takes beside what its block grows to.
const roomWeight = 256

// rooms are those that no column of a writer needs at present. The zero value has
// none.
type rooms struct {
	free []*room
	kept int // bytes
}

// take is an empty room for points of a stored type.
func (r *rooms) take(stored string) *room {
	var x *room
	if n := len(r.free); n != 0 {
		x, r.free = r.free[n-1], r.free[:n-1]
		r.kept -= x.size
	} else {
		x = new(room)
	}
	x.block.Reset(points.KindOf(stored))
	if x.block.Kind == points.Number && cap(x.block.Times) == 0 {
		x.block.Times, x.block.Floats = x.first.times[:0], x.first.floats[:0]
		if stored == points.TypeLong {
			x.block.Ints = x.first.ints[:0]
		}
	}
	return x
}

// give takes a room back, unless there is enough memory. Nothing refers to what was
// in it any more.
func (r *rooms) give(x *room) {
	clear(x.block.Texts)
	clear(x.block.Bytes)
	x.block.Reset(x.block.Kind)
	x.size = x.block.Size() + roomWeight
	if r.kept+x.size > maxKept {
		return
	}
	r.kept += x.size
	r.free = append(r.free, x)
}
