package pebble

import (
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

// key is a posting of the scope: everything in it, a tag, or a tag's value.
func (s scope) key(texts ...string) []byte {
	kinds := [...]byte{postAll, postAnyTag, postAnyValue}
	if s.one {
		kinds = [...]byte{postMetric, postTag, postValue}
		texts = append([]string{s.metric}, texts...)
		return appendPosting(nil, kinds[len(texts)-1], texts...)
	}
	return appendPosting(nil, kinds[len(texts)], texts...)
}

// values is what the keys of all values of a tag begin with.
func (s scope) values(tag string) []byte {
	if s.one {
		return appendPosting(nil, postValue, s.metric, tag)
	}
	return appendPosting(nil, postAnyValue, tag)
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
func (s scope) matching(matchers []storage.Matcher) (*set, error) {
	asked, others := s.ask(matchers)
	defer closeAll(asked)
	var members *set
	for i := range asked {
		if members != nil && members.GetCardinality() <= byKey {
			others = append(others, asked[i].matcher)
			continue
		}
		found, err := asked[i].read(s)
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
		if members, err = posting(s.r.snap, s.key()); err != nil {
			return nil, err
		}
	}
	if members.GetCardinality() <= byKey {
		return s.r.holding(members, others)
	}
	return members, s.restrictAll(members, others)
}

// byKey is up to how many series are looked at one by one for what is left of the
// matchers. The postings of a tag that nearly all series have, such as that of
// their tenant, are large.
const byKey = 32

// holding is the set of the members for which all matchers hold.
func (r reader) holding(members *set, matchers []*storage.Matcher) (*set, error) {
	if len(matchers) == 0 || members.IsEmpty() {
		return members, nil
	}
	out := &set{}
	err := r.eachKey(members, func(number uint64, k points.Key) (bool, error) {
		if !slices.ContainsFunc(matchers, func(m *storage.Matcher) bool { return !m.Matches(k.Tags) }) {
			out.Add(number)
		}
		return true, nil
	})
	return out, err
}

// restrictAll takes the series out of members for which one of the matchers, all
// with Not or Absent, does not hold.
func (s scope) restrictAll(members *set, matchers []*storage.Matcher) error {
	for _, m := range matchers {
		if members.IsEmpty() {
			return nil
		}
		if err := s.restrict(members, m); err != nil {
			return err
		}
	}
	return nil
}

// restrict takes the series out of members for which m, with Not or Absent,
// does not hold.
func (s scope) restrict(members *set, m *storage.Matcher) error {
	having, err := s.having(m)
	if err != nil {
		return err
	}
	if !m.Absent {
		members.AndNot(having)
		return nil
	}
	// Absent: the tag is lacking, or has one of the values; Not turns it round.
	other, err := posting(s.r.snap, s.key(m.Tag))
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
func (s scope) having(m *storage.Matcher) (*set, error) {
	out := &set{}
	for _, v := range m.Values {
		found, err := posting(s.r.snap, s.key(m.Tag, v))
		if err != nil {
			return nil, err
		}
		out.Or(found)
	}
	for _, p := range m.Patterns {
		prefix, whole := p.Prefix()
		if whole {
			found, err := posting(s.r.snap, s.key(m.Tag, prefix))
			if err != nil {
				return nil, err
			}
			out.Or(found)
			continue
		}
		err := s.r.eachText(s.values(m.Tag), prefix, func(value string, it *pebble.Iterator) (bool, error) {
			if !p.Match(value) {
				return true, nil
			}
			return true, addPosting(it, out)
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
