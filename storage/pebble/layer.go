package pebble

import (
	"slices"
	"sort"

	"aion/storage/chunk"
	"aion/storage/points"
)

// layer is one of the streams of points that a merge joins: the chain of
// chunks, one large run, or all small runs. What it yields lies in the range
// that was asked for and in no hole; expired points are still there, because
// they hide what lies below them.
type layer struct {
	rank    uint64       // the higher wins
	ranks   []uint64     // small runs: of each point of block
	block   points.Block // decoded points, in the merge's order
	expires []int64      // when they expire; empty: none does
	pos     int          // the first of block's points that is still to come
	end     int          // where block's points end
	pages   *pages       // where further points come from; nil: nowhere
	spare   points.Block
}

// pages reads one chunk after the other, page by page.
type pages struct {
	from    chunks
	order   points.Order
	bounds  points.Range
	holes   []points.Range
	now     int64
	guess   int64   // with unread: where the first chunk may begin in order
	unread  bool    // no chunk is open yet, and that is not urgent
	vetted  *vetted // chunks whose checksums need not be computed
	done    bool
	c       chunk.Chunk
	i       int // the next page
	left    int // how many pages are left in the open chunk
	all     int // how many of the open chunk's pages lie in the bounds
	expires []int64
	aware   bool // expires is needed: some points are gone, or somebody asks
	always  bool // expires is asked for

	// Of the next page, once a part of it has been given out without times:
	off    int       // how many of its points that were
	at     int64     // the time of the next one
	floats []float64 // the values of all
	times  []int64   // the times of all, if timed
	timed  bool
}

// head is where the next points begin, or, with no point decoded, a time that
// they do not come before. ok is false at the end.
func (l *layer) head() (at int64, ok bool, err error) {
	if l.pos < l.end {
		return l.block.Times[l.pos], true, nil
	}
	if l.pages == nil {
		return 0, false, nil
	}
	return l.pages.head()
}

// decoded tells whether the next point is decoded, so that head is its time.
func (l *layer) decoded() bool { return l.pos < l.end }

// head is where the next page begins.
func (p *pages) head() (int64, bool, error) {
	if p.unread {
		return p.guess, true, nil
	}
	for p.left == 0 {
		if p.done {
			return 0, false, nil
		}
		if err := p.open(); err != nil {
			return 0, false, err
		}
	}
	first, last, _ := p.c.Page(p.i)
	switch {
	case p.order == points.Desc:
		return last, true, nil
	case p.off != 0:
		return p.at, true, nil
	}
	return first, true, nil
}

// open opens the next chunk and finds its pages in the bounds.
func (p *pages) open() error {
	p.unread = false
	more, err := p.openNext()
	if err != nil || !more {
		p.done = err == nil
		return err
	}
	from, to := p.inBounds()
	p.left = max(0, to-from)
	p.timed = false
	if p.all, p.i = p.left, from; p.order == points.Desc {
		p.i = to - 1
	}
	p.aware = p.c.Expiring() && (p.always || p.c.EarliestExpiry() <= p.now)
	if p.aware {
		p.expires, err = p.c.AppendExpiries(p.expires[:0])
	}
	return err
}

// inBounds are the pages of the open chunk that have times in the bounds, most often
// all of them.
func (p *pages) inBounds() (from, to int) {
	n := p.c.Pages()
	if n == 0 || p.bounds.From <= p.c.First() && p.c.Last() <= p.bounds.To {
		return 0, n
	}
	from = sort.Search(n, func(i int) bool { _, last, _ := p.c.Page(i); return last >= p.bounds.From })
	to = sort.Search(n, func(i int) bool { first, _, _ := p.c.Page(i); return first > p.bounds.To })
	return from, to
}

// openNext opens the next chunk, if there is one.
func (p *pages) openNext() (more bool, err error) {
	data, err := p.from.next()
	if err == nil && data != nil {
		err = p.vetted.open(&p.c, data)
	}
	c, several := p.from.(*chain)
	switch {
	case err != nil && several && c.again():
		return p.openNext()
	case err != nil || data == nil:
		return false, err
	case several:
		c.opened(p.c.First(), p.c.Last())
	}
	return true, nil
}

// clean tells whether page i can be taken as it is: it lies in the bounds, in
// no hole, and nothing in it has expired.
func (p *pages) clean(i int) bool {
	first, last, _ := p.c.Page(i)
	return !p.aware && first >= p.bounds.From && last <= p.bounds.To && !touches(p.holes, first, last)
}

// touches tells whether one of the ranges, which are sorted and do not overlap,
// has a time from first to last.
func touches(rs []points.Range, first, last int64) bool {
	i := sort.Search(len(rs), func(i int) bool { return rs[i].To >= first })
	return i < len(rs) && rs[i].From <= last
}

// step passes over n pages.
func (p *pages) step(n int) {
	p.left, p.off, p.timed = p.left-n, 0, false
	if p.order == points.Desc {
		p.i -= n
	} else {
		p.i += n
	}
}

// fill decodes the next page of the layer. It may find that nothing of it is
// to be given.
func (l *layer) fill() error {
	p := l.pages
	l.pos, l.end = 0, 0
	if p.unread || p.left == 0 {
		return p.open()
	}
	l.block.Reset(p.c.Kind())
	if err := p.c.AppendPages(&l.block, p.i, p.i+1); err != nil {
		return err
	}
	n := l.block.Len()
	if l.expires = l.expires[:0]; p.aware {
		at := p.i * chunk.PageSize
		l.expires = append(l.expires, p.expires[at:at+n]...)
	}
	if !p.clean(p.i) {
		l.trim()
	}
	if p.order == points.Desc {
		l.block.Reverse()
		slices.Reverse(l.expires)
	}
	l.pos, l.end = p.off, l.block.Len()
	p.step(1)
	return nil
}

// trim takes out of the block what lies outside the bounds or in a hole.
func (l *layer) trim() {
	p, times := l.pages, l.block.Times
	from, _ := slices.BinarySearch(times, p.bounds.From)
	to := sort.Search(len(times), func(i int) bool { return times[i] > p.bounds.To })
	if from == 0 && to == len(times) && !touches(p.holes, times[0], times[to-1]) {
		return
	}
	l.spare.Reset(l.block.Kind)
	kept := l.expires[:0]
	for from < to {
		end := to
		i := sort.Search(len(p.holes), func(i int) bool { return p.holes[i].To >= times[from] })
		if i < len(p.holes) {
			h := p.holes[i]
			if h.Holds(times[from]) {
				from = sort.Search(len(times), func(i int) bool { return times[i] > h.To })
				continue
			}
			end = min(to, sort.Search(len(times), func(i int) bool { return times[i] >= h.From }))
		}
		v := l.block.Slice(from, end)
		l.spare.AppendBlock(&v)
		if len(l.expires) != 0 {
			kept = append(kept, l.expires[from:end]...)
		}
		from = end
	}
	l.block, l.spare, l.expires = l.spare, l.block, kept
}
