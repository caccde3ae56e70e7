package query

import (
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// layout lays the series of a metric out in groups as the index names them: by
// group type and by the values of the grouped tags.
type layout struct {
	tags   []string // the grouped ones, each once
	groups []*group
	at     map[string]map[string]*group // by group type, then by key
	room   []group                      // for groups to come
	key    []byte
}

// newLayout is the layout of no series.
func newLayout(m *MetricPlan) *layout {
	l := &layout{at: map[string]map[string]*group{}}
	if m.By != nil {
		l.tags = appendNew(nil, m.By.Tags)
	}
	return l
}

// add takes in one more series.
func (l *layout) add(s storage.Series) {
	key := s.Key()
	kind := points.GroupType(key.Type)
	l.key = l.appendKey(l.key[:0], key.Tags)
	g := l.at[kind][string(l.key)]
	if g == nil {
		g = l.begin(kind)
	}
	g.series = append(g.series, s)
}

// begin makes the group of the key at hand.
func (l *layout) begin(kind string) *group {
	if len(l.room) == 0 {
		l.room = make([]group, min(1+len(l.groups), 256))
	}
	g := &l.room[0]
	l.room = l.room[1:]
	g.kind, g.key, g.series = kind, string(l.key), g.one[:0]
	if l.at[kind] == nil {
		l.at[kind] = map[string]*group{}
	}
	l.at[kind][g.key], l.groups = g, append(l.groups, g)
	return g
}

// appendKey is a series' key in GroupBy's way: every grouped tag's name and
// value, one after the other, without anything between them.
func (l *layout) appendKey(dst []byte, t points.Tags) []byte {
	for _, name := range l.tags {
		value, _ := t.Value(name)
		dst = append(append(dst, name...), value...)
	}
	return dst
}

// sorted are the groups by type, then by key, each in KairosDB's order. They
// come in it mostly.
func (l *layout) sorted() []*group {
	order := func(a, b *group) int {
		if c := points.CompareUTF16(a.kind, b.kind); c != 0 {
			return c
		}
		return points.CompareUTF16(a.key, b.key)
	}
	if !slices.IsSortedFunc(l.groups, order) {
		slices.SortFunc(l.groups, order)
	}
	return l.groups
}
