package pebble

import (
	"context"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// kept is the few series that a matcher holds for, as postings tell that are kept.
type kept struct {
	by      *storage.Matcher
	numbers []uint64 // ascending; those of series that are overdue are among them
}

// kept is what is kept of the one of a selection's matchers that holds for the fewest
// series, if these are few: to select what was selected a moment ago nothing is read,
// and no set is built.
func (r reader) kept(sel *storage.Selection) (k kept, ok bool) {
	if len(sel.Metrics) != 1 || sel.Prefix != "" {
		return k, false
	}
	least := byKey
	for i := range sel.Matchers {
		m := &sel.Matchers[i]
		if m.Not || m.Absent || len(m.Patterns) != 0 || len(m.Values) == 0 || len(m.Values) > fewValues {
			continue
		}
		if numbers, found := r.keptOf(m, sel.Metrics[0], least); found {
			k, ok, least = kept{m, numbers}, true, len(numbers)-1
		}
	}
	return k, ok
}

// keptOf is what is kept of the series that have one of a matcher's values, if that
// is so of all values, and if they are no more than most.
func (r reader) keptOf(m *storage.Matcher, metric string, most int) (numbers []uint64, ok bool) {
	var room [cachedPostingKey]byte
	for _, value := range m.Values {
		key := appendPosting(room[:0], postValue, m.Tag, value, metric)
		some, found := r.s.postings.find(r.turn, key)
		switch {
		case !found || len(numbers)+len(some) > most:
			return nil, false
		case len(m.Values) == 1:
			return some, true
		case numbers == nil:
			numbers = make([]uint64, 0, most)
		}
		numbers = append(numbers, some...)
	}
	if !slices.IsSorted(numbers) {
		slices.Sort(numbers)
	}
	return slices.Compact(numbers), true
}

// eachKept calls f with those of the kept series that are selected, until it answers
// false. Not read: some key cannot be, which may be that of a series that is not
// selected, and f has not been called.
func (r reader) eachKept(ctx context.Context, sel *storage.Selection, of kept, f func(number uint64, k points.Key) bool) (read bool, err error) {
	if err := ctx.Err(); err != nil {
		return true, err
	}
	gone, err := r.overdue()
	if err != nil {
		return true, err
	}
	var room [byKey]numberedKey
	found := room[:0]
	keys := keyWalk{r: r, few: len(of.numbers) == 1, kept: true}
	for _, number := range of.numbers {
		if gone.Contains(number) {
			continue
		}
		k, err := keys.key(number)
		if err != nil {
			_ = keys.close() // has nothing else to tell
			return false, nil
		}
		if of.means(sel, &k) {
			found = append(found, numberedKey{number, k})
		}
	}
	if err := keys.close(); err != nil {
		return true, translate(err)
	}
	for i := range found {
		if !f(found[i].number, found[i].key) {
			break
		}
	}
	return true, nil
}

// means tells whether one of the series is selected.
func (k *kept) means(sel *storage.Selection, key *points.Key) bool {
	for i := range sel.Matchers {
		if m := &sel.Matchers[i]; m != k.by && !m.Matches(key.Tags) {
			return false
		}
	}
	return len(sel.Types) == 0 || slices.Contains(sel.Types, key.Type)
}
