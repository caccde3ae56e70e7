package query

import (
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// layout lays the series of a metric out in groups as the index names them: by
// group type and by the values of the grouped tags.
type layout struct {
	tags   []string // the grouped ones, each once
	groups []*group
	at     map[string]map[string]*group // by group type, then by key; nil as long as those ascend
	room   []group                      // for groups to come
	texts  *strings.Builder             // where keys stand side by side
	key    []byte
}

// newLayout is the layout of no series.
func newLayout(m *MetricPlan) *layout {
	l := &layout{texts: new(strings.Builder)}
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
	g := l.find(kind)
	if g == nil {
		g = l.begin(kind)
	}
	if len(g.series) == cap(g.series) {
		g.series = slices.Grow(g.series, len(g.series)) // twice as many: append lets large ones grow by a quarter, again and again
	}
	g.series = append(g.series, s)
}

// find is the group of the key at hand, nil if there is none yet. Series mostly
// come in the order of their keys, so that the last group tells.
func (l *layout) find(kind string) *group {
	if len(l.groups) == 0 {
		return nil
	}
	last := l.groups[len(l.groups)-1]
	switch {
	case kind == last.kind && string(l.key) == last.key:
		return last
	case l.at != nil:
	case kind > last.kind || kind == last.kind && string(l.key) > last.key:
		return nil
	default:
		l.at = map[string]map[string]*group{}
		for _, g := range l.groups {
			l.enter(g)
		}
	}
	return l.at[kind][string(l.key)]
}

// begin makes the group of the key at hand.
func (l *layout) begin(kind string) *group {
	if len(l.room) == 0 {
		l.room = make([]group, min(1+2*len(l.groups), 256))
	}
	g := &l.room[0]
	l.room = l.room[1:]
	g.kind, g.key, g.series = kind, l.text(), g.one[:0]
	l.groups = append(l.groups, g)
	if l.at != nil {
		l.enter(g)
	}
	return g
}

// enter makes a group known by its key.
func (l *layout) enter(g *group) {
	if l.at[g.kind] == nil {
		l.at[g.kind] = map[string]*group{}
	}
	l.at[g.kind][g.key] = g
}

// fewTexts is how many bytes stand side by side at least.
const fewTexts = 128

// text is the key at hand as a text.
func (l *layout) text() string {
	if l.texts.Len()+len(l.key) > l.texts.Cap() {
		l.texts = new(strings.Builder)
		l.texts.Grow(max(len(l.key), fewTexts, min(32*len(l.groups), 4096)))
	}
	from := l.texts.Len()
	l.texts.Write(l.key)
	return l.texts.String()[from:]
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
