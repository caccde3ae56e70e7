package pebble

import (
	"context"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// scope is where matchers look: in one metric or in all of them.
type scope struct {
	r      reader
	metric string
	one    bool
}

// all is the posting of everything in the scope.
func (s scope) all() []byte {
	if s.one {
		return appendPosting(nil, postMetric, s.metric)
	}
	return appendPosting(nil, postAll)
}

// tag is the posting of what has a tag.
func (s scope) tag(name string) []byte { return appendText(s.tags(), name) }

// value is the posting of what has a tag's value. Where the scope is all metrics,
// there is one for each of them, whose keys begin with it.
func (s scope) value(tag, value string) []byte {
	if s.one {
		return appendPosting(nil, postValue, tag, value, s.metric)
	}
	return appendPosting(nil, postValue, tag, value)
}

// addValue adds what has a tag's value to out.
func (s scope) addValue(ctx context.Context, tag, value string, out *set) error {
	key := s.value(tag, value)
	if s.one {
		return s.r.addMembers(key, out)
	}
	return s.r.eachPosting(ctx, key, func(it *pebble.Iterator) error { return addPosting(it, out) })
}

// tags is what the keys of all tags begin with.
func (s scope) tags() []byte {
	if s.one {
		return appendPosting(nil, postTag, s.metric)
	}
	return appendPosting(nil, postAnyTag)
}

// matching is the set of the scope's series for which all matchers hold. The
// caller may change it.
func (s scope) matching(ctx context.Context, matchers []storage.Matcher) (*set, error) {
	asked, others := s.ask(ctx, matchers)
	defer closeAll(asked)
	var members *set
	for i := range asked {
		if members != nil && members.GetCardinality() <= byKey {
			others = append(others, asked[i].matcher)
			continue
		}
		found, err := asked[i].read(ctx, s)
		if err != nil || found.IsEmpty() {
			return &set{}, err
		}
		if members != nil {
			found.And(members)
		}
		members = found
	}
	if members == nil {
		var err error
		if members, err = readPosting(s.r.snap, s.all()); err != nil {
			return nil, err
		}
	}
	if members.GetCardinality() <= byKey {
		return s.r.holding(ctx, members, others)
	}
	return members, s.restrictAll(ctx, members, others)
}

// byKey is up to how many series are looked at one by one for what is left of the
// matchers. The postings of a tag that nearly all series have, such as that of
// their tenant, are large.
const byKey = 32

// holding is the set of the members for which all matchers hold.
func (r reader) holding(ctx context.Context, members *set, matchers []*storage.Matcher) (*set, error) {
	if len(matchers) == 0 || members.IsEmpty() {
		return members, nil
	}
	out := &set{}
	err := r.eachKey(ctx, members, func(number uint64, k points.Key) (bool, error) {
		if !slices.ContainsFunc(matchers, func(m *storage.Matcher) bool { return !m.Matches(k.Tags) }) {
			out.Add(number)
		}
		return true, nil
	})
	return out, err
}

// restrictAll takes the series out of members for which one of the matchers, all
// with Not or Absent, does not hold.
func (s scope) restrictAll(ctx context.Context, members *set, matchers []*storage.Matcher) error {
	for _, m := range matchers {
		if members.IsEmpty() {
			return nil
		}
		if err := s.restrict(ctx, members, m); err != nil {
			return err
		}
	}
	return nil
}

// restrict takes the series out of members for which m, with Not or Absent,
// does not hold.
func (s scope) restrict(ctx context.Context, members *set, m *storage.Matcher) error {
	having, err := s.having(ctx, m)
	if err != nil {
		return err
	}
	if !m.Absent {
		members.AndNot(having)
		return nil
	}
	// Absent: the tag is lacking, or has one of the values; Not turns it round.
	other, err := readPosting(s.r.snap, s.tag(m.Tag))
	if err != nil {
		return err
	}
	if other.AndNot(having); m.Not {
		members.And(other)
	} else {
		members.AndNot(other)
	}
	return nil
}

// having is the set of the series whose tag has one of m's values or fits one
// of its patterns.
func (s scope) having(ctx context.Context, m *storage.Matcher) (*set, error) {
	out := &set{}
	for _, v := range m.Values {
		if err := s.addValue(ctx, m.Tag, v, out); err != nil {
			return nil, err
		}
	}
	for _, p := range m.Patterns {
		prefix, whole := p.Prefix()
		if whole {
			if err := s.addValue(ctx, m.Tag, prefix, out); err != nil {
				return nil, err
			}
			continue
		}
		if err := s.addFits(ctx, m.Tag, p, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// addFits adds what has a value of a tag that fits a pattern, which may be kept, to out.
func (s scope) addFits(ctx context.Context, tag string, p *storage.Pattern, out *set) error {
	var key []byte
	if s.one {
		key = appendPosting(nil, postFit, tag, p.String(), s.metric)
		if numbers, ok := s.r.s.postings.find(s.r.turn, key); ok {
			out.AddMany(numbers)
			return nil
		}
	}
	found := &set{}
	prefix, _ := p.Prefix()
	err := s.eachValue(ctx, tag, prefix, func(value string, of holders) (step, error) {
		if !p.Match(value) {
			return stepPast, nil
		}
		return stepOn, of.addTo(found)
	})
	if err != nil {
		return err
	}
	if s.one {
		s.r.s.postings.keep(s.r.turn, key, found)
	}
	if out.IsEmpty() {
		*out = *found
	} else {
		out.Or(found)
	}
	return nil
}
