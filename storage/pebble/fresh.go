package pebble

import "slices"

// find finds the numbers of the items that have none, gives some to series that are
// nowhere and notes the index entries of these for the batch. A removal from a series
// that is not there is nothing, and left out. whole: what is not in memory is not on
// the disk.
func (w *writer) find(s *Store, whole bool) (err error) {
	if !whole {
		if err := w.loadAll(s); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(w.items, func(it item) bool { return it.number == 0 }) {
		return nil
	}
	if w.given, err = s.dict.numberAll(w.items); err != nil {
		return err
	}
	w.noted = w.given
	kept := w.items[:0]
	for _, it := range w.items {
		if it.number == 0 { // a removal
			e, _ := s.dict.cached(it.digest)
			if it.number, it.due = e.number, e.due; !e.stored && !w.isFresh(e.number) {
				continue
			}
		}
		if it.young && !w.isFresh(it.number) {
			w.note(&it)
		}
		kept = append(kept, it)
	}
	w.items = kept
	return nil
}

// loadAll looks those of the items up on disk that have no number.
func (w *writer) loadAll(s *Store) error {
	n := &w.numbers
	defer n.reset()
	for i := range w.items {
		if w.items[i].number == 0 {
			n.list = append(n.list, sought{item: &w.items[i]})
		}
	}
	if len(n.list) >= walkNumbers {
		if err := n.find(s.dict); err != nil {
			return err
		}
	}
	for _, x := range n.list {
		if err := w.load(s, x.item); err != nil {
			return err
		}
	}
	return nil
}

// load looks a series up on disk.
func (w *writer) load(s *Store, it *item) error {
	w.key = it.change.Key.Append(w.key[:0])
	e, ok, err := s.dict.find(it.digest, w.key)
	if isDamage(err) {
		return w.loadLost(s, it, err)
	}
	if ok {
		it.number, it.due = e.number, e.due
	}
	return err
}

// note notes the index entries of a series for the batch.
func (w *writer) note(it *item) {
	w.key = it.change.Key.Append(w.key[:0])
	w.fresh = append(w.fresh, it.named)
	w.index.touch(&it.change.Key, it.number)
	w.born.add(w.key, it.number)
	if it.number == w.noted {
		w.noted++
	} else { // another batch has given the number, and may not have stored it
		w.begin(it.number, true)
	}
}

// isFresh tells whether a series begins with the batch, as far as its items have been
// looked at.
func (w *writer) isFresh(number uint64) bool {
	if len(w.odd) != 0 {
		if is, ok := w.odd[number]; ok {
			return is
		}
	}
	return w.given <= number && number < w.noted
}

// begin notes of a series whether it begins with the batch.
func (w *writer) begin(number uint64, does bool) {
	if w.odd == nil {
		w.odd = map[uint64]bool{}
	}
	w.odd[number] = does
}
