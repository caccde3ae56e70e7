package rollup

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"aion/aggregators"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// savedFrom is the tag by which results tell of which metric they are.
const savedFrom = "saved_from"

// offer is a query of a task whose results may stand for points of the metric that
// it asks.
type offer struct {
	task     *Task
	job      job
	cut      cutter
	name     string             // of its one aggregator
	rest     aggregators.Values // of it, but for its ranges
	tags     []string           // that tell its results apart, ascending
	matchers []storage.Matcher  // of the wanted ones, those that its results must fit
}

// offers are the queries of tasks that ask the wanted metric, each series of which
// is part of one wanted group as a whole, or of none.
func (s *Scheduler) offers(tasks []*Task, w *Wanted) (list []offer) {
	fills := filled(tasks)
	for _, t := range tasks {
		for _, j := range t.jobs() {
			if j.metric.Name != w.Metric.Name || fills[j.rollup.SaveAs] != 1 {
				continue
			}
			if o, ok := s.offerOf(t, j); ok && o.fits(w) {
				list = append(list, o)
			}
		}
	}
	return list
}

// offerOf is what a query offers: it has one aggregator, whose results lie in their
// ranges, and leaves no point out but by its tags.
func (s *Scheduler) offerOf(t *Task, j job) (o offer, ok bool) {
	m := j.metric
	if len(m.Aggregators) != 1 || len(m.Groupers) > 1 || m.Limit > 0 || m.Order != points.Asc || m.Name == j.rollup.SaveAs {
		return o, false
	}
	a := &m.Aggregators[0]
	if end, _ := a.Values["align_end_time"].(bool); end || lastRange(m, s.Options.Specs) != 0 {
		return o, false
	}
	o = offer{task: t, job: j, name: a.Name, rest: rest(a.Values)}
	var err error
	o.cut, err = s.cutter(j)
	if o.tags, ok = grouped(m); !ok || err != nil || o.cut.size.Value <= 0 {
		return o, false
	}
	return o, true
}

// rest are the values of a range aggregator that are not about its ranges. Those
// that say nothing are left out.
func rest(v aggregators.Values) aggregators.Values {
	r := aggregators.Values{}
	for name, value := range v {
		switch name {
		case "sampling", "align_sampling", "align_start_time", "align_end_time", "start_time", "time_zone":
		default:
			if value != false {
				r[name] = value
			}
		}
	}
	return r
}

// grouped are the tags by which a metric is grouped, ascending; not ok: it is
// grouped by something else, too.
func grouped(m *query.Metric) (tags []string, ok bool) {
	for _, g := range m.Groupers {
		by, ok := g.(query.TagGrouper)
		if !ok {
			return nil, false
		}
		tags = append(tags, by.Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags), true
}

// fits tells whether the wanted groups and filters can be told by the tags of the
// results, and the query lets all pass that is wanted.
func (o *offer) fits(w *Wanted) bool {
	for _, tag := range w.tags {
		if !slices.Contains(o.tags, tag) {
			return false
		}
	}
	for i := range o.job.metric.Matchers {
		own := &o.job.metric.Matchers[i]
		if !slices.ContainsFunc(w.Metric.Matchers, func(m storage.Matcher) bool { return within(&m, own) }) {
			return false
		}
	}
	o.matchers = []storage.Matcher{{Tag: savedFrom, Values: []string{w.Metric.Name}}}
	for _, m := range w.Metric.Matchers {
		switch {
		case slices.Contains(o.tags, m.Tag):
			o.matchers = append(o.matchers, m)
		case !slices.ContainsFunc(o.job.metric.Matchers, func(own storage.Matcher) bool { return same(&m, &own) }):
			return false
		}
	}
	return true
}

// same tells whether two matchers say the same.
func same(a, b *storage.Matcher) bool {
	x, y := *a, *b
	x.Values, y.Values = slices.Compact(slices.Sorted(slices.Values(x.Values))), slices.Compact(slices.Sorted(slices.Values(y.Values)))
	return x.String() == y.String() && x.Not == y.Not && x.Absent == y.Absent && x.Tag == y.Tag
}

// within tells whether all that fits a fits b.
func within(a, b *storage.Matcher) bool {
	plain := func(m *storage.Matcher) bool { return !m.Not && !m.Absent && len(m.Patterns) == 0 }
	some := a.Tag == b.Tag && plain(a) && plain(b)
	return same(a, b) || some && !slices.ContainsFunc(a.Values, func(v string) bool { return !slices.Contains(b.Values, v) })
}

// way is how the results of one offer or two make the wanted ones.
type way struct {
	offers []offer
	by     string // the aggregator over results
	making Making
	whole  bool // each wanted range is one of theirs, each wanted group one of their series
}

// ways are all of an aggregator, those of the longest ranges first, and of the same
// ranges those first that compute nothing.
func (w *Wanted) ways(offers []offer) (list []way) {
	wanted := rest(w.Aggregator.Values)
	for _, o := range offers {
		plain := len(wanted) == 0 && len(o.rest) == 0
		if o.name == w.Aggregator.Name && reflect.DeepEqual(o.rest, wanted) && slices.Equal(o.tags, w.tags) {
			list = append(list, way{offers: []offer{o}, by: "last", whole: true})
		}
		switch {
		case !plain:
		case o.name == "count" && w.Aggregator.Name == "count":
			list = append(list, way{offers: []offer{o}, by: "sum", making: Counted})
		case o.name == w.Aggregator.Name && (o.name == "min" || o.name == "max" || o.name == "sum" && !w.Ordered):
			list = append(list, way{offers: []offer{o}, by: o.name})
		case o.name == "sum" && w.Aggregator.Name == "avg" && !w.Ordered:
			for _, count := range offers {
				if count.name == "count" && len(count.rest) == 0 && o.beside(&count) {
					list = append(list, way{offers: []offer{o, count}, by: "sum", making: Divided})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b way) int {
		return cmp.Compare(b.offers[0].cut.length(), a.offers[0].cut.length())
	})
	return list
}

// beside tells whether two queries cut and tell apart the same points alike.
func (o *offer) beside(other *offer) bool {
	a, b := o.job.metric.Matchers, other.job.metric.Matchers
	all := func(a, b []storage.Matcher) bool {
		for i := range a {
			if !slices.ContainsFunc(b, func(m storage.Matcher) bool { return same(&a[i], &m) }) {
				return false
			}
		}
		return true
	}
	return o.cut.size == other.cut.size && o.cut.location().String() == other.cut.location().String() &&
		slices.Equal(o.tags, other.tags) && all(a, b) && all(b, a)
}

// length is about how long the ranges are, in milliseconds.
func (c cutter) length() int64 {
	const day = 86_400_000
	unit := map[points.Unit]int64{points.Months: 30 * day, points.Years: 365 * day}[c.size.Unit]
	return c.size.Value * cmp.Or(unit, c.size.Unit.Millis())
}

// saved is what is asked of the results of an offer: the aggregator over them, with
// the wanted ranges.
func (o *offer) saved(w *Wanted, by string) query.Metric {
	v := maps.Clone(w.Aggregator.Values)
	for name := range rest(v) {
		delete(v, name)
	}
	return query.Metric{
		Name: o.job.rollup.SaveAs, Matchers: o.matchers, Groupers: w.Metric.Groupers,
		Aggregators: []query.Aggregation{{Name: by, Values: v}},
	}
}
