package pebble

import (
	"context"
	"maps"
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// namesByKey is up to how many series are looked at one by one for their names;
// of more, postings are compared.
const namesByKey = 512

// nameWalk calls f with the names of a scope that begin with prefix, ascending, and
// with series that have them, until it answers stepOut. A name may come several
// times.
type nameWalk func(ctx context.Context, s scope, prefix string, f func(name string, of holders) (step, error)) error

// naming says which names are asked for: where they stand in the index and in a
// key.
type naming struct {
	each   nameWalk                                 // calls f with the names of a scope
	ofKey  func(k *points.Key, f func(name string)) // calls f for each name of a key
	metric bool                                     // they are the metrics themselves
}

// metricNames asks for metrics.
var metricNames = naming{
	each:   textsOf(func(scope) []byte { return appendPosting(nil, postMetric) }),
	ofKey:  func(k *points.Key, f func(string)) { f(k.Metric) },
	metric: true,
}

// textsOf walks over the postings of one text behind what base answers.
func textsOf(base func(s scope) []byte) nameWalk {
	return func(ctx context.Context, s scope, prefix string, f func(string, holders) (step, error)) error {
		return s.r.eachText(ctx, base(s), prefix, f)
	}
}

// tagNames asks for the names of tags.
var tagNames = naming{
	each: textsOf(scope.tags),
	ofKey: func(k *points.Key, f func(string)) {
		for i := range k.Tags {
			f(k.Tags[i].Name)
		}
	},
}

// valuesOf asks for the values of a tag.
func valuesOf(tag string) naming {
	return naming{
		each: func(ctx context.Context, s scope, prefix string, f func(string, holders) (step, error)) error {
			return s.eachValue(ctx, tag, prefix, f)
		},
		ofKey: func(k *points.Key, f func(string)) {
			if v, ok := k.Tags.Value(tag); ok {
				f(v)
			}
		},
	}
}

// names yields the names of the series that match, ascending.
func (r reader) names(ctx context.Context, sel storage.Selection, n naming, yield func(string, error) bool) {
	err := r.eachName(ctx, sel, n, func(name string) bool { return yield(name, nil) })
	if err != nil {
		yield("", err)
	}
}

// eachName calls f with the names until it answers false.
func (r reader) eachName(ctx context.Context, sel storage.Selection, n naming, f func(string) bool) error {
	if plain, err := r.plain(sel, n); err != nil {
		return err
	} else if plain {
		return r.everyName(ctx, sel, n, func(holders) (bool, error) { return true, nil }, f)
	}
	members := &set{}
	err := r.eachSet(ctx, sel, func(some *set) (bool, error) {
		some, err := r.ofTypes(ctx, some, sel.Types)
		if err == nil {
			members.Or(some)
		}
		return true, err
	})
	if err != nil || members.IsEmpty() {
		return err
	}
	if members.GetCardinality() <= namesByKey {
		return r.namesOfKeys(ctx, members, n, f)
	}
	return r.everyName(ctx, sel, n, func(of holders) (bool, error) {
		var having set
		err := of.addTo(&having)
		return err == nil && having.Intersects(members), err
	}, f)
}

// plain tells whether the names asked for are those of all series of a metric, or
// of all metrics, none of whose series waits to be removed: that a posting is
// there tells that there is a series in it.
func (r reader) plain(sel storage.Selection, n naming) (bool, error) {
	if len(sel.Matchers) != 0 || len(sel.Types) != 0 {
		return false, nil
	}
	switch {
	case n.metric && len(sel.Metrics) != 0, len(sel.Metrics) > 1,
		len(sel.Metrics) == 1 && !strings.HasPrefix(sel.Metrics[0], sel.Prefix),
		len(sel.Metrics) == 0 && sel.Prefix != "" && !n.metric:
		return false, nil
	}
	gone, err := r.overdue()
	return err == nil && gone.IsEmpty(), err
}

// everyName calls f with those names of a selection's metric, or of all metrics,
// that are wanted, until it answers false. What is wanted is told by the series that have it.
func (r reader) everyName(ctx context.Context, sel storage.Selection, n naming, wanted func(holders) (bool, error), f func(string) bool) error {
	s, prefix := scope{r: r}, ""
	if len(sel.Metrics) == 1 && !n.metric {
		s.metric, s.one = sel.Metrics[0], true
	}
	if n.metric {
		prefix = sel.Prefix
	}
	return n.each(ctx, s, prefix, func(name string, of holders) (step, error) {
		switch ok, err := wanted(of); {
		case err != nil || ok && !f(name):
			return stepOut, err
		case ok:
			return stepPast, nil
		}
		return stepOn, nil
	})
}

// namesOfKeys calls f with the names that the keys of few series have.
func (r reader) namesOfKeys(ctx context.Context, members *set, n naming, f func(string) bool) error {
	names := map[string]bool{}
	err := r.eachKey(ctx, members, func(_ uint64, k points.Key) (bool, error) {
		n.ofKey(&k, func(name string) { names[name] = true })
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !f(name) {
			return nil
		}
	}
	return nil
}
