package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// naivePoint is a point: a number with its double, a text, or a null.
type naivePoint struct {
	at   int64
	f    float64
	i    int64
	long bool
	null bool
	text *string
}

// naiveSeries is one stored series.
type naiveSeries struct {
	Type   string
	Tags   map[string]string
	Points []naivePoint
}

// naiveQuery is the body of a query with one metric.
type naiveQuery struct {
	Start   int64         `json:"start_absolute"`
	End     int64         `json:"end_absolute"`
	Zone    string        `json:"time_zone,omitempty"`
	Metrics []naiveMetric `json:"metrics"`
}

// naiveMetric is the metric of a query.
type naiveMetric struct {
	Name        string              `json:"name"`
	Tags        map[string][]string `json:"tags,omitempty"`
	Limit       int                 `json:"limit,omitempty"`
	Order       string              `json:"order,omitempty"`
	GroupBy     []naiveGrouper      `json:"group_by,omitempty"`
	Aggregators []naiveAggregator   `json:"aggregators,omitempty"`
}

// naiveGrouper is one element of group_by.
type naiveGrouper struct {
	Name  string    `json:"name"`
	Tags  []string  `json:"tags,omitempty"`
	Size  any       `json:"range_size,omitempty"` // a span, or an int
	Count int64     `json:"group_count,omitempty"`
	Bins  []float64 `json:"bins,omitempty"`
}

// naiveGroup is one group of an answer.
type naiveGroup struct {
	tagKey string
	ids    []int32 // of the groupers that are not tag
	kind   string  // number or text
	tags   map[string][]string
	points []naivePoint
}

// errBeyond says that a query needs more than the naive evaluator knows.
var errBeyond = errors.New("beyond the naive evaluator")

// naive answers one query: the groups in their order and the sample size. It
// collects, sorts, groups and folds as the specification says, a point at a
// time. Groups without points are kept.
func naive(series []naiveSeries, q *naiveQuery, now int64) ([]naiveGroup, int, error) {
	m := &q.Metrics[0]
	rows, sampled := naiveRows(series, q)
	groups := naiveTagGroups(rows, m)
	var out []naiveGroup
	for _, g := range groups {
		slices.SortStableFunc(g.points, naiveOrder)
		if m.Order == "desc" {
			slices.Reverse(g.points)
		}
		out = append(out, naiveSubGroups(g, q)...)
	}
	run := &naiveRun{query: q, now: now, begun: map[int]bool{}}
	for i := range out {
		g := &out[i]
		if m.Limit > 0 && len(g.points) > m.Limit {
			g.points = g.points[:m.Limit]
		}
		var err error
		if g.points, err = run.chain(g); err != nil {
			return nil, sampled, err
		}
	}
	if len(rows) == 0 {
		if slices.ContainsFunc(m.GroupBy, func(g naiveGrouper) bool { return g.Name != "tag" }) {
			return nil, 0, nil // vector pipe-empty-gaps-value-group, in every release
		}
		if len(m.Aggregators) > 1 {
			return nil, 0, errBeyond // which of them apply to no type at all
		}
		empty := naiveGroup{}
		points, err := run.chain(&empty)
		empty.points = points
		return []naiveGroup{empty}, sampled, err
	}
	return out, sampled, nil
}

// naiveRows are the series that match with their points in range, cut to the
// limit, and how many points that are.
func naiveRows(series []naiveSeries, q *naiveQuery) (rows []naiveSeries, sampled int) {
	m := &q.Metrics[0]
	for _, s := range series {
		if !naiveMatches(s.Tags, m.Tags) {
			continue
		}
		row := naiveSeries{Type: s.Type, Tags: s.Tags}
		for _, p := range s.Points {
			if q.Start <= p.at && p.at <= q.End {
				row.Points = append(row.Points, p)
			}
		}
		slices.SortFunc(row.Points, naiveOrder)
		if m.Order == "desc" {
			slices.Reverse(row.Points)
		}
		if m.Limit > 0 && len(row.Points) > m.Limit {
			row.Points = row.Points[:m.Limit]
		}
		if len(row.Points) > 0 {
			rows, sampled = append(rows, row), sampled+len(row.Points)
		}
	}
	return rows, sampled
}

// naiveMatches tells whether tags pass a filter.
func naiveMatches(tags map[string]string, filter map[string][]string) bool {
	for name, values := range filter {
		if value, ok := tags[name]; !ok || !slices.Contains(values, value) {
			return false
		}
	}
	return true
}

// naiveOrder is ascending by time, then by number, minus zero first.
func naiveOrder(a, b naivePoint) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	if a.f == 0 && b.f == 0 {
		return cmp.Compare(math.Copysign(1, a.f), math.Copysign(1, b.f))
	}
	return cmp.Compare(a.f, b.f)
}

// naiveTagGroups splits rows by type and by the first tag grouper.
func naiveTagGroups(rows []naiveSeries, m *naiveMetric) []naiveGroup {
	by := map[string]*naiveGroup{}
	first := slices.IndexFunc(m.GroupBy, func(g naiveGrouper) bool { return g.Name == "tag" })
	for _, row := range rows {
		g := naiveGroup{kind: "number", tags: map[string][]string{}}
		if row.Type == "string" {
			g.kind = "text"
		}
		if first >= 0 {
			for _, name := range m.GroupBy[first].Tags {
				g.tagKey += name + row.Tags[name]
			}
		}
		key := g.kind + g.tagKey
		if by[key] == nil {
			by[key] = &g
		}
		for name, value := range row.Tags {
			if !slices.Contains(by[key].tags[name], value) {
				by[key].tags[name] = append(by[key].tags[name], value)
			}
		}
		by[key].points = append(by[key].points, row.Points...)
	}
	var out []naiveGroup
	for _, g := range by {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b naiveGroup) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.tagKey, b.tagKey))
	})
	return out
}

// naiveSubGroups splits a group by its other groupers, in the order in which
// the sub-groups' first points come.
func naiveSubGroups(g naiveGroup, q *naiveQuery) []naiveGroup {
	var out []naiveGroup
	for _, p := range g.points {
		var ids []int32
		for _, by := range q.Metrics[0].GroupBy {
			if by.Name != "tag" {
				ids = append(ids, by.id(p, q.Start))
			}
		}
		i := slices.IndexFunc(out, func(o naiveGroup) bool { return slices.Equal(o.ids, ids) })
		if i < 0 {
			i = len(out)
			out = append(out, naiveGroup{tagKey: g.tagKey, kind: g.kind, tags: g.tags, ids: ids})
		}
		out[i].points = append(out[i].points, p)
	}
	return out
}

// id is the number of the group that a point falls into.
func (g *naiveGrouper) id(p naivePoint, start int64) int32 {
	switch g.Name {
	case "value":
		size := int64(g.Size.(int))
		switch {
		case p.text != nil:
			return -1
		case p.long:
			return int32(p.i / size)
		}
		return int32(math.Max(math.MinInt32, math.Min(math.MaxInt32, math.Trunc(p.f)))) / int32(size)
	case "bin":
		if p.text != nil {
			return -1
		}
		n := 0
		for n < len(g.Bins) && p.f >= g.Bins[n] {
			n++
		}
		return int32(n)
	}
	size := g.Size.(naiveSpan)
	if size.Unit == "months" {
		a, b := time.UnixMilli(p.at).UTC(), time.UnixMilli(start).UTC()
		return int32(int64(12*(a.Year()-b.Year())+int(a.Month())-int(b.Month())) % g.Count)
	}
	length := naiveMillis(size.Unit)
	if size.Unit == "years" {
		length = 364 * naiveMillis("days")
	}
	return int32((p.at - start) / (size.Value * length) % g.Count)
}

// describe is a group's place in words, for reports.
func (g *naiveGroup) describe() string {
	var tags []string
	for name, values := range g.tags {
		slices.Sort(values)
		tags = append(tags, fmt.Sprintf("%s=[%s]", name, strings.Join(values, ",")))
	}
	slices.Sort(tags)
	return strings.TrimSpace(strings.Join(tags, " ") + " " + g.kind)
}
