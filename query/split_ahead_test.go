package query

import (
	"strconv"
	"testing"

	"aion/storage/points"
)

// TestSplitBesideAhead: a group that is split is held by half of the query's memory,
// however much of it is charged for groups that are computed ahead of their reader.
func TestSplitBesideAhead(t *testing.T) {
	const values = maxPasses + 100 // more than are read one by one
	const half = values * (partCost + 200)
	var series []stored
	for h := range 20 {
		x := stored{key: points.Key{Metric: "m", Tags: points.Tags{{Name: "h", Value: strconv.Itoa(h)}}, Type: points.TypeLong}}
		for i := range int64(values) {
			x.points.AppendInt(i, i)
		}
		series = append(series, x)
	}
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Groupers: []Grouper{TagGrouper{[]string{"h"}}, ValueGrouper{1}}}}}
	config := Config{Workers: 1, Limits: Limits{MaxMemory: 2 * half}}
	if got, _, err := ask(t, New(config), storeOf(t, series), q, Options{}); err != nil || len(got) != 20*values {
		t.Errorf("got %d groups and %v, want %d", len(got), err, 20*values)
	}
}
