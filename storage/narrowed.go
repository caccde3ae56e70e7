package storage

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"aion/storage/points"
)

// Constraint says which series a caller may see and change: those for which all
// matchers hold, as far as the veil lets him. The zero value is no constraint.
type Constraint struct {
	Matchers []Matcher
	Veil     Veil // nil: nothing more is hidden
}

// Organization is c for one tenant: only series whose tag is that name. The
// empty name is the tenant whose data does not carry the tag.
func (c Constraint) Organization(tag, name string) Constraint {
	if name == "" {
		return c.and(Matcher{Tag: tag, Absent: true})
	}
	return c.and(Matcher{Tag: tag, Values: []string{name}})
}

// Devices is c for some devices: only series whose tag is one of these ids.
// Without ids nothing is permitted.
func (c Constraint) Devices(tag string, ids ...string) Constraint {
	return c.and(Matcher{Tag: tag, Values: slices.Clone(ids)})
}

// and is c and m; c stays as it is.
func (c Constraint) and(m Matcher) Constraint {
	return Constraint{slices.Concat(c.Matchers, []Matcher{m}), c.Veil}
}

// Permits tells whether the tags of a series lie within c; of those that a veil
// covers Writes tells more.
func (c Constraint) Permits(k *points.Key) bool {
	s := Selection{Matchers: c.Matchers}
	return s.Matches(k)
}

// Narrow is s within c. Where both list values of one tag, what remains is one
// list of those that are in both: an index then has no more to do for c.
func (c Constraint) Narrow(s Selection) Selection {
	all := slices.Concat(s.Matchers, c.Matchers)
	own := len(s.Matchers)
	for i := own; i < len(all); i++ {
		at := slices.IndexFunc(all[:own], func(m Matcher) bool { return m.Tag == all[i].Tag && m.lists() })
		if at >= 0 && all[i].lists() {
			all[at].Values = common(all[at].Values, all[i].Values)
			all = slices.Delete(all, i, i+1)
			i--
		}
	}
	s.Matchers = all
	return s
}

// lists tells whether a matcher is a list of values and nothing else.
func (m *Matcher) lists() bool { return !m.Not && !m.Absent && len(m.Patterns) == 0 }

// common are the values that are in both lists, in the order of the first.
func common(a, b []string) []string {
	has := make(map[string]bool, len(b))
	for _, v := range b {
		has[v] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(v string) bool { return !has[v] })
}

// ForbiddenError names the first change of a batch that the constraint does not
// permit, or a series that may not be deleted from. It is a points.ErrForbidden.
type ForbiddenError struct {
	Key   points.Key
	Index int // of the change in the batch; -1: it is a deletion
}

// Error names the series.
func (e *ForbiddenError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("%v: the points of %s cannot be deleted", points.ErrForbidden, e.Key)
	}
	return fmt.Sprintf("%v: change %d of the batch is to %s", points.ErrForbidden, e.Index, e.Key)
}

// Is makes a ForbiddenError a points.ErrForbidden.
func (e *ForbiddenError) Is(target error) bool { return target == points.ErrForbidden }

// Narrowed is the one gate between a request and the store: s as far as c
// permits. Whatever is read, named or deleted is what the caller's selection and
// c both say; a batch with any change outside of c is refused as a whole with a
// ForbiddenError, and no tag is ever added to make it fit. Of what c's veil covers,
// private series are not there for the caller, and into protected ones he puts
// nothing and deletes nothing; what a batch puts elsewhere may replace their
// values, as where a property is defined anew. Closing a narrowed store does
// nothing: s belongs to who opened it. It is no Wrapper.
func Narrowed(s Store, c Constraint) Store {
	c.Matchers = slices.Clone(c.Matchers)
	return &narrowed{narrowedReader{s, c}, s}
}

// narrowed is the store of Narrowed.
type narrowed struct {
	narrowedReader
	store Store
}

// Write refuses what c does not permit, and passes on the rest.
func (n *narrowed) Write(ctx context.Context, b *Batch) error {
	for i := range b.Changes {
		if ok, err := n.permits(ctx, &b.Changes[i]); err != nil {
			return err
		} else if !ok {
			return &ForbiddenError{Key: b.Changes[i].Key, Index: i}
		}
	}
	return n.store.Write(ctx, b)
}

// permits tells whether a change may be made.
func (n *narrowed) permits(ctx context.Context, c *Change) (bool, error) {
	if !n.constraint.Permits(&c.Key) {
		return false, nil
	}
	access, err := n.constraint.access(ctx, &c.Key)
	return access == Open || access == Protected && c.Points.Len() == 0, err
}

// Delete deletes within the constraint.
func (n *narrowed) Delete(ctx context.Context, s Selection, r points.Range) error {
	if n.constraint.covers(s.Metrics) {
		return n.deleteSeen(ctx, s, r)
	}
	return n.store.Delete(ctx, n.constraint.Narrow(s), r)
}

// Snapshot is a snapshot within the constraint.
func (n *narrowed) Snapshot(ctx context.Context) (Snapshot, error) {
	s, err := n.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return &narrowedSnapshot{narrowedReader{s, n.constraint}, s}, nil
}

// Index has the store's tag index have the series of a metric, where it may lack some
// and c permits everything. It is a TagIndexer's.
func (n *narrowed) Index(ctx context.Context, metric string, r points.Range) error {
	indexer, ok := As[TagIndexer](n.store)
	if !ok || !n.constraint.Free() {
		return nil
	}
	return indexer.Index(ctx, metric, r)
}

// Health passes the call on.
func (n *narrowed) Health(ctx context.Context) error { return n.store.Health(ctx) }

// Close does nothing.
func (n *narrowed) Close() error { return nil }

// narrowedSnapshot is a snapshot within a constraint.
type narrowedSnapshot struct {
	narrowedReader
	snapshot Snapshot
}

// Close closes the snapshot, which belongs to the caller.
func (n *narrowedSnapshot) Close() error { return n.snapshot.Close() }

// narrowedReader reads within a constraint.
type narrowedReader struct {
	reader     Reader
	constraint Constraint
}

// Select selects within the constraint.
func (n narrowedReader) Select(ctx context.Context, s Selection) iter.Seq2[Series, error] {
	if n.constraint.Veil == nil {
		return n.reader.Select(ctx, n.constraint.Narrow(s))
	}
	s.Most = 0
	return n.seen(ctx, n.reader.Select(ctx, n.constraint.Narrow(s)))
}

// Metrics names metrics within the constraint.
func (n narrowedReader) Metrics(ctx context.Context, s Selection) iter.Seq2[string, error] {
	if !n.constraint.covers(s.Metrics) {
		return n.reader.Metrics(ctx, n.constraint.Narrow(s))
	}
	named := func(open Selection) iter.Seq2[string, error] { return listed(open.Metrics) }
	return n.texts(ctx, s, named, func(covered Selection) teller {
		return func(k *points.Key, found map[string]bool) bool {
			found[k.Metric] = true
			return len(found) < len(covered.Metrics)
		}
	})
}

// TagNames names tags within the constraint.
func (n narrowedReader) TagNames(ctx context.Context, s Selection) iter.Seq2[string, error] {
	all := func(s Selection) iter.Seq2[string, error] { return n.reader.TagNames(ctx, s) }
	if !n.constraint.covers(s.Metrics) {
		return all(n.constraint.Narrow(s))
	}
	return n.texts(ctx, s, all, func(Selection) teller {
		return func(k *points.Key, found map[string]bool) bool {
			for _, tag := range k.Tags {
				found[tag.Name] = true
			}
			return true
		}
	})
}

// TagValues lists values within the constraint.
func (n narrowedReader) TagValues(ctx context.Context, tag string, s Selection) iter.Seq2[string, error] {
	all := func(s Selection) iter.Seq2[string, error] { return n.reader.TagValues(ctx, tag, s) }
	if !n.constraint.covers(s.Metrics) {
		return all(n.constraint.Narrow(s))
	}
	return n.texts(ctx, s, all, func(Selection) teller {
		return func(k *points.Key, found map[string]bool) bool {
			if value, ok := k.Tags.Value(tag); ok {
				found[value] = true
			}
			return true
		}
	})
}
