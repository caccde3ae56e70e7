package pebble

import (
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// scan is what reading one series takes. Scans are used again, so that a read
// allocates little.
type scan struct {
	it      *pebble.Iterator // over runs, then over chunks
	larges  *pebble.Iterator // over large runs; nil until one is there
	over    overlay
	merge   merge
	chain   chain
	base    layer // the chain's
	pages   pages
	small   layer // the small runs'
	holes   []points.Range
	key     []byte
	end     []byte
	expires []int64
	first   points.Block // of a series of which no more than a few points are wanted
	home    *idle        // where the scan rests; nil: nowhere
	place   int          // among those of its home that are in use
	vetted  *vetted      // whose checksums need not be computed; nil: none
	grouped *grouped     // which sheets may have groups; nil: all
	group   groupReader

	walk    *walk  // nil: the scan has not walked yet
	walking bool   // to the series that is read
	last    uint64 // the series that was read last
	streak  int    // how many series in a row have followed the one before
}

// epochs are the epochs that may have runs, both ends inclusive.
type epochs struct{ oldest, newest uint32 }

// collect reads the runs of a series into sc.over.
func (sc *scan) collect(number uint64, e epochs) error {
	sc.over.reset(points.Number)
	sc.key = appendNumbered(sc.key[:0], keyCarried, number)
	if err := sc.addRuns(parseCarriedKey); err != nil {
		return err
	}
	for epoch := e.oldest; epoch <= e.newest; epoch++ {
		sc.key = appendRunSeries(sc.key[:0], epoch, number)
		if err := sc.addRuns(parseRunKey); err != nil {
			return err
		}
	}
	if err := sc.collectGroups(number, e); err != nil {
		return err
	}
	sc.over.resolve()
	return nil
}

// addRuns adds all runs under the prefix sc.key.
func (sc *scan) addRuns(parse parseRank) error {
	for ok := sc.seek(); ok; ok = sc.it.Next() {
		_, rank, ok := parse(sc.it.Key())
		if !ok {
			return damagedHead()
		}
		if err := sc.addRun(sc.it, rank); err != nil {
			return err
		}
	}
	return sc.it.Error()
}

// seek moves the iterator to the first key with the prefix sc.key, and keeps it
// among those. Without bounds it might pass over all the runs that have just
// been settled, one by one, in search of a key that is still there.
func (sc *scan) seek() bool {
	sc.end = appendNext(sc.end[:0], sc.key)
	sc.it.SetBounds(sc.key, sc.end)
	return sc.it.First()
}

// addRun adds the run that an iterator is at.
func (sc *scan) addRun(it *pebble.Iterator, rank uint64) error {
	v, err := it.ValueAndErr()
	if err != nil {
		return err
	}
	return sc.over.add(it.Key(), v, rank)
}

// read begins to read a range of a series, whose runs may lie in those epochs, as of
// now.
func (sc *scan) read(number uint64, e epochs, r points.Range, o points.Order, now int64) error {
	if err := sc.tread(number, e); err != nil {
		return err
	}
	return sc.begin(number, r, o, now)
}

// begin sets the merge up to read a range of the series whose runs have been
// collected, as of now.
func (sc *scan) begin(number uint64, r points.Range, o points.Order, now int64) error {
	m := &sc.merge
	m.order, m.now, m.paged = o, now, false
	m.layers = m.layers[:0]
	if r.Empty() {
		return nil
	}
	sc.holes = sc.over.below(sc.holes[:0], 0)
	sc.chain = chain{it: sc.it, number: number, order: o, bounds: r, holes: sc.holes, key: sc.chain.key, span: sc.chain.span}
	from, err := sc.chunks(number)
	if err != nil {
		return err
	}
	if from != nil {
		sc.pages.start(from, r, sc.holes, m)
		sc.pages.vetted = sc.vetted
		sc.base.pages, sc.base.pos, sc.base.end, sc.base.rank = &sc.pages, 0, 0, 0
		m.layers = append(m.layers, &sc.base)
	}
	sc.beginSmall(r, o)
	return sc.beginLarge(r, o)
}

// chunks are chunks of a series in order; nil from next: there is no further one.
type chunks interface{ next() ([]byte, error) }

// chunks is where the chunks of a series come from; nil: it has none.
func (sc *scan) chunks(number uint64) (chunks, error) {
	if sc.walking {
		return sc.chunksAhead(number)
	}
	sc.key = appendNumbered(sc.key[:0], keyChunk, number)
	sc.end = appendNext(sc.end[:0], sc.key)
	sc.it.SetBounds(sc.key, sc.end)
	return &sc.chain, nil
}

// start makes p read the chunks of from.
func (p *pages) start(from chunks, r points.Range, holes []points.Range, m *merge) {
	p.from, p.order, p.bounds, p.holes, p.now = from, m.order, r, holes, m.now
	p.unread, p.done, p.left, p.off, p.always = false, false, 0, 0, m.always
}

// beginSmall adds the layer of the small runs, if there is one.
func (sc *scan) beginSmall(r points.Range, o points.Order) {
	from, to := within(sc.over.block.Times, r)
	if from == to {
		return
	}
	l := &sc.small
	v := sc.over.block.Slice(from, to)
	l.block.Reset(v.Kind)
	l.block.AppendBlock(&v)
	l.ranks = append(l.ranks[:0], sc.over.ranks[from:to]...)
	l.expires = l.expires[:0]
	if len(sc.over.expires) != 0 {
		l.expires = append(l.expires, sc.over.expires[from:to]...)
	}
	if o == points.Desc {
		l.block.Reverse()
		slices.Reverse(l.ranks)
		slices.Reverse(l.expires)
	}
	l.pos, l.end, l.pages = 0, to-from, nil
	sc.merge.layers = append(sc.merge.layers, l)
}

// beginLarge adds a layer for each large run in the range.
func (sc *scan) beginLarge(r points.Range, o points.Order) error {
	for i := range sc.over.larges {
		g := &sc.over.larges[i]
		if g.last < r.From || g.first > r.To {
			continue
		}
		if sc.larges == nil {
			it, err := sc.it.Clone(pebble.CloneOptions{IterOptions: &pebble.IterOptions{}})
			if err != nil {
				return err
			}
			sc.larges = it
		}
		p := &pages{}
		p.start(&single{it: sc.larges, key: g.key}, r, sc.over.below(nil, g.rank), &sc.merge)
		if p.unread, p.guess = true, g.first; o == points.Desc {
			p.guess = g.last
		}
		sc.merge.layers = append(sc.merge.layers, &layer{rank: g.rank, pages: p})
	}
	return nil
}

// dropLarges closes the iterator over large runs.
func (sc *scan) dropLarges() (err error) {
	if sc.larges != nil {
		err = sc.larges.Close()
		sc.larges = nil
	}
	return err
}

// close gives back the iterators and what should not be kept.
func (sc *scan) close() error {
	err := firstOf(sc.dropLarges(), sc.walk.close())
	if sc.it != nil {
		err = firstOf(err, sc.it.Close())
		sc.it = nil
	}
	sc.walk, sc.walking, sc.last, sc.streak = nil, false, 0, 0
	sc.home, sc.vetted, sc.grouped = nil, nil, nil
	sc.forget()
	return err
}

// forget lets go of what belongs to the series that has been read.
func (sc *scan) forget() {
	sc.chain.it = nil
	clear(sc.merge.layers)
	clear(sc.over.larges)
}
