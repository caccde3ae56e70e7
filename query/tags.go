package query

import (
	"context"
	"slices"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// tagResult asks the index for the tags of a metric.
func tagResult(ctx context.Context, store storage.Reader, m *MetricPlan) (*Result, error) {
	result := &Result{Name: m.Name, Alias: m.Alias, Tags: []aggregators.TagValues{}, Points: points.Empty{}}
	taken, err := result.collectTags(ctx, store, m.Selection)
	if err == nil && !taken {
		err = result.listTags(ctx, store, m.Selection)
	}
	sortTags(result.Tags)
	return result, err
}

// collectTags takes the tags from the series themselves: one walk over those that
// match, instead of a comparison with every value that each tag has anywhere. It
// takes none and answers false where the index has the lists at hand: of whole
// metrics that are not far.
func (r *Result) collectTags(ctx context.Context, store storage.Reader, sel storage.Selection) (taken bool, err error) {
	c := newTagCollector()
	whole := len(sel.Matchers) == 0 && len(sel.Types) == 0
	for s, err := range store.Select(ctx, sel) {
		if err != nil {
			return true, err
		}
		if whole && !storage.Far(s) {
			return false, nil
		}
		c.add(s.Key().Tags)
	}
	r.Tags = c.tags
	return len(c.tags) > 0, nil
}

// listTags asks for the names, and for the values of each.
func (r *Result) listTags(ctx context.Context, store storage.Reader, sel storage.Selection) error {
	for name, err := range store.TagNames(ctx, sel) {
		if err != nil {
			return err
		}
		tag := aggregators.TagValues{Name: name}
		for value, err := range store.TagValues(ctx, name, sel) {
			if err != nil {
				return err
			}
			tag.Values = append(tag.Values, value)
		}
		r.Tags = append(r.Tags, tag)
	}
	return nil
}

// tagCollector gathers the tags of series, each value once.
type tagCollector struct {
	tags   []aggregators.TagValues
	seen   []seenValues // beside tags
	firsts []string     // room for the first values of tags that have none yet
	most   int          // how many series there are, if that is known
}

// seenValues is which values of a tag have been taken in.
type seenValues struct {
	index map[string]bool // nil as long as they are few, or each came behind all before it
	mixed bool            // one did not
}

// fewSeen is up to how many values of a tag are looked through one by one.
const fewSeen = 8

// newTagCollector is a tagCollector of no series.
func newTagCollector() *tagCollector {
	return &tagCollector{tags: []aggregators.TagValues{}}
}

// collectTags is a tagCollector of series.
func collectTags(series []storage.Series) *tagCollector {
	c := newTagCollector()
	c.most = len(series)
	for _, s := range series {
		c.add(s.Key().Tags)
	}
	return c
}

// join takes in what another one has gathered, and is it where c is nil. Neither is
// used any more by itself.
func (c *tagCollector) join(other *tagCollector) *tagCollector {
	switch {
	case c == nil:
		return other
	case other == nil:
		return c
	}
	c.most += other.most
	for _, t := range other.tags {
		at := c.place(t.Name)
		for _, value := range t.Values {
			if !c.has(at, value) {
				c.append(at, value)
			}
		}
	}
	return c
}

// add takes in the tags of one more series. Most series have the same tags, in
// the same order.
func (c *tagCollector) add(tags points.Tags) {
	if len(c.tags) == 0 {
		c.furnish(len(tags))
	}
	for i, t := range tags {
		if i >= len(c.tags) || c.tags[i].Name != t.Name {
			i = c.place(t.Name)
		}
		if !c.has(i, t.Value) {
			c.append(i, t.Value)
		}
	}
}

// furnish makes room for so many tags, of which there are none yet, and for a value of
// each: those of one series need no more.
func (c *tagCollector) furnish(n int) {
	c.tags, c.seen = make([]aggregators.TagValues, 0, n), make([]seenValues, 0, n)
	c.firsts = make([]string, n)
}

// manyValues is from how many values of a tag on each series is taken to have one of
// its own.
const manyValues = 1 << 12

// append adds a value to the tag at i.
func (c *tagCollector) append(i int, value string) {
	values := c.tags[i].Values
	switch n := len(values); {
	case n == 0 && len(c.firsts) != 0:
		values, c.firsts = c.firsts[:0:1], c.firsts[1:]
	case n == cap(values) && n >= manyValues && c.most > n:
		values = slices.Grow(values, c.most-n)
	}
	c.tags[i].Values = append(values, value)
}

// has tells whether a value of the tag at i has been taken in. From now on it has.
func (c *tagCollector) has(i int, value string) bool {
	values, s := c.tags[i].Values, &c.seen[i]
	if s.index == nil {
		last := len(values) - 1
		switch {
		case !s.mixed && (last < 0 || value > values[last]):
			return false
		case !s.mixed && value == values[last]:
			return true
		case len(values) < fewSeen:
			found := slices.Contains(values, value)
			s.mixed = s.mixed || !found
			return found
		}
		s.index = make(map[string]bool, 2*len(values))
		for _, v := range values {
			s.index[v] = true
		}
	}
	found := s.index[value]
	s.index[value] = true
	return found
}

// place is where a tag stands, which gets a place if it has none.
func (c *tagCollector) place(name string) int {
	i := slices.IndexFunc(c.tags, func(t aggregators.TagValues) bool { return t.Name == name })
	if i < 0 {
		i = len(c.tags)
		c.tags, c.seen = append(c.tags, aggregators.TagValues{Name: name}), append(c.seen, seenValues{})
	}
	return i
}
