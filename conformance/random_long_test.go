package conformance

import (
	"fmt"
	"testing"
)

// longSeries is how many sets of long series are made, and how many queries
// each set is asked.
const longSeries, queriesPerSet = 12, 10

// TestRandomLongSeries asks for series of thousands of points, which stores
// keep in several pieces with summaries, before and after the store was closed.
// Their values are such that sums are exact in every order.
func TestRandomLongSeries(t *testing.T) {
	for _, d := range drivers(t) {
		t.Run(d.name, func(t *testing.T) {
			s := start(t, d, Setup{Release: "develop"})
			sets := make([]*longSet, longSeries)
			if testing.Short() {
				sets = sets[:2]
			}
			for i := range sets {
				sets[i] = newLongSet(t, s, i)
			}
			compared := askLong(t, s, sets)
			if d.lasts {
				s.restart(t)
				compared += askLong(t, s, sets)
			}
			t.Logf("%d queries compared", compared)
		})
	}
}

// longSet is some long series of one metric with the generator of its queries.
type longSet struct {
	generator *generator
	metric    string
	series    []naiveSeries
}

// newLongSet makes and stores a set. A store gets the points of a series in
// several requests, not in order of time.
func newLongSet(t *testing.T, s *server, number int) *longSet {
	t.Helper()
	g := newGenerator(uint64(1_000_000 + number))
	g.points, g.exact, g.numbers = 12_000, true, true
	l := &longSet{generator: g, metric: fmt.Sprintf("long%d", number), series: g.series()}
	for part := range 3 {
		some := make([]naiveSeries, len(l.series))
		for i, one := range l.series {
			some[i] = naiveSeries{Type: one.Type, Tags: one.Tags}
			for j := part; j < len(one.Points); j += 3 {
				some[i].Points = append(some[i].Points, one.Points[j])
			}
		}
		storeNaive(t, s, l.metric, some)
	}
	return l
}

// askLong asks every set some queries and answers how many were compared.
func askLong(t *testing.T, s *server, sets []*longSet) int {
	t.Helper()
	compared := 0
	for _, l := range sets {
		for range queriesPerSet {
			q := l.generator.query(l.metric)
			problem, beyond := compareQuery(t, s, l.series, q)
			if problem != "" {
				t.Fatalf("%s: %s", l.metric, problem)
			}
			if !beyond {
				compared++
			}
		}
	}
	return compared
}
