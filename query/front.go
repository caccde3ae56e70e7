package query

import (
	"slices"

	"aion/aggregators"
	"aion/storage/points"
)

// front is what the result of a group of one series begins with, in one piece of
// memory, because very many are made. What does not fit has memory of its own.
type front struct {
	result Result
	by     [1]GroupedBy
	named  [2]string
	tags   [4]aggregators.TagValues
	values [4]string
}

// tagsOf are the tags of a series, in Java's order.
func (f *front) tagsOf(tags points.Tags) []aggregators.TagValues {
	return tagsOfOne(f.tags[:0], f.values[:0], tags)
}

// tagsOfOne adds the tags of one series, in Java's order, to out, which is empty,
// and their values to values.
func tagsOfOne(out []aggregators.TagValues, values []string, tags points.Tags) []aggregators.TagValues {
	out, values = slices.Grow(out, len(tags)), slices.Grow(values, len(tags))
	for i, t := range tags {
		values = append(values, t.Value)
		out = append(out, aggregators.TagValues{Name: t.Name, Values: values[i : i+1 : i+1]})
	}
	slices.SortFunc(out, func(a, b aggregators.TagValues) int { return points.CompareUTF16(a.Name, b.Name) })
	return out
}

// groupedBy is what the result says of the tag grouper, nil if the metric has
// none.
func (f *front) groupedBy(r *run, tags points.Tags) []GroupedBy {
	if r.by == nil {
		return nil
	}
	values := f.named[:0]
	for _, name := range r.plan.By.Tags {
		value, _ := tags.Value(name)
		values = append(values, value)
	}
	f.by[0] = GroupedBy{Grouper: r.by, Values: values}
	return f.by[:]
}
