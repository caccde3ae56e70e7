package query

import (
	"fmt"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"aion/aggregators"
	"aion/storage/points"
)

// fleetQuery is a query of many small groups, some of which have several series
// and some none in its range, and a store for it.
func fleetQuery(n int) ([]stored, Query) {
	var series []stored
	for i := range n {
		x := stored{key: points.Key{Metric: "m", Type: points.TypeLong,
			Tags: points.TagsOf(map[string]string{"device": fmt.Sprintf("d%05d", i*7919%n), "site": fmt.Sprint(i % 3)})}}
		for at := range int64(1 + i%5) {
			x.points.AppendInt(at*100*int64(1+i%11), int64(i))
		}
		series = append(series, x)
		if i%50 == 0 {
			x.key.Tags = points.TagsOf(map[string]string{"device": x.key.Tags[0].Value, "site": "other"})
			series = append(series, x)
		}
	}
	return series, Query{Start: At(50), Metrics: []Metric{{Name: "m", Groupers: []Grouper{TagGrouper{[]string{"device"}}}}}}
}

// TestManyGroupsInOrder: many small groups, of which several are one job, come in
// the same order and with the same points as one by one.
func TestManyGroupsInOrder(t *testing.T) {
	series, q := fleetQuery(3000)
	s := storeOf(t, series)
	for _, limit := range []int64{0, 1} {
		q.Metrics[0].Limit = limit
		want, sample, err := ask(t, New(Config{Workers: 1}), s, q, Options{Release: aggregators.Develop})
		if err != nil || len(want) == 0 || !slices.IsSorted(want) {
			t.Fatalf("%d results, sorted %t, %v", len(want), slices.IsSorted(want), err)
		}
		for _, workers := range []int{2, 5} {
			got, again, err := ask(t, New(Config{Workers: workers}), s, q, Options{Release: aggregators.Develop})
			if err != nil || again != sample || !slices.Equal(got, want) {
				t.Errorf("%d workers, limit %d: %d results of %d points, %v, want %d of %d", workers, limit, len(got), again, err, len(want), sample)
			}
		}
	}
}

// TestManyGroupsStop: who stops reading, or reads no result to its end, leaves
// nothing running.
func TestManyGroupsStop(t *testing.T) {
	series, q := fleetQuery(3000)
	s := storeOf(t, series)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	plan, err := Build(q, now, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []int{1, 40, 700, 5000} {
		read := 0
		for answer, err := range New(Config{Workers: 3}).Run(t.Context(), s, plan, nil) {
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range answer.Results {
				if err != nil {
					t.Fatal(err)
				}
				if read++; read == stop {
					break
				}
			}
		}
		if read == 0 || read > stop {
			t.Errorf("%d results were read, want %d", read, stop)
		}
	}
}

// TestManyGroupsFail: a limit that is met in the middle of many groups ends the
// answer, with all results before it.
func TestManyGroupsFail(t *testing.T) {
	series, q := fleetQuery(3000)
	s := storeOf(t, series)
	want, _, err := ask(t, New(Config{Workers: 1}), s, q, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ask(t, New(Config{Workers: 3, Limits: Limits{MaxGroups: 1000}}), s, q, Options{})
	if err == nil || len(got) > 1000 || !slices.Equal(got, want[:len(got)]) {
		t.Errorf("got %d results, %v, want the first of %d and a limit", len(got), err, len(want))
	}
}

// TestTogether: the jobs of an answer are small at its beginning and together all
// of its groups.
func TestTogether(t *testing.T) {
	for _, c := range []struct{ n, width, most int }{{1, 1, 1}, {7, 2, 1}, {1000, 2, 7}, {100_000, 2, 64}, {100_000, 16, 64}, {1000, 16, 1}} {
		done, most := 0, 0
		for done < c.n {
			some := together(done, c.n, c.width)
			if some < 1 || done+some > c.n || done < 8 && some != 1 {
				t.Fatalf("%d of %d together at %d", some, c.n, done)
			}
			done, most = done+some, max(most, some)
		}
		if most != c.most {
			t.Errorf("%d groups, %d wide: up to %d together, want %d", c.n, c.width, most, c.most)
		}
	}
}
