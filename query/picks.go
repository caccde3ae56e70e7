package query

import "aion/storage/points"

// taken is what has been taken of a block: the points from one on, up to another.
type taken struct {
	block    *points.Block
	from, to int
}

// ints tells whether there may be an exact integer among them.
func (t *taken) ints() bool { return t.to > t.from && len(t.block.Ints) != 0 }

// all tells whether all are exact integers.
func (t *taken) all() bool {
	return t.to == t.from || len(t.block.Ints) != 0 && len(t.block.IsInt) == 0
}

// addIntegers adds the integers of points to b that has their times already.
func addIntegers(b *points.Block, picks []uint8, of [2]taken) {
	had := b.Len() - len(picks)
	if len(b.Ints) == 0 && !of[0].ints() && !of[1].ints() {
		return
	}
	everywhere := of[0].all() && of[1].all() && len(b.Ints) == had && len(b.IsInt) == 0
	if !everywhere && len(b.IsInt) == 0 {
		b.IsInt = extended(b.IsInt, had, len(b.Ints) != 0)
	}
	b.Ints = extended(b.Ints, b.Len(), 0)
	if !everywhere {
		b.IsInt = extended(b.IsInt, b.Len(), false)
	}
	for i := range of {
		if !of[i].ints() {
			continue
		}
		placeIntegers(b.Ints[had:], picks, uint8(i), &of[i])
		if !everywhere {
			markIntegers(b.IsInt[had:], picks, uint8(i), &of[i])
		}
	}
}

// extended is s with the same value behind it up to a length.
func extended[T any](s []T, length int, v T) []T {
	for len(s) < length {
		s = append(s, v)
	}
	return s
}

// placeIntegers puts the integers of one block where its points have gone. All
// places hold zero before.
func placeIntegers(to []int64, picks []uint8, head uint8, t *taken) {
	from, pos, last := t.block.Ints, t.from, t.to-1
	to = to[:len(picks)]
	for k, pick := range picks {
		other := int(pick ^ head) // 0 or 1
		to[k] |= from[min(pos, last)] & int64(other-1)
		pos += 1 - other
	}
}

// markIntegers marks where the integers of one block have gone.
func markIntegers(to []bool, picks []uint8, head uint8, t *taken) {
	to = to[:len(picks)]
	if t.all() {
		for k, pick := range picks {
			to[k] = to[k] != (pick == head)
		}
		return
	}
	pos := t.from
	for k, pick := range picks {
		if pick == head {
			to[k] = t.block.IsInt[pos]
			pos++
		}
	}
}
