package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aion/aggregators"
	"aion/storage"
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
	for _, c := range []struct{ n, width, most int }{{1, 1, 1}, {7, 2, 1}, {1000, 2, 64}, {100_000, 2, 64}, {100_000, 16, 64}, {1000, 16, 14}} {
		done, most := 0, 0
		for done < c.n {
			some := together(done, c.n, c.width, mostTogether)
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

// TestLayout: groups are the same and in the same order, whether their series come
// in the order of their keys or not.
func TestLayout(t *testing.T) {
	series, _ := fleetQuery(2000)
	plan := MetricPlan{Name: "m", By: &TagGrouper{[]string{"device"}}}
	laid := func() (keys []string) {
		l := newLayout(&plan)
		for _, x := range series {
			l.add(seriesOf(x.key))
		}
		for _, g := range l.sorted() {
			keys = append(keys, fmt.Sprint(g.kind, g.key, len(g.series)))
		}
		return keys
	}
	scattered := laid()
	slices.SortFunc(series, func(a, b stored) int { return strings.Compare(a.key.String(), b.key.String()) })
	if ascending := laid(); len(ascending) != 2000 || !slices.Equal(ascending, scattered) {
		t.Errorf("%d groups of series in order, %d of others, want the same 2000", len(ascending), len(scattered))
	}
}

// seriesOf is a series of which nothing is known but its key.
func seriesOf(k points.Key) storage.Series { return keyed{key: k} }

// keyed is a series that is not read.
type keyed struct {
	storage.Series
	key points.Key
}

// Key is the key.
func (k keyed) Key() points.Key { return k.key }

// TestHandOver: small results wait for others, but not for long, nor where there
// are many, or more of one comes.
func TestHandOver(t *testing.T) {
	small, large := new(points.Block), new(points.Block)
	small.AppendInt(1, 1)
	for at := range int64(points.BlockSize) {
		large.AppendInt(at, at)
	}
	first := func(b *points.Block) step { return step{result: new(Result), block: b} }
	for _, tt := range []struct {
		name  string
		brief bool
		steps []step
		want  int // of them that are handed over
	}{
		{"some small results", false, slices.Repeat([]step{first(small)}, 3), 0},
		{"many small results", false, slices.Repeat([]step{first(small)}, mostTogether+1), mostTogether},
		{"a large result", false, []step{first(small), first(large), first(small)}, 2},
		{"more of a result", false, []step{first(small), {block: small}, first(small)}, 2},
		{"a failure", false, []step{first(small), {err: errStopped}}, 2},
		{"some of a part", true, slices.Repeat([]step{{block: small}}, 3), 0},
		{"much of a part", true, []step{{block: small}, {block: large}, {block: small}}, 2},
	} {
		to := make(chan *batch, len(tt.steps))
		o := &emitter{run: new(run), steps: to, brief: tt.brief}
		for _, s := range tt.steps {
			if err := o.hand(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			o.since = o.since.Add(time.Hour) // however slow the machine is
		}
		got := 0
		for len(to) != 0 {
			got += len((<-to).steps)
		}
		if got != tt.want {
			t.Errorf("%s: %d steps were handed over, want %d", tt.name, got, tt.want)
		}
	}
	to := make(chan *batch, 1)
	o := &emitter{run: new(run), steps: to, batch: new(batch)}
	if err := o.hand(t.Context(), first(small)); err != nil || len(to) != 1 {
		t.Errorf("a result that has waited for long: %d are handed over, %v", len(to), err)
	}
}
