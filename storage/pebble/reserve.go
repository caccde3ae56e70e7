package pebble

import "aion/storage/points"

// reserve takes a stretch of sequence numbers that is enough for the batch, and
// decides whose points are put aside. Since both is done at once, of two batches
// that are built at once all of one lies above all of the other: what is put aside
// or begins a series lies below the runs of the epoch, and whoever takes numbers
// later finds that there are some. A series that has come to be there since it was
// looked at does not begin with this batch any more.
func (w *writer) reserve(s *Store) {
	n, again := 0, &w.recalled
	for i := range w.items {
		n += mostRuns(&w.items[i].change.Points)
	}
	w.tips.Base = s.tips.Latest()
	d, e := s.dict, epochs{oldest: s.oldest.Load(), newest: s.newest.Load()}
	d.mu.Lock()
	defer d.mu.Unlock()
	look := cardLook{cards: &d.known}
	for from, to := 0, 0; from < len(w.items); from = to {
		to = stretch(w.items, from)
		first := &w.items[from]
		first.aside = w.part(d, &look, first.number, first.change.Points.Len(), isSole(w.items[from:to]), e)
	}
	for from, to := 0, 0; from < len(again.list); from = to {
		to = again.stretch(from)
		first := &again.list[from]
		first.plain = again.plain(from, to)
		first.aside = w.part(d, &look, uint64(first.Ref), to-from, first.plain, e)
		n += again.mostRuns(from, to)
	}
	w.last = s.seq.Add(uint32(n))
	w.seq = w.last - uint32(n)
}

// isSole tells whether the items of a series are one change, whose points ascend and are
// few.
func isSole(items []item) bool {
	c := items[0].change
	return len(items) == 1 && len(c.Remove) == 0 && ascending(c.Points.Times) && isFew(&c.Points)
}

// part decides whether the n points of a series, which are sole or not, are put aside:
// they become a carried run at once, because few points come for the series in an epoch,
// so that settling them would do no more than that. Points that begin a series are few
// for sure. The lock is held.
func (w *writer) part(d *dictionary, look *cardLook, number uint64, n int, sole bool, e epochs) bool {
	c := look.at(number)
	if c == nil {
		return false
	}
	begins := len(w.fresh) != 0 && w.isFresh(number)
	if begins && !c.isYoung() { // others have stored the series
		w.begin(number, false)
		begins = false
	}
	put, ok := c.aside(asideWeight(n), e)
	uncut := d.uncut <= e.oldest && d.uncut < e.newest
	if begins && (!ok || !uncut && c.hasAside()) { // others have begun the series, and it has runs, or cuts
		w.begin(number, false)
		begins = false
	}
	aside := ok && sole && (begins || uncut)
	if !aside {
		put = c.ran(e.newest)
	}
	*c = put
	return aside
}

// isFew tells whether there are points and no more than a carried run takes.
func isFew(b *points.Block) bool {
	n := b.Len()
	return 0 < n && n < carriedPoints && fitting(b, 0, n) == n
}

// begins tells whether points are all that there is of a series, and so few that
// they would be carried when the epoch is settled. Then they are a carried run at
// once: many series have no other points for a long time.
func (w *writer) begins(number uint64, cuts []points.Range, b *points.Block) bool {
	return len(w.fresh) != 0 && len(cuts) == 0 && isFew(b) && w.isFresh(number)
}

// mostRuns is how many runs a change makes at most, its cuts included.
func mostRuns(b *points.Block) int {
	weight := 0
	for _, text := range b.Texts {
		weight += len(text)
	}
	for _, value := range b.Bytes {
		weight += len(value)
	}
	return mostNumbers(1, b.Len()) + 2*(weight/pieceWeight)
}

// mostNumbers is how many runs n numbers in so many changes make at most.
func mostNumbers(changes, n int) int { return 4*changes + n/(chunkSize/2) }
