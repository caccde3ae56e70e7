package pebble

import (
	"cmp"
	"slices"
	"sort"

	"aion/storage/points"
)

// sorting is the memory that an overlay needs to put its points in order.
type sorting struct {
	order, aside []int32
	starts       []int32 // of ascending stretches of order
	legs         []leg

	// What the points that are kept are moved to:
	block   points.Block
	expires []int64
	ranks   []uint64
}

// leg is a stretch of points of one rank that ascend strictly: from one to before
// another, the first at a time.
type leg struct {
	at       int64
	from, to int
}

// stack puts the legs of the times in order. It is false where one of them reaches into
// another.
func (s *sorting) stack(times []int64, ranks []uint64) bool {
	s.legs = s.legs[:0]
	for i, at := range times {
		if i == 0 || ranks[i] != ranks[i-1] || at <= times[i-1] {
			s.legs = append(s.legs, leg{at, i, i})
		}
		s.legs[len(s.legs)-1].to++
	}
	s.arrange()
	n := 0
	for _, l := range s.legs[1:] {
		switch last := &s.legs[n]; {
		case l.at <= times[last.to-1]:
			return false
		case l.from == last.to:
			last.to = l.to
		default:
			n++
			s.legs[n] = l
		}
	}
	s.legs = s.legs[:n+1]
	return true
}

// arrange sorts the legs. Most often a few of them have to change places with their
// neighbours.
func (s *sorting) arrange() {
	p, moves := s.legs, 4*len(s.legs)
	for i := 1; i < len(p); i++ {
		for j := i; j > 0 && p[j].at < p[j-1].at; j-- {
			p[j], p[j-1] = p[j-1], p[j]
			moves--
		}
		if moves < 0 {
			slices.SortFunc(p, func(a, b leg) int { return cmp.Compare(a.at, b.at) })
			return
		}
	}
}

// sort answers the indexes of the times, ascending by time; of equal times the
// highest rank comes first, and of equal ranks the last index. What comes in
// time order already, as most does but for what clients write at once, costs one
// comparison a point for each doubling of the stretches that are in order.
func (s *sorting) sort(times []int64, ranks []uint64) []int32 {
	s.order, s.starts = s.order[:0], s.starts[:0]
	for i := range times {
		if i == 0 || times[i] <= times[i-1] {
			s.starts = append(s.starts, int32(i))
		}
		s.order = append(s.order, int32(i))
	}
	for len(s.starts) > 1 {
		s.aside = s.aside[:0]
		kept, n := s.starts[:0], int32(len(s.order))
		for i := 0; i < len(s.starts); i += 2 {
			from, middle, end := s.starts[i], n, n
			if i+1 < len(s.starts) {
				middle = s.starts[i+1]
			}
			if i+2 < len(s.starts) {
				end = s.starts[i+2]
			}
			kept = append(kept, int32(len(s.aside)))
			s.aside = joinSorted(s.aside, s.order[from:middle], s.order[middle:end], times, ranks)
		}
		s.starts, s.order, s.aside = kept, s.aside, s.order
	}
	return s.order
}

// joinSorted appends two sorted stretches as one. The second one's indexes are the
// higher ones where time and rank are equal.
func joinSorted(dst, a, b []int32, times []int64, ranks []uint64) []int32 {
	for len(a) != 0 && len(b) != 0 {
		i, j := a[0], b[0]
		if times[i] < times[j] || times[i] == times[j] && ranks[i] > ranks[j] {
			dst, a = append(dst, i), a[1:]
		} else {
			dst, b = append(dst, j), b[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// resolve makes the block strictly ascending: of repeated times the highest
// rank stays, and among equal ranks the last; what a cut of higher rank holds
// goes.
func (o *overlay) resolve() {
	if len(o.expires) != 0 {
		o.expires = lengthen(o.expires, o.block.Len())
	}
	if o.straight() {
		return
	}
	times := o.block.Times
	if len(o.cuts) == 0 && o.sorting.stack(times, o.ranks) {
		o.restack(o.sorting.legs)
		return
	}
	order := o.sorting.sort(times, o.ranks)
	order = slices.CompactFunc(order, func(a, b int32) bool { return times[a] == times[b] })
	order = slices.DeleteFunc(order, func(i int32) bool { return o.isCut(int(i)) })
	o.pick(order)
}

// straight tells whether the block is as resolve wants it already.
func (o *overlay) straight() bool {
	times := o.block.Times
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	for i := range o.cuts {
		c := &o.cuts[i]
		at := sort.Search(len(times), func(i int) bool { return times[i] >= c.From })
		for ; at < len(times) && times[at] <= c.To; at++ {
			if o.ranks[at] < c.rank {
				return false
			}
		}
	}
	return true
}

// isCut tells whether a cut of higher rank holds point i.
func (o *overlay) isCut(i int) bool {
	for j := range o.cuts {
		if c := &o.cuts[j]; c.rank > o.ranks[i] && c.Holds(o.block.Times[i]) {
			return true
		}
	}
	return false
}

// restack puts legs of the points one behind the other. Clients that write at once
// leave such.
func (o *overlay) restack(legs []leg) {
	s, b := &o.sorting, &o.block
	s.reset(o)
	to := &s.block
	to.Times, to.Floats, to.Ints = lined(to.Times, b.Times, legs), lined(to.Floats, b.Floats, legs), lined(to.Ints, b.Ints, legs)
	to.IsInt, to.Nulls = lined(to.IsInt, b.IsInt, legs), lined(to.Nulls, b.Nulls, legs)
	to.Texts, to.Bytes = lined(to.Texts, b.Texts, legs), lined(to.Bytes, b.Bytes, legs)
	s.ranks, s.expires = lined(s.ranks, o.ranks, legs), lined(s.expires, o.expires, legs)
	s.swap(o)
}

// lined adds the legs of a column to dst. A column that is not in use is empty.
func lined[T any](dst, column []T, legs []leg) []T {
	if len(column) == 0 {
		return dst
	}
	for _, l := range legs {
		dst = append(dst, column[l.from:l.to]...)
	}
	return dst
}

// pick keeps the points that order names, in its order.
func (o *overlay) pick(order []int32) {
	s := &o.sorting
	s.reset(o)
	for _, i := range order {
		appendPoint(&s.block, &o.block, int(i))
		s.ranks = append(s.ranks, o.ranks[i])
		if len(o.expires) != 0 {
			s.expires = append(s.expires, o.expires[i])
		}
	}
	s.swap(o)
}

// reset empties what points of o are moved to.
func (s *sorting) reset(o *overlay) {
	s.block.Reset(o.block.Kind)
	s.block.Type = o.block.Type
	s.expires, s.ranks = s.expires[:0], s.ranks[:0]
}

// swap makes o hold what was moved, and s the memory of what it held.
func (s *sorting) swap(o *overlay) {
	o.block, s.block = s.block, o.block
	o.expires, s.expires = s.expires, o.expires
	o.ranks, s.ranks = s.ranks, o.ranks
}

// appendPoint adds point i of v, which is of b's kind.
func appendPoint(b, v *points.Block, i int) {
	switch at := v.Times[i]; {
	case v.Kind == points.Text:
		b.AppendText(at, v.Texts[i])
	case v.Kind == points.Opaque:
		b.AppendBytes(at, v.Bytes[i])
	case v.Null(i):
		b.AppendNull(at)
	case v.Int(i):
		b.AppendInt(at, v.Ints[i])
	default:
		b.AppendFloat(at, v.Floats[i])
	}
}
