package memory

import (
	"context"
	"iter"
	"maps"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// source is where a reader looks: the live store, or a state that it was in.
type source interface {
	// find is the series of that id as it is now, nil if there is none, and
	// the time.
	find(id string) (s *series, now int64)
	// each calls f for every series, and with the time.
	each(f func(id string, s *series, now int64))
}

// find reads the live store.
func (s *Store) find(id string) (*series, int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.series[id], s.now().UnixMilli()
}

// each reads the live store and holds the lock meanwhile.
func (s *Store) each(f func(string, *series, int64)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	(&frozen{s.series, s.now().UnixMilli()}).each(f)
}

// Select yields the series that match.
func (s *Store) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return reader{s}.Select(ctx, sel)
}

// Metrics yields the metrics of the series that match.
func (s *Store) Metrics(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return reader{s}.Metrics(ctx, sel)
}

// TagNames yields the tag names of the series that match.
func (s *Store) TagNames(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return reader{s}.TagNames(ctx, sel)
}

// TagValues yields the values of a tag in the series that match.
func (s *Store) TagValues(ctx context.Context, tag string, sel storage.Selection) iter.Seq2[string, error] {
	return reader{s}.TagValues(ctx, tag, sel)
}

// frozen is a state that nobody changes any more.
type frozen struct {
	series map[string]*series
	now    int64
}

// find reads the state.
func (f *frozen) find(id string) (*series, int64) { return f.series[id], f.now }

// each reads the state.
func (f *frozen) each(fn func(string, *series, int64)) {
	for id, sr := range f.series {
		fn(id, sr, f.now)
	}
}

// snapshot is a reader of a frozen state.
type snapshot struct{ reader }

// Close has nothing to give back.
func (*snapshot) Close() error { return nil }

// reader answers the questions of storage.Reader from a source.
type reader struct{ source }

// Select gathers the series that match before it yields the first, so that the
// caller may write meanwhile.
func (r reader) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		var found []storage.Series
		r.matching(sel, func(id string, k points.Key) {
			found = append(found, &handle{r.source, id, k})
		})
		if sel.TooMany(int64(len(found))) {
			yield(nil, storage.ErrTooMany)
			return
		}
		for _, s := range found {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// matching calls f for every series that matches and has a point.
func (r reader) matching(sel storage.Selection, f func(id string, k points.Key)) {
	r.each(func(id string, s *series, now int64) {
		if sel.Matches(&s.key) && s.next(0, s.points.Len(), now) < s.points.Len() {
			f(id, s.key)
		}
	})
}

// Metrics yields the metrics of the series that match.
func (r reader) Metrics(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return r.names(ctx, sel, func(k points.Key, add func(string)) { add(k.Metric) })
}

// TagNames yields the tag names of the series that match.
func (r reader) TagNames(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return r.names(ctx, sel, func(k points.Key, add func(string)) {
		for _, t := range k.Tags {
			add(t.Name)
		}
	})
}

// TagValues yields the values of a tag in the series that match.
func (r reader) TagValues(ctx context.Context, tag string, sel storage.Selection) iter.Seq2[string, error] {
	return r.names(ctx, sel, func(k points.Key, add func(string)) {
		if v, ok := k.Tags.Value(tag); ok {
			add(v)
		}
	})
}

// names yields, sorted, what of adds for the keys that match.
func (r reader) names(ctx context.Context, sel storage.Selection, of func(points.Key, func(string))) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		set := map[string]bool{}
		r.matching(sel, func(_ string, k points.Key) {
			of(k, func(name string) { set[name] = true })
		})
		for _, name := range slices.Sorted(maps.Keys(set)) {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if !yield(name, nil) {
				return
			}
		}
	}
}
