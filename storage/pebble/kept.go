package pebble

import (
	"context"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// kept is the few series that a matcher holds for, as a posting tells that is kept.
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
	var room [cachedPostingKey]byte
	least := byKey
	for i := range sel.Matchers {
		m := &sel.Matchers[i]
		if m.Not || m.Absent || len(m.Patterns) != 0 || len(m.Values) != 1 {
			continue
		}
		key := appendPosting(room[:0], postValue, m.Tag, m.Values[0], sel.Metrics[0])
		if numbers, found := r.s.postings.find(r.turn, key); found && len(numbers) <= least {
			k, ok, least = kept{m, numbers}, true, len(numbers)-1
		}
	}
	return k, ok
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
