package query

import (
	"cmp"
	"fmt"
	"slices"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// naivePoint is a point as naive holds it.
type naivePoint struct {
	at   int64
	rank uint64 // orders points of one instant
	text string
	ids  []int32 // its number with each grouper but the tag grouper
}

// naiveGroup is what a type and the values of the tag grouper's tags have in
// common.
type naiveGroup struct {
	kind, key string
	rows      []stored
	points    []naivePoint
}

// naive answers a query without aggregators the long way: all points, sorted.
func naive(series []stored, q Query) (lines []string, sample int64) {
	m, r := q.Metrics[0], q.Range(now.UnixMilli())
	groups := map[string]*naiveGroup{}
	for _, x := range series {
		sel := storage.Selection{Metrics: []string{m.Name}, Matchers: m.Matchers}
		if !sel.Matches(&x.key) {
			continue
		}
		kept := naivePoints(&x, &m, r)
		if len(kept) == 0 {
			continue
		}
		sample += int64(len(kept))
		kind, key := points.GroupType(x.key.Type), naiveKey(&m, &x)
		g := groups[kind+key]
		if g == nil {
			g = &naiveGroup{kind: kind, key: key}
			groups[kind+key] = g
		}
		g.rows, g.points = append(g.rows, x), append(g.points, kept...)
	}
	for _, g := range naiveOrder(groups) {
		lines = append(lines, g.lines(&m)...)
	}
	return lines, sample
}

// naivePoints are the points of x that the metric takes.
func naivePoints(x *stored, m *Metric, r points.Range) []naivePoint {
	var kept []naivePoint
	text := show(&x.points)
	for i, at := range x.points.Times {
		if !r.Holds(at) {
			continue
		}
		view := x.points.Slice(i, i+1)
		p := naivePoint{at: at, text: text[i], ids: naiveIDs(m, &view)}
		if x.points.Kind == points.Number {
			p.rank = rankOf(x.points.Floats[i])
		}
		kept = append(kept, p)
	}
	if m.Order == points.Desc {
		slices.Reverse(kept)
	}
	return naiveLimit(m, kept)
}

// naiveIDs are the numbers of a block of one point.
func naiveIDs(m *Metric, point *points.Block) []int32 {
	var ids []int32
	for _, g := range m.Groupers {
		if _, ok := g.(TagGrouper); !ok {
			id := make([]int32, 1)
			splitterOf(g)(point, id)
			ids = append(ids, id[0])
		}
	}
	return ids
}

// naiveLimit cuts a list of points to the metric's limit.
func naiveLimit(m *Metric, list []naivePoint) []naivePoint {
	if m.Limit > 0 {
		list = list[:min(int64(len(list)), m.Limit)]
	}
	return list
}

// naiveValues are a series' values of the tags of the tag grouper, the first
// one that there is; nil if there is none.
func naiveValues(m *Metric, x *stored) []string {
	for _, g := range m.Groupers {
		if tag, ok := g.(TagGrouper); ok {
			values := make([]string, len(tag.Tags))
			for i, name := range tag.Tags {
				values[i], _ = x.key.Tags.Value(name)
			}
			return values
		}
	}
	return nil
}

// naiveKey is what groups are sorted by: names and values in one text.
func naiveKey(m *Metric, x *stored) string {
	for _, g := range m.Groupers {
		if tag, ok := g.(TagGrouper); ok {
			key := ""
			for i, value := range naiveValues(m, x) {
				key += tag.Tags[i] + value
			}
			return key
		}
	}
	return ""
}

// naiveOrder are the groups as they are answered.
func naiveOrder(groups map[string]*naiveGroup) []*naiveGroup {
	list := make([]*naiveGroup, 0, len(groups))
	for _, g := range groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *naiveGroup) int {
		return cmp.Or(points.CompareUTF16(a.kind, b.kind), points.CompareUTF16(a.key, b.key))
	})
	return list
}

// lines are the group's results, one for each combination of numbers.
func (g *naiveGroup) lines(m *Metric) []string {
	slices.SortStableFunc(g.points, func(a, b naivePoint) int {
		c := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank))
		if m.Order == points.Desc {
			c = -c
		}
		return c
	})
	var lines []string
	for _, sub := range g.subs() {
		var texts []string
		for _, p := range naiveLimit(m, sub) {
			texts = append(texts, p.text)
		}
		lines = append(lines, line(g.kind, g.by(m, sub[0].ids), naiveTags(g.rows), texts))
	}
	return lines
}

// subs are the group's points, set apart by their numbers, in order of first
// appearance.
func (g *naiveGroup) subs() [][]naivePoint {
	var subs [][]naivePoint
	at := map[string]int{}
	for _, p := range g.points {
		id := fmt.Sprint(p.ids)
		i, ok := at[id]
		if !ok {
			i = len(subs)
			at[id], subs = i, append(subs, nil)
		}
		subs[i] = append(subs[i], p)
	}
	return subs
}

// by says how a result was grouped: the numbers first, then the tags.
func (g *naiveGroup) by(m *Metric, ids []int32) []GroupedBy {
	var numbers, tags []GroupedBy
	for _, x := range m.Groupers {
		if _, ok := x.(TagGrouper); !ok {
			numbers = append(numbers, GroupedBy{Grouper: x, Number: ids[len(numbers)]})
		} else if tags == nil {
			tags = []GroupedBy{{Grouper: x, Values: naiveValues(m, &g.rows[0])}}
		}
	}
	return append(numbers, tags...)
}

// naiveTags are the tags of the rows, sorted.
func naiveTags(rows []stored) []aggregators.TagValues {
	values := map[string]map[string]bool{}
	for _, x := range rows {
		for _, t := range x.key.Tags {
			if values[t.Name] == nil {
				values[t.Name] = map[string]bool{}
			}
			values[t.Name][t.Value] = true
		}
	}
	tags := []aggregators.TagValues{}
	for name, set := range values {
		tag := aggregators.TagValues{Name: name}
		for v := range set {
			tag.Values = append(tag.Values, v)
		}
		slices.Sort(tag.Values)
		tags = append(tags, tag)
	}
	slices.SortFunc(tags, func(a, b aggregators.TagValues) int { return cmp.Compare(a.Name, b.Name) })
	return tags
}
