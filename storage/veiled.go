package storage

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"aion/storage/points"
)

// seen are those of some series that are not hidden, each by what the veil says when
// its turn comes.
func (n narrowedReader) seen(ctx context.Context, all iter.Seq2[Series, error]) iter.Seq2[Series, error] {
	return func(yield func(Series, error) bool) {
		for s, err := range all {
			if err == nil && n.constraint.veiled() {
				k := s.Key()
				access, failed := n.constraint.access(ctx, &k)
				if failed != nil {
					yield(nil, failed)
					return
				}
				if access == Private {
					continue
				}
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// split is a selection of all metrics as two: of the metrics that the veil does not
// cover, and of those that it does. The one that is empty holds for nothing, so
// that the store is asked as often whether there is something hidden or not.
func (n narrowedReader) split(ctx context.Context, s Selection) (open, covered Selection, err error) {
	open, covered = n.constraint.Narrow(s), n.constraint.Narrow(s)
	for name, err := range n.reader.Metrics(ctx, open) {
		switch {
		case err != nil:
			return open, covered, err
		case n.constraint.Veil.Covers(name):
			covered.Metrics = append(covered.Metrics, name)
		default:
			open.Metrics = append(open.Metrics, name)
		}
	}
	for _, part := range []*Selection{&open, &covered} {
		if len(part.Metrics) == 0 {
			part.Metrics, part.Matchers = []string{""}, []Matcher{{}}
		}
	}
	return open, covered, nil
}

// teller notes what is asked of a series; it answers false when it has everything.
type teller func(k *points.Key, found map[string]bool) bool

// texts are the texts of all series of a selection that the caller sees: what a
// teller finds at those whose metrics the veil covers, and for the others what the
// store's index has.
func (n narrowedReader) texts(
	ctx context.Context, s Selection, index func(open Selection) iter.Seq2[string, error], tellerOf func(covered Selection) teller,
) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var others iter.Seq2[string, error]
		covered := n.constraint.Narrow(s)
		if len(s.Metrics) == 0 {
			open, part, err := n.split(ctx, s)
			if err != nil {
				yield("", err)
				return
			}
			covered, others = part, index(open)
		}
		found, tell := map[string]bool{}, tellerOf(covered)
		for series, err := range n.seen(ctx, n.reader.Select(ctx, covered)) {
			if err != nil {
				yield("", err)
				return
			}
			if k := series.Key(); !tell(&k, found) {
				break
			}
		}
		merged(slices.Sorted(maps.Keys(found)), others, yield)
	}
}

// listed yields a list. The text that stands for none is not in it.
func listed(list []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, text := range list {
			if text != "" && !yield(text, nil) {
				return
			}
		}
	}
}

// merged yields two ascending lists as one, each text once; others may be nil.
func merged(list []string, others iter.Seq2[string, error], yield func(string, error) bool) {
	if others != nil {
		for text, err := range others {
			for err == nil && len(list) != 0 && list[0] <= text {
				if list[0] < text && !yield(list[0], nil) {
					return
				}
				list = list[1:]
			}
			if !yield(text, err) {
				return
			}
		}
	}
	for _, text := range list {
		if !yield(text, nil) {
			return
		}
	}
}

// deleteSeen deletes the points of what the caller sees of a selection. Where he
// may not change a series of it nothing is deleted, and the error is a
// ForbiddenError.
func (n *narrowed) deleteSeen(ctx context.Context, s Selection, r points.Range) error {
	open, covered := n.constraint.Narrow(s), n.constraint.Narrow(s)
	if len(s.Metrics) == 0 {
		var err error
		if open, covered, err = n.split(ctx, s); err != nil {
			return err
		}
	} else {
		open.Metrics, covered.Metrics = nil, nil
		for _, name := range s.Metrics { // once each: what is covered may change meanwhile
			if n.constraint.Veil.Covers(name) {
				covered.Metrics = append(covered.Metrics, name)
			} else {
				open.Metrics = append(open.Metrics, name)
			}
		}
	}
	var cuts []Selection
	if len(covered.Metrics) != 0 { // without any it were all
		var err error
		if cuts, err = n.cuts(ctx, covered); err != nil {
			return err
		}
	}
	if len(open.Metrics) != 0 {
		cuts = append(cuts, open)
	}
	for _, cut := range cuts {
		if err := n.store.Delete(ctx, cut, r); err != nil {
			return err
		}
	}
	return nil
}

// cuts are selections that come to those series of covered metrics which the caller
// sees, and to no hidden one.
func (n *narrowed) cuts(ctx context.Context, s Selection) ([]Selection, error) {
	var all []Selection
	at, listed := map[string]int{}, map[string]bool{}
	tags := n.constraint.Veil.Tags()
	for series, err := range n.reader.Select(ctx, s) {
		if err != nil {
			return nil, err
		}
		k := series.Key()
		access, err := n.constraint.access(ctx, &k)
		switch {
		case err != nil:
			return nil, err
		case access == Private:
			continue
		case access == Protected:
			return nil, &ForbiddenError{Key: k, Index: -1}
		}
		id, matchers := alike(&k, tags)
		i, ok := at[id]
		if !ok {
			i, at[id] = len(all), len(all)
			cut := s
			cut.Metrics, cut.Matchers = []string{k.Metric}, slices.Concat(s.Matchers, matchers)
			all = append(all, cut)
		}
		m := &all[i].Matchers[len(s.Matchers)]
		value, ok := k.Tags.Value(m.Tag)
		if once := id + "\x00" + value; !ok {
			m.Absent = true
		} else if !listed[once] {
			m.Values, listed[once] = append(m.Values, value), true
		}
	}
	return all, nil
}

// alike are conditions for series of a metric that have the values of k in these
// tags, but for the first one, whose condition has no values yet, and a text that
// stands for them.
func alike(k *points.Key, tags []string) (id string, all []Matcher) {
	parts := []string{k.Metric}
	for i, tag := range tags {
		m := Matcher{Tag: tag}
		if value, ok := k.Tags.Value(tag); i > 0 && ok {
			m.Values = []string{value}
		} else if i > 0 {
			m.Absent = true
		}
		all = append(all, m)
		parts = append(parts, m.String())
	}
	return strings.Join(parts, "\x00"), all
}
