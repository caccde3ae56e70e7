package cassandra

import (
	"cmp"
	"slices"

	"aion/storage/points"
)

// gathered are series whose rows come from several places: they are kept until
// all is found.
type gathered struct {
	byKey map[string]*series
	all   []*series // in the order in which they were found
	key   []byte    // to look up with
}

// has tells whether the series has been found before.
func (g *gathered) has(k *points.Key) bool {
	if len(g.byKey) == 0 {
		return false
	}
	g.key = k.Append(g.key[:0])
	_, ok := g.byKey[string(g.key)]
	return ok
}

// add notes rows of a series.
func (g *gathered) add(store *Store, k points.Key, rows ...row) {
	g.key = k.Append(g.key[:0])
	found, ok := g.byKey[string(g.key)]
	if !ok {
		if g.byKey == nil {
			g.byKey = map[string]*series{}
		}
		found = &series{store: store, key: k}
		g.byKey[string(g.key)] = found
		g.all = append(g.all, found)
	}
	found.rows = append(found.rows, rows...)
}

// finish puts the rows of every series in order and drops those that were found
// twice. Of rows with and without a type in one place, which lie in one
// partition if the type is kairos_legacy, the one that the legacy index led to
// stays: as KairosDB has it.
func (g *gathered) finish(conns []*conn) []*series {
	for _, s := range g.all {
		slices.SortFunc(s.rows, func(a, b row) int {
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(slices.Index(conns, a.conn), slices.Index(conns, b.conn)), legacyFirst(a, b))
		})
		s.rows = slices.CompactFunc(s.rows, func(a, b row) bool { return a.time == b.time && a.conn == b.conn })
	}
	return g.all
}

// legacyFirst is the order of a row with and one without a type.
func legacyFirst(a, b row) int {
	switch {
	case a.untyped == b.untyped:
		return 0
	case a.untyped:
		return -1
	}
	return 1
}
