package query

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"aion/storage/points"
)

// merge is one stream of several cursors of one kind, by time and then by
// numeric value, -0.0 below 0.0 and NaN above all; descending both under Desc.
// Points that are equal in both come in the order of the cursors. Once a cursor
// has led a few times in a row, it copies runs: all points that precede the
// next cursor's head.
type merge struct {
	in     []points.Cursor
	order  points.Order
	kind   points.Kind
	heads  []head
	keys   []key // of the heads' next points
	tree   []int // tournament of keys: tree[0] the winner, tree[1:] the losers
	streak int   // how often in a row the winner has led
	begun  bool
	done   error
}

// gallop is from how many leads in a row on runs are looked for.
const gallop = 3

// head is how far a cursor has been read.
type head struct {
	block points.Block
	pos   int
}

// key is where a point sorts.
type key struct {
	at    int64  // its time, turned round under Desc
	rank  uint64 // its value, as a number that sorts like it
	ended bool   // there is no such point
}

// newMerge merges the cursors and owns them: a few series of numbers by pairs, and
// others by a tournament.
func newMerge(in []points.Cursor, kind points.Kind, order points.Order) points.Cursor {
	if len(in) == 1 {
		return in[0]
	}
	if kind == points.Number && len(in) <= mostPaired {
		return newPair(in, order, points.BlockSize)
	}
	return &merge{in: in, order: order, kind: kind}
}

// begin reads the first block of every cursor and plays the first tournament.
func (m *merge) begin(ctx context.Context) error {
	m.begun = true
	m.heads, m.keys, m.tree = make([]head, len(m.in)), make([]key, len(m.in)), make([]int, len(m.in))
	for i := range m.heads {
		if err := m.fill(ctx, i); err != nil {
			return err
		}
	}
	winners := make([]int, 2*len(m.heads))
	for i := range m.heads {
		winners[len(m.heads)+i] = i
	}
	for n := len(m.heads) - 1; n > 0; n-- {
		a, b := winners[2*n], winners[2*n+1]
		if m.before(b, a) {
			a, b = b, a
		}
		winners[n], m.tree[n] = a, b
	}
	m.tree[0] = winners[1]
	return nil
}

// fill reads the next block of cursor i.
func (m *merge) fill(ctx context.Context, i int) error {
	h := &m.heads[i]
	h.pos = 0
	err := m.in[i].Next(ctx, &h.block)
	if err != nil {
		m.keys[i].ended, h.block = true, points.Block{}
		return errors.Join(ifEOF(err, nil), m.in[i].Close())
	}
	m.look(i)
	return nil
}

// look notes where cursor i's next point sorts.
func (m *merge) look(i int) {
	h := &m.heads[i]
	m.keys[i] = keyOf(&h.block, h.pos, m.order)
}

// keyOf is where point i of a block sorts.
func keyOf(b *points.Block, i int, order points.Order) key {
	k := key{at: b.Times[i]}
	if b.Kind == points.Number {
		k.rank = rankOf(b.Floats[i])
	}
	if order == points.Desc {
		k.at, k.rank = ^k.at, ^k.rank
	}
	return k
}

// rankOf maps doubles to numbers that sort as Double.compare does.
func rankOf(v float64) uint64 {
	if v != v {
		return math.MaxUint64
	}
	bits := math.Float64bits(v)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// before tells whether cursor i's next point comes before that of cursor j.
func (m *merge) before(i, j int) bool {
	a, b := &m.keys[i], &m.keys[j]
	if a.ended || b.ended {
		return !a.ended || b.ended && i < j
	}
	if a.at != b.at {
		return a.at < b.at
	}
	return a.rank < b.rank || a.rank == b.rank && i < j
}

// replay lets cursor i, whose head has moved, play its way up again.
func (m *merge) replay(i int) {
	for n := (i + len(m.heads)) / 2; n > 0; n /= 2 {
		if m.before(m.tree[n], i) {
			m.tree[n], i = i, m.tree[n]
		}
	}
	m.tree[0] = i
}

// second is the best of the losers that the winner has met: the cursor that
// leads after it.
func (m *merge) second() (best int) {
	best = -1
	for n := (m.tree[0] + len(m.heads)) / 2; n > 0; n /= 2 {
		if best < 0 || m.before(m.tree[n], best) {
			best = m.tree[n]
		}
	}
	return best
}

// Next copies runs until the block is full.
func (m *merge) Next(ctx context.Context, b *points.Block) error {
	b.Reset(m.kind)
	if !m.begun && m.done == nil {
		m.done = m.begin(ctx)
	}
	for m.done == nil && b.Len() < points.BlockSize {
		i := m.tree[0]
		h := &m.heads[i]
		if m.keys[i].ended {
			m.done = io.EOF
			break
		}
		to := h.pos + 1
		if m.streak >= gallop {
			to = h.pos + m.run(h, points.BlockSize-b.Len())
		}
		appendRun(b, &h.block, h.pos, to)
		if h.pos = to; to == h.block.Len() {
			m.done = m.fill(ctx, i)
		} else {
			m.look(i)
		}
		m.replay(i)
		if m.streak++; m.tree[0] != i {
			m.streak = 0
		}
	}
	if b.Len() > 0 && (m.done == nil || m.done == io.EOF) {
		return nil
	}
	b.Reset(m.kind)
	return m.done
}

// appendRun adds points [from, to) of src. The shortest run, one double among
// doubles, is what interleaved series are made of.
func appendRun(b, src *points.Block, from, to int) {
	if to-from == 1 && src.Kind == points.Number && len(src.Ints) == 0 && len(src.Nulls) == 0 && len(b.Ints) == 0 && len(b.Nulls) == 0 {
		b.Times, b.Floats = append(b.Times, src.Times[from]), append(b.Floats, src.Floats[from])
		return
	}
	view := src.Slice(from, to)
	b.AppendBlock(&view)
}

// run is how many points of the leading block come before every other cursor's
// head, at least one, at most room.
func (m *merge) run(h *head, room int) int {
	next := m.second()
	rest := h.block.Times[h.pos:]
	if len(rest) > room {
		rest = rest[:room]
	}
	if m.keys[next].ended {
		return len(rest)
	}
	limit := m.keys[next].at
	if len(rest) == 1 || m.turned(rest[1]) >= limit {
		return 1
	}
	if m.turned(rest[len(rest)-1]) < limit {
		return len(rest)
	}
	n, _ := slices.BinarySearchFunc(rest, limit, func(at, limit int64) int {
		if m.turned(at) < limit {
			return -1
		}
		return 1
	})
	return max(n, 1)
}

// turned is a time as heads hold it.
func (m *merge) turned(at int64) int64 {
	if m.order == points.Desc {
		return ^at
	}
	return at
}

// Close closes all cursors.
func (m *merge) Close() error {
	m.done, m.begun = io.EOF, true
	var errs []error
	for _, in := range m.in {
		errs = append(errs, in.Close())
	}
	return errors.Join(errs...)
}
