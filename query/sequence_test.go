package query

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"aion/aggregators"
	"aion/storage/points"
)

// siteStored are doubles of three sites of so many devices each. Every seventh
// device, and the last site as a whole, has points before 0 alone.
func siteStored(rng *rand.Rand, devices int) (all []stored) {
	for i := range 3 * devices {
		site := i / devices
		x := stored{key: points.Key{Metric: "m", Type: points.TypeDouble, Tags: points.TagsOf(map[string]string{
			"device": fmt.Sprintf("d%03d", i), "site": fmt.Sprint(site)})}}
		for at := int64(-500); at < 200_000; at += 1 + rng.Int64N(250) {
			if at < 0 || i%7 != 0 && site != 2 {
				x.points.AppendFloat(at, rng.NormFloat64())
			}
		}
		all = append(all, x)
	}
	return all
}

// TestSequenceEqualsMerge: series of a group that are read one after the other
// answer what their merged points do, and the tags of those that have points.
func TestSequenceEqualsMerge(t *testing.T) {
	series := siteStored(rand.New(rand.NewPCG(1, 41)), 25)
	by := TagGrouper{[]string{"site"}}
	for _, tt := range []struct {
		name     string
		chain    []Aggregation
		groupers []Grouper
	}{
		{"by site", []Aggregation{{"sum", every(2, points.Seconds)}}, []Grouper{by}},
		{"of all", []Aggregation{{"avg", every(2, points.Seconds)}, {"diff", nil}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := Query{Start: At(0), End: At(200_000), Metrics: []Metric{{Name: "m", Aggregators: tt.chain, Groupers: tt.groupers}}}
			ordered := Options{Specs: aggregators.Builtin(), Release: aggregators.V13}
			free := ordered
			free.FreeOrder = true
			want, wantSample, err := ask(t, New(Config{}), storeOf(t, series), q, ordered)
			if err != nil || len(want) == 0 {
				t.Fatalf("got %d results and %v", len(want), err)
			}
			s := heldStore{storeOf(t, series), new(atomic.Int64), new(atomic.Int64)}
			got, sample, err := ask(t, New(Config{}), s, q, free)
			if err != nil || !slices.Equal(got, want) || sample != wantSample {
				t.Errorf("%v, sample size %d, want %d\n got %s\nwant %s", err, sample, wantSample,
					strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
			if s.open.Load() != 0 || s.most.Load() != 1 {
				t.Errorf("%d cursors are open, and %d were at once, want 1", s.open.Load(), s.most.Load())
			}
		})
	}
}

// TestSequenceOfNothing: a group whose series have no points in the range is not
// answered, and costs no group.
func TestSequenceOfNothing(t *testing.T) {
	series := siteStored(rand.New(rand.NewPCG(1, 42)), 25)
	q := Query{Start: At(0), End: At(200_000), Metrics: []Metric{{Name: "m",
		Groupers: []Grouper{TagGrouper{[]string{"site"}}}, Aggregators: []Aggregation{{"count", every(2, points.Seconds)}}}}}
	o := Options{Specs: aggregators.Builtin(), Release: aggregators.V13}
	got, _, err := ask(t, New(Config{Limits: Limits{MaxGroups: 2}}), storeOf(t, series), q, o)
	if err != nil || len(got) != 2 {
		t.Errorf("got %d groups and %v, want 2", len(got), err)
	}
	got, _, err = ask(t, New(Config{Limits: Limits{MaxGroups: 1}}), storeOf(t, series), q, o)
	if !errors.Is(err, points.ErrLimit) {
		t.Errorf("got %d groups and %v, want the limit", len(got), err)
	}
	got, _, err = ask(t, New(Config{Limits: Limits{MaxPoints: 100}}), storeOf(t, series), q, o)
	if !errors.Is(err, points.ErrLimit) {
		t.Errorf("got %d groups and %v, want the limit", len(got), err)
	}
}
