package pebble

import (
	"sort"

	"aion/storage/chunk"
	"aion/storage/points"
)

// merge joins the layers of one series: in time order, each time once, the
// highest rank winning, without what has expired.
type merge struct {
	order  points.Order
	now    int64
	layers []*layer
	paged  bool // every fill ends where a page ends
	always bool // expires is asked for
}

// fill adds the next points to b, until b holds about room points, and, if they
// are asked for, when they expire to expires. When it adds none, they have
// ended.
func (m *merge) fill(b *points.Block, expires *[]int64, room int) error {
	for b.Len() < room {
		lead, limit, err := m.pick()
		if err != nil || lead == nil {
			return err
		}
		before := b.Len()
		switch {
		case !lead.decoded():
			if full, err := m.decode(lead, limit, b, expires, room); err != nil || full {
				return err
			}
		case limit.ok && limit.at == lead.block.Times[lead.pos]:
			m.tie(limit.at, b, expires)
		default:
			m.take(lead, limit, b, expires, room)
		}
		if m.paged && !lead.decoded() && b.Len() != before {
			return nil
		}
	}
	return nil
}

// limit is how far a layer can go before the others have something to say.
type limit struct {
	at int64
	ok bool // false: as far as it likes
}

// before tells whether a comes before b in the merge's order.
func (m *merge) before(a, b int64) bool {
	if m.order == points.Desc {
		return a > b
	}
	return a < b
}

// pick finds the layer that is next, nil at the end, and where the others
// begin. Where they begin at the same time, one that is not decoded is next.
// Layers that have ended are dropped.
func (m *merge) pick() (lead *layer, others limit, err error) {
	var first int64
	left := m.layers[:0]
	for _, l := range m.layers {
		at, ok, err := l.head()
		if err != nil {
			return nil, limit{}, err
		}
		if !ok {
			continue
		}
		left = append(left, l)
		switch {
		case lead == nil:
			lead, first = l, at
		case m.before(at, first) || at == first && lead.decoded():
			lead, first, others = l, at, limit{first, true}
		case !others.ok || m.before(at, others.at):
			others = limit{at, true}
		}
	}
	clear(m.layers[len(left):])
	m.layers = left
	return lead, others, nil
}

// decode takes whole pages of a layer straight into b, as far as that is
// possible, or else decodes the next one. full tells that b lacks the room for
// a page and is well filled.
func (m *merge) decode(l *layer, others limit, b *points.Block, expires *[]int64, room int) (full bool, err error) {
	p := l.pages
	if p.unread {
		return false, l.fill()
	}
	n := 0
	if p.off == 0 {
		n = m.whole(p, others, room-b.Len())
	}
	switch {
	case n == 0 && !m.always && b.Len() > max(room/2, room-chunk.PageSize):
		return true, nil
	case n == 0, m.order == points.Desc && b.Len() != 0:
		return false, l.fill()
	}
	from, to := p.i, p.i+n
	if m.order == points.Desc {
		from, to = p.i-n+1, p.i+1
	}
	if err := p.c.AppendPages(b, from, to); err != nil {
		return false, err
	}
	p.step(n)
	if m.order == points.Desc {
		b.Reverse()
	}
	m.pad(b, expires)
	return false, nil
}

// whole is how many of the coming pages can be taken as they are: none of the
// others begins before their end, and room holds them.
func (m *merge) whole(p *pages, others limit, room int) int {
	n := 0
	for n < p.left && (n == 0 || !m.paged) {
		i := p.i + n
		if p.order == points.Desc {
			i = p.i - n
		}
		first, last, size := p.c.Page(i)
		far := last
		if p.order == points.Desc {
			far = first
		}
		if room -= size; room < 0 || !p.clean(i) || others.ok && !m.before(far, others.at) {
			break
		}
		n++
	}
	return n
}

// pad says of the points in b that nothing is said of that they do not expire,
// once one has been said to.
func (m *merge) pad(b *points.Block, expires *[]int64) {
	if m.always && len(*expires) != 0 {
		*expires = lengthen(*expires, b.Len())
	}
}

// take moves decoded points of a layer to b, up to where the others begin.
func (m *merge) take(l *layer, others limit, b *points.Block, expires *[]int64, room int) {
	to := min(l.end, l.pos+room-b.Len())
	if others.ok && !m.before(l.block.Times[to-1], others.at) {
		to = l.pos + sort.Search(to-l.pos, func(i int) bool { return !m.before(l.block.Times[l.pos+i], others.at) })
	}
	m.emit(l, l.pos, to, b, expires)
	l.pos = to
}

// tie gives the point that wins the time at, and passes over the others there.
func (m *merge) tie(at int64, b *points.Block, expires *[]int64) {
	var winner *layer
	var best uint64
	for _, l := range m.layers {
		if !l.decoded() || l.block.Times[l.pos] != at {
			continue
		}
		rank := l.rank
		if l.ranks != nil {
			rank = l.ranks[l.pos]
		}
		if winner == nil || rank > best {
			winner, best = l, rank
		}
	}
	m.emit(winner, winner.pos, winner.pos+1, b, expires)
	for _, l := range m.layers {
		if l.decoded() && l.block.Times[l.pos] == at {
			l.pos++
		}
	}
}

// emit adds points [from, to) of a layer to b, but for those that have expired.
func (m *merge) emit(l *layer, from, to int, b *points.Block, expires *[]int64) {
	if b.Len() == 0 {
		b.Reset(l.block.Kind)
	}
	if len(l.expires) == 0 {
		v := l.block.Slice(from, to)
		b.AppendBlock(&v)
		m.pad(b, expires)
		return
	}
	for from < to {
		end := from
		for end < to && (l.expires[end] == 0 || l.expires[end] > m.now) {
			end++
		}
		if end == from {
			from++
			continue
		}
		old := b.Len()
		v := l.block.Slice(from, end)
		b.AppendBlock(&v)
		if m.always {
			*expires = append(lengthen(*expires, old), l.expires[from:end]...)
		}
		from = end
	}
}
