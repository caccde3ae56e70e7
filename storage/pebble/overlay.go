package pebble

import (
	"cmp"
	"slices"
	"sort"

	"aion/storage/chunk"
	"aion/storage/points"
)

// large is a run that is a chunk: it is read page by page, like a chunk.
type large struct {
	key         []byte
	rank        uint64
	first, last int64
	n           int
}

// overlay is what the runs of one series say, on top of its chunks.
type overlay struct {
	block   points.Block // of small runs; after resolve strictly ascending
	expires []int64      // of the points in block; empty: none does
	ranks   []uint64     // of the points in block
	larges  []large
	cuts    []cut
	sorting sorting
}

// reset empties o. k is the kind of the points to put; points that are read
// bring their own.
func (o *overlay) reset(k points.Kind) {
	o.block.Reset(k)
	o.expires, o.ranks = o.expires[:0], o.ranks[:0]
	o.larges, o.cuts = o.larges[:0], o.cuts[:0]
}

// add reads a run. Runs come in the order of their rank.
func (o *overlay) add(key, value []byte, rank uint64) error {
	flags, data, cuts, err := parseRunHead(value, rank, o.cuts)
	if err != nil {
		return err
	}
	o.cuts = cuts
	switch {
	case flags&runNoPoints != 0:
		return nil
	case flags&runIsChunk != 0:
		n, span, _, err := parseChunkRun(data)
		if err == nil {
			o.larges = append(o.larges, large{append([]byte{}, key...), rank, span.From, span.To, n})
		}
		return err
	}
	var expires []int64 // nil says that none does
	if len(o.expires) != 0 {
		expires = o.expires
	}
	if o.expires, err = chunk.ParseRun(data, &o.block, expires); err != nil {
		return err
	}
	o.rank(rank)
	return nil
}

// addColumns is add of a run that stands in columns, or answers false: it is not there,
// or no run of numbers is to be added.
func (o *overlay) addColumns(columns *chunk.Runs, slot uint, rank uint64) bool {
	var expires []int64 // nil says that none does
	if len(o.expires) != 0 {
		expires = o.expires
	}
	all, ok := columns.AddTo(&o.block, expires, slot)
	if ok {
		o.expires = all
		o.rank(rank)
	}
	return ok
}

// rank gives its rank to what has been added to the block.
func (o *overlay) rank(rank uint64) {
	for len(o.ranks) < o.block.Len() {
		o.ranks = append(o.ranks, rank)
	}
}

// put adds points that all expire at the same time, 0 for never.
func (o *overlay) put(b *points.Block, expires int64, rank uint64) {
	if expires != 0 {
		o.expires = lengthen(o.expires, o.block.Len())
	}
	o.block.AppendBlock(b)
	for expires != 0 && len(o.expires) < o.block.Len() {
		o.expires = append(o.expires, expires)
	}
	if len(o.expires) != 0 {
		o.expires = lengthen(o.expires, o.block.Len())
	}
	o.rank(rank)
}

// cut adds a range whose points of lower rank are gone.
func (o *overlay) cut(r points.Range, rank uint64) {
	o.cuts = append(o.cuts, cut{r, rank})
}

// below is the union of the cuts with a rank above rank, ascending.
func (o *overlay) below(dst []points.Range, rank uint64) []points.Range {
	for i := range o.cuts {
		if o.cuts[i].rank > rank {
			dst = append(dst, o.cuts[i].Range)
		}
	}
	return union(dst)
}

// touched is the first time from from on of which the runs say something.
func (o *overlay) touched(from int64) (at int64, ok bool) {
	note := func(first, last int64) {
		if last >= from && (!ok || max(first, from) < at) {
			at, ok = max(first, from), true
		}
	}
	times := o.block.Times
	if i := sort.Search(len(times), func(i int) bool { return times[i] >= from }); i < len(times) {
		note(times[i], times[i])
	}
	for i := range o.larges {
		note(o.larges[i].first, o.larges[i].last)
	}
	for i := range o.cuts {
		note(o.cuts[i].From, o.cuts[i].To)
	}
	return at, ok
}

// count is how many points of the runs may lie in a range.
func (o *overlay) count(r points.Range) int {
	from, to := within(o.block.Times, r)
	n := to - from
	for i := range o.larges {
		if g := &o.larges[i]; g.first <= r.To && g.last >= r.From {
			n += g.n
		}
	}
	return n
}

// cutsInto tells whether a cut touches a range.
func (o *overlay) cutsInto(r points.Range) bool {
	for i := range o.cuts {
		if c := &o.cuts[i]; c.From <= r.To && c.To >= r.From {
			return true
		}
	}
	return false
}

// cutsOff tells whether one cut holds all of a range.
func (o *overlay) cutsOff(r points.Range) bool {
	for i := range o.cuts {
		if c := &o.cuts[i]; c.From <= r.From && c.To >= r.To {
			return true
		}
	}
	return false
}

// union sorts ranges and joins those that overlap.
func union(rs []points.Range) []points.Range {
	slices.SortFunc(rs, func(a, b points.Range) int { return cmp.Compare(a.From, b.From) })
	out := rs[:0]
	for _, r := range rs {
		if n := len(out); n != 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// lengthen adds zeros to s until it has n elements.
func lengthen(s []int64, n int) []int64 {
	for len(s) < n {
		s = append(s, 0)
	}
	return s
}
