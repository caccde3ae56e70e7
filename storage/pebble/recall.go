package pebble

import "aion/storage"

// fetchBehind is behind how many marks whose numbers do not follow each other all that
// are left are fetched.
const fetchBehind = 4

// Recall tells the numbers of series that were written under marks last, as far as
// they are in memory.
func (s *Store) Recall(marks []storage.Mark, refs []storage.Ref) {
	d := s.dict
	d.mu.RLock()
	defer d.mu.RUnlock()
	look := cardLook{cards: &d.known}
	last, strayed := uint64(0), 0
	for i, m := range marks {
		number := look.recall(digest(m), last)
		refs[i] = storage.Ref(number)
		if number == last+1 {
			last = number
			continue
		}
		if strayed++; strayed == fetchBehind {
			d.known.hints.fetch(marks[i+1:])
		}
		if number != 0 {
			last = number
		}
	}
}

// mark notes under which marks the series of the batch were written, where that is new.
// Those that begin with it have none: many series never have a second point.
func (w *writer) mark(d *dictionary) {
	first := w.unmarked(d)
	if first == len(w.items) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range w.items[first:] {
		if it := &w.items[first+i]; w.isMarked(it) {
			d.known.setMark(it.number, digest(it.change.Mark))
		}
	}
}

// unmarked is the first of the items whose series may not be known to be written under
// its mark, or how many there are.
func (w *writer) unmarked(d *dictionary) int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	look := cardLook{cards: &d.known}
	for i := range w.items {
		if it := &w.items[i]; w.isMarked(it) && !look.is(it.number, digest(it.change.Mark)) {
			return i
		}
	}
	return len(w.items)
}

// isMarked tells whether an item has a mark to be noted.
func (w *writer) isMarked(it *item) bool {
	return it.change.Mark != storage.Mark{} && !w.isFresh(it.number)
}

// recallAll gives those of the items their numbers and due times whose series the
// index on disk is known to have, and tells whether the disk has no others. Where the
// number that an item has got from before does not stand any more, identify makes its
// digest.
func (d *dictionary) recallAll(items []item, identify func(it *item)) (whole bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	look := cardLook{cards: &d.known}
	for i := range items {
		if it := &items[i]; it.number != 0 && !d.recallOne(&look, it, it.number) {
			it.number = 0
			identify(it)
		}
	}
	d.known.numbers.fetch(items)
	for i := range items {
		if it := &items[i]; it.number == 0 {
			d.recallOne(&look, it, d.known.numbers.find(it.digest))
		}
	}
	return d.whole
}

// recallOne gives an item that number and the series' due time, if the index on disk is
// known to have the series. The lock is held.
func (d *dictionary) recallOne(look *cardLook, it *item, number uint64) bool {
	c := look.at(number)
	if number == 0 || c == nil || c.isYoung() {
		return false
	}
	it.number, it.due = number, d.entry(*c).due
	return true
}
