package query

import (
	"context"
	"errors"
	"slices"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// group is the series of one group before any of them is read.
type group struct {
	kind   string // group type
	key    string // names and values of the grouped tags, concatenated
	series []storage.Series
	one    [1]storage.Series // where series begins, since most groups have one
	first  int               // number of its first series among those of all groups
}

// find asks the index for the series of the metric and lays them out in groups:
// by group type, then by the key, each in KairosDB's order; a group's series are
// in the order of their keys, so that equal points always meet in the same order.
func (r *run) find(ctx context.Context) ([]*group, error) {
	l := newLayout(r.plan)
	if r.plan.By != nil {
		r.by = *r.plan.By
	}
	sel := r.plan.Selection
	sel.Most = r.use.seriesLeft()
	for s, err := range r.reader.Select(ctx, sel) {
		if errors.Is(err, storage.ErrTooMany) {
			return nil, r.use.refuseSeries(sel.Most)
		}
		if err != nil {
			return nil, err
		}
		if err := r.use.addSeries(); err != nil {
			return nil, err
		}
		l.add(s)
	}
	groups := l.sorted()
	for _, g := range groups {
		if len(g.series) > 1 {
			sortSeries(g.series)
		}
	}
	return groups, nil
}

// probe keeps the series of g that have a point in the range.
func (r *run) probe(ctx context.Context, g *group) ([]storage.Series, error) {
	kept := g.series[:0]
	for i, s := range g.series {
		r.prefetch.reach(ctx, g.first+i)
		ok, err := s.Any(ctx, r.plan.Range)
		if err != nil {
			return nil, err
		}
		if ok {
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// tagsOf are all tags of the series with all their values, in Java's order.
func tagsOf(series []storage.Series) []aggregators.TagValues {
	if len(series) == 1 {
		return tagsOfOne([]aggregators.TagValues{}, nil, series[0].Key().Tags)
	}
	c := collectTags(series)
	sortTags(c.tags)
	return c.tags
}

// groupedBy is what a result says of its groupers: the others with their
// numbers in query order, then the tag grouper. Where keys collide, the series
// that comes first names the group.
func (m *MetricPlan) groupedBy(series []storage.Series, numbers []int32) []GroupedBy {
	var by []GroupedBy
	for i, g := range m.Splits {
		by = append(by, GroupedBy{Grouper: g, Number: numbers[i]})
	}
	if m.By != nil {
		tags := series[0].Key().Tags
		values := make([]string, len(m.By.Tags))
		for i, name := range m.By.Tags {
			values[i], _ = tags.Value(name)
		}
		by = append(by, GroupedBy{Grouper: *m.By, Values: values})
	}
	return by
}

// sortTags puts names and values into Java's order.
func sortTags(tags []aggregators.TagValues) {
	for i := range tags {
		slices.SortFunc(tags[i].Values, points.CompareUTF16)
	}
	slices.SortFunc(tags, func(a, b aggregators.TagValues) int { return points.CompareUTF16(a.Name, b.Name) })
}
