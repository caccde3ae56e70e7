package query

import (
	"context"
	"errors"
	"io"

	"aion/storage/points"
)

// pair is the merged stream of two cursors of numbers, in the order of merge. Which
// of two series has the next point is nobody's guess, so it is chosen without a
// branch, and where one of them has many in a row, these are copied together.
type pair struct {
	in    [2]points.Cursor
	order points.Order
	flip  int64 // what times are turned round with under Desc
	most  int   // points of a block
	heads [2]head
	ended [2]bool
	picks [points.BlockSize]uint8 // of the points chosen last: from which cursor
	done  error
}

// mostPaired is how many cursors are merged by pairs, pairs of pairs and so on.
// innerBlock is how many points the blocks between them have: these are not charged
// to the query, and are small beside what its rows hold.
const (
	mostPaired = 64
	innerBlock = 256
)

// newPair merges a few cursors of numbers, at least two.
func newPair(in []points.Cursor, order points.Order, most int) *pair {
	p := &pair{order: order, most: most}
	if order == points.Desc {
		p.flip = -1
	}
	half := (len(in) + 1) / 2
	for i, some := range [2][]points.Cursor{in[:half], in[half:]} {
		if p.in[i] = some[0]; len(some) > 1 {
			p.in[i] = newPair(some, order, innerBlock)
		}
	}
	return p
}

// Next chooses points until the block is full.
func (p *pair) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.Number)
	for p.done == nil && b.Len() < p.most {
		if p.done = p.fill(ctx); p.done == nil {
			p.advance(b)
		}
	}
	if b.Len() > 0 && (p.done == nil || p.done == io.EOF) {
		return nil
	}
	b.Reset(points.Number)
	return p.done
}

// fill reads the next block of each cursor whose points have all been taken.
func (p *pair) fill(ctx context.Context) error {
	for i := range p.in {
		h := &p.heads[i]
		if p.ended[i] || h.pos < h.block.Len() {
			continue
		}
		h.pos = 0
		if err := p.in[i].Next(ctx, &h.block); err != nil {
			p.ended[i], h.block = true, points.Block{}
			if err := errors.Join(ifEOF(err, nil), p.in[i].Close()); err != nil {
				return err
			}
		}
	}
	if p.ended[0] && p.ended[1] {
		return io.EOF
	}
	return nil
}

// advance adds points to b until that is full or the points of a head have all been
// taken.
func (p *pair) advance(b *points.Block) {
	for i := range p.heads {
		if p.ended[1-i] {
			h := &p.heads[i]
			to := min(h.block.Len(), h.pos+p.most-b.Len())
			view := h.block.Slice(h.pos, to)
			b.AppendBlock(&view)
			h.pos = to
			return
		}
	}
	x, y := &p.heads[0], &p.heads[1]
	if len(x.block.Nulls)+len(y.block.Nulls)+len(b.Nulls) != 0 {
		p.advanceOne(b)
		return
	}
	fromX, fromY := x.pos, y.pos
	n := p.choose(b)
	addIntegers(b, p.picks[:n], [2]taken{{&x.block, fromX, x.pos}, {&y.block, fromY, y.pos}})
}

// advanceOne adds the next point.
func (p *pair) advanceOne(b *points.Block) {
	x, y := &p.heads[0], &p.heads[1]
	first := x
	if p.precedes(y.block.Times[y.pos], y.block.Floats[y.pos], x.block.Times[x.pos], x.block.Floats[x.pos]) {
		first = y
	}
	b.AppendPoint(&first.block, first.pos)
	first.pos++
}

// precedes tells whether a point comes before another one, which it does not if
// they are equal.
func (p *pair) precedes(at int64, v float64, otherAt int64, other float64) bool {
	if at != otherAt {
		return at^p.flip < otherAt^p.flip
	}
	if p.order == points.Desc {
		return rankOf(v) > rankOf(other)
	}
	return rankOf(v) < rankOf(other)
}

// Close closes both cursors.
func (p *pair) Close() error {
	p.done = io.EOF
	return errors.Join(p.in[0].Close(), p.in[1].Close())
}

// stretch is how many points of one cursor are taken together.
const stretch = 8

// choose adds the times and values of the points that come next to b, as many as
// there is room and as both heads have points left, and notes which head each comes
// from.
func (p *pair) choose(b *points.Block) (n int) {
	x, y := &p.heads[0], &p.heads[1]
	times, values := [2][]int64{x.block.Times, y.block.Times}, [2][]float64{x.block.Floats, y.block.Floats}
	values[0], values[1] = values[0][:len(times[0])], values[1][:len(times[1])]
	had := b.Len()
	room := min(p.most-had, len(times[0])-x.pos+len(times[1])-y.pos)
	b.Times, b.Floats = grown(b.Times, room), grown(b.Floats, room)
	toTimes, toValues, picks := b.Times[had:], b.Floats[had:], p.picks[:room]
	i, j, flip := x.pos, y.pos, p.flip
	for n < room && i < len(times[0]) && j < len(times[1]) {
		atX, atY := times[0][i]^flip, times[1][j]^flip
		if i+stretch <= len(times[0]) && n+stretch <= room && times[0][i+stretch-1]^flip < atY {
			copyStretch(toTimes[n:], toValues[n:], picks[n:], times[0][i:], values[0][i:], 0)
			i, n = i+stretch, n+stretch
			continue
		}
		if j+stretch <= len(times[1]) && n+stretch <= room && times[1][j+stretch-1]^flip < atX {
			copyStretch(toTimes[n:], toValues[n:], picks[n:], times[1][j:], values[1][j:], 1)
			j, n = j+stretch, n+stretch
			continue
		}
		for end := min(n+stretch, room); n < end && i < len(times[0]) && j < len(times[1]); n++ {
			atX, atY = times[0][i]^flip, times[1][j]^flip
			second := 0
			if atY < atX {
				second = 1
			}
			if atX == atY && p.precedes(times[1][j], values[1][j], times[0][i], values[0][i]) {
				second = 1
			}
			k := i + (j-i)*second
			toTimes[n], toValues[n], picks[n] = times[second][k], values[second][k], uint8(second)
			i, j = i+1-second, j+second
		}
	}
	x.pos, y.pos = i, j
	b.Times, b.Floats = b.Times[:had+n], b.Floats[:had+n]
	return n
}

// grown is s with n elements more, whatever they are.
func grown[T any](s []T, n int) []T {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	return append(s, make([]T, n)...)
}

// copyStretch takes a stretch of points from one head.
func copyStretch(toTimes []int64, toValues []float64, picks []uint8, times []int64, values []float64, head uint8) {
	*(*[stretch]int64)(toTimes) = *(*[stretch]int64)(times)
	*(*[stretch]float64)(toValues) = *(*[stretch]float64)(values)
	for i := range (*[stretch]uint8)(picks) {
		picks[i] = head
	}
}
