package pebble

import (
	"context"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// selectSeries yields the series that match. Their points are read through
// from.
func (r reader) selectSeries(ctx context.Context, sel storage.Selection, from reader, yield func(storage.Series, error) bool) {
	made := shelf{from: &from}
	give := func(number uint64, k points.Key) bool { return yield(made.series(number, k), nil) }
	few, read := r.kept(&sel)
	var err error
	if read {
		made.expect(uint64(len(few.numbers)))
		read, err = r.eachKept(ctx, &sel, few, give)
	}
	if !read && err == nil {
		err = r.eachSelected(ctx, &sel, &made, give)
	}
	if err != nil {
		yield(nil, err)
	}
}

// eachSelected calls f with the series that match, as the index has them, until it
// answers false.
func (r reader) eachSelected(ctx context.Context, sel *storage.Selection, made *shelf, f func(number uint64, k points.Key) bool) error {
	total := int64(0)
	return r.eachSet(ctx, *sel, func(members *set) (more bool, err error) {
		more = true
		if total += int64(members.GetCardinality()); len(sel.Types) == 0 && sel.TooMany(total) {
			return false, storage.ErrTooMany
		}
		made.expect(members.GetCardinality())
		err = r.eachKeyAhead(ctx, members, func(number uint64, k points.Key) (bool, error) {
			if len(sel.Types) == 0 || slices.Contains(sel.Types, k.Type) {
				more = f(number, k)
			}
			return more, nil
		})
		return more, err
	})
}

// numbers lists the numbers of the series that match, ascending.
func (r reader) numbers(ctx context.Context, sel storage.Selection) ([]uint64, error) {
	var out []uint64
	err := r.eachSet(ctx, sel, func(members *set) (bool, error) {
		typed, err := r.ofTypes(ctx, members, sel.Types)
		if err == nil {
			out = append(out, typed.ToArray()...)
		}
		return true, err
	})
	slices.Sort(out)
	return out, err
}

// ofTypes is the set without the series of other types.
func (r reader) ofTypes(ctx context.Context, members *set, types []string) (*set, error) {
	if len(types) == 0 {
		return members, nil
	}
	var out set
	err := r.eachKey(ctx, members, func(number uint64, k points.Key) (bool, error) {
		if slices.Contains(types, k.Type) {
			out.Add(number)
		}
		return true, nil
	})
	return &out, err
}

// eachSet calls f with sets that together are the series that match, types
// aside. The sets have nothing in common. f says whether it wants more.
func (r reader) eachSet(ctx context.Context, sel storage.Selection, f func(*set) (bool, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	gone, err := r.overdue()
	if err != nil {
		return err
	}
	scopes, err := r.scopes(ctx, sel)
	if err != nil {
		return err
	}
	for _, sc := range scopes {
		if err := ctx.Err(); err != nil {
			return err
		}
		members, err := sc.matching(ctx, sel.Matchers)
		if err != nil {
			return err
		}
		members.AndNot(gone)
		if members.IsEmpty() {
			continue
		}
		if more, err := f(members); err != nil || !more {
			return err
		}
	}
	return nil
}

// scopes lists where a selection looks: in each of its metrics, once, or
// everywhere.
func (r reader) scopes(ctx context.Context, sel storage.Selection) (out []scope, err error) {
	names := sel.Metrics
	switch {
	case len(names) != 0:
		names = slices.DeleteFunc(slices.Clone(names), func(m string) bool { return !strings.HasPrefix(m, sel.Prefix) })
		slices.Sort(names)
		names = slices.Compact(names)
	case sel.Prefix == "":
		return []scope{{r: r}}, nil
	default:
		err = r.eachText(ctx, appendPosting(nil, postMetric), sel.Prefix, func(name string, _ holders) (step, error) {
			names = append(names, name)
			return stepOn, nil
		})
	}
	for _, m := range names {
		out = append(out, scope{r: r, metric: m, one: true})
	}
	return out, err
}

// eachText calls f for every posting whose key is base and one text more that
// begins with prefix, in the order of the texts, until it answers stepOut.
func (r reader) eachText(ctx context.Context, base []byte, prefix string, f func(text string, of holders) (step, error)) (err error) {
	from := appendOpen(slices.Clone(base), prefix)
	it, err := r.snap.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: next(from)})
	if err != nil {
		return translate(err)
	}
	defer func() { err = translate(firstOf(err, it.Close())) }()
	then := stepOn
	for ok := it.First(); ok && then != stepOut && err == nil; ok = it.Next() {
		text, rest, ok := parseText(it.Key()[len(base):])
		if err = ctx.Err(); err == nil && ok && len(rest) == 0 {
			then, err = f(text, holders{it: it})
		}
	}
	return firstOf(err, it.Error())
}

// eachPosting calls f at every posting whose key begins with prefix.
func (r reader) eachPosting(ctx context.Context, prefix []byte, f func(it *pebble.Iterator) error) (err error) {
	it, err := r.snap.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: next(prefix)})
	if err != nil {
		return translate(err)
	}
	defer func() { err = translate(firstOf(err, it.Close())) }()
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		if err = ctx.Err(); err == nil {
			err = f(it)
		}
	}
	return firstOf(err, it.Error())
}
