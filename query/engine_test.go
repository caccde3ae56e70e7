package query

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// now is when all queries of these tests are made.
var now = time.UnixMilli(1_700_000_000_000)

// stored is one series of a test.
type stored struct {
	key    points.Key
	points points.Block
}

// storeOf is a memory store, checked, with these series.
func storeOf(t testing.TB, series []stored) storage.Store {
	t.Helper()
	s := storage.Checked(memory.New(memory.Config{}))
	t.Cleanup(func() { s.Close() })
	var b storage.Batch
	for _, x := range series {
		b.Put(x.key, x.points, 0)
	}
	if err := s.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask runs a query of one metric and prints its answer, a line for each result:
// type, groups, tags, points.
func ask(t testing.TB, e *Engine, s storage.Store, q Query, o Options) ([]string, int64, error) {
	t.Helper()
	plan, err := Build(q, now, o)
	if err != nil {
		return nil, 0, err
	}
	var lines []string
	var sample int64
	for answer, err := range e.Run(t.Context(), s, plan, nil) {
		if err != nil {
			return lines, sample, err
		}
		for result, err := range answer.Results {
			if err != nil {
				return lines, sample, err
			}
			all, err := collect(t.Context(), result.Points)
			if err != nil {
				return lines, sample, err
			}
			lines = append(lines, line(result.Type, result.GroupBy, result.Tags, show(&all)))
		}
		sample += answer.SampleSize
	}
	return lines, sample, nil
}

// line prints a result.
func line(kind string, by []GroupedBy, tags []aggregators.TagValues, values []string) string {
	var s strings.Builder
	s.WriteString(kind)
	for _, g := range by {
		if g.Values != nil {
			fmt.Fprintf(&s, " tag%q", g.Values)
		} else {
			fmt.Fprintf(&s, " %T %d", g.Grouper, g.Number)
		}
	}
	fmt.Fprintf(&s, " %v %v", tags, values)
	return s.String()
}

// TestSplitBeyondMemoryEqualsSplitInMemory reads a group once for each of its
// sub-groups when their points cannot be held together.
func TestSplitBeyondMemoryEqualsSplitInMemory(t *testing.T) {
	var x stored
	x.key = points.Key{Metric: "m", Tags: points.TagsOf(map[string]string{"h": "a"}), Type: points.TypeLong}
	for i := range int64(100_000) {
		x.points.AppendInt(i, i%7)
	}
	s := storeOf(t, []stored{x})
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Groupers: []Grouper{ValueGrouper{2}}}}}
	want, sample, err := ask(t, New(Config{}), s, q, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, again, err := ask(t, New(Config{Limits: Limits{MaxMemory: 200_000}}), s, q, Options{})
	if err != nil || !slices.Equal(got, want) || again != sample {
		t.Errorf("%v: sample size %d, want %d; results differ: %t", err, again, sample, !slices.Equal(got, want))
	}
	q.Metrics[0].Groupers = []Grouper{TimeGrouper{Size: points.Span{Value: 1, Unit: points.Milliseconds}, Count: 2000}}
	if _, _, err = ask(t, New(Config{Limits: Limits{MaxMemory: 200_000}}), s, q, Options{}); !errors.Is(err, points.ErrLimit) {
		t.Errorf("2,000 sub-groups beyond the memory: got %v, want a limit", err)
	}
}

// TestSplitChargesSubGroups ends a query whose points may be held, but not the very
// many sub-groups that they are in.
func TestSplitChargesSubGroups(t *testing.T) {
	var x stored
	x.key = points.Key{Metric: "m", Tags: points.TagsOf(map[string]string{"h": "a"}), Type: points.TypeLong}
	for i := range int64(20_000) {
		x.points.AppendInt(i, i)
	}
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Groupers: []Grouper{ValueGrouper{1}}}}}
	if _, _, err := ask(t, New(Config{Limits: Limits{MaxMemory: 4 << 20}}), storeOf(t, []stored{x}), q, Options{}); !errors.Is(err, points.ErrLimit) {
		t.Errorf("got %v, want a limit", err)
	}
}

// TestLimitsEndQueries exceeds each limit by one.
func TestLimitsEndQueries(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var series []stored
	for i := range 20 {
		x := stored{key: points.Key{Metric: "m", Tags: points.TagsOf(map[string]string{"h": fmt.Sprint(i)}), Type: points.TypeLong}}
		for at := range int64(3000) {
			x.points.AppendInt(at, rng.Int64())
		}
		series = append(series, x)
	}
	s := storeOf(t, series)
	q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Groupers: []Grouper{TagGrouper{[]string{"h"}}}}}}
	for _, c := range []struct {
		limits Limits
		want   string
	}{
		{Limits{MaxPoints: 59_999}, "the query exceeds the limit query.max-points of 59999 points"},
		{Limits{MaxSeries: 19}, "the query exceeds the limit query.max-series of 19 series"},
		{Limits{MaxGroups: 19}, "the query exceeds the limit query.max-groups of 19 groups"},
		{Limits{MaxMemory: 1000}, "the query exceeds the limit query.max-memory of 1000 bytes"},
	} {
		_, _, err := ask(t, New(Config{Limits: c.limits}), s, q, Options{})
		if !errors.Is(err, points.ErrLimit) || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, _, err := ask(t, New(Config{Limits: Limits{MaxPoints: 60_000, MaxSeries: 20, MaxGroups: 20}}), s, q, Options{}); err != nil {
		t.Errorf("within the limits: %v", err)
	}
}

// TestStatsTellWhatWasDone counts what the answers hold and adds it up.
func TestStatsTellWhatWasDone(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	series, q := randomStored(rng), Query{Start: At(-1000), Metrics: []Metric{{Name: "m"}, {Name: "m", Groupers: []Grouper{TagGrouper{[]string{"id"}}}}}}
	plan, err := Build(q, now, Options{})
	if err != nil {
		t.Fatal(err)
	}
	stats := Stats{Points: 1}
	want := Stats{Points: 1}
	for answer, err := range New(Config{Workers: 2}).Run(t.Context(), storeOf(t, series), plan, &stats) {
		if err != nil {
			t.Fatal(err)
		}
		for result, err := range answer.Results {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := collect(t.Context(), result.Points); err != nil {
				t.Fatal(err)
			}
			want.Groups++
		}
		want.Points += answer.SampleSize
	}
	want.Series = int64(2 * len(series))
	if want.Bytes = stats.Bytes; stats != want || stats.Bytes <= 0 {
		t.Errorf("got %+v, want %+v", stats, want)
	}
}

// TestWaitingQueriesAreBounded lets one query run, one wait, and refuses a third.
func TestWaitingQueriesAreBounded(t *testing.T) {
	synctest.Test(t, waitingQueriesAreBounded)
}

// waitingQueriesAreBounded is TestWaitingQueriesAreBounded in its bubble.
func waitingQueriesAreBounded(t *testing.T) {
	s := storeOf(t, nil)
	e := New(Config{Limits: Limits{MaxConcurrent: 1, MaxWaiting: 1}})
	plan, err := Build(Query{Metrics: []Metric{{Name: "m"}}}, now, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range e.Run(t.Context(), s, plan, nil) { // holds the one slot
		ctx, cancel := context.WithCancel(t.Context())
		second := make(chan error)
		go func() {
			for _, err := range e.Run(ctx, s, plan, nil) {
				second <- err
				return
			}
		}()
		synctest.Wait() // until the second one waits
		for _, err := range e.Run(t.Context(), s, plan, nil) {
			if !errors.Is(err, ErrBusy) || !errors.Is(err, points.ErrUnavailable) {
				t.Errorf("third query: got %v, want busy", err)
			}
		}
		cancel()
		if err := <-second; !errors.Is(err, context.Canceled) {
			t.Errorf("second query: got %v, want canceled", err)
		}
	}
	if e.waiting.Load() != 0 {
		t.Errorf("%d queries are still counted", e.waiting.Load())
	}
}

// TestReleasesAnswerNoSeries shows which releases answer an empty group.
func TestReleasesAnswerNoSeries(t *testing.T) {
	s := storeOf(t, nil)
	byTag, byValue := TagGrouper{[]string{"h"}}, ValueGrouper{1}
	for _, c := range []struct {
		release  aggregators.Release
		groupers []Grouper
		want     []string
	}{
		{aggregators.V12, nil, []string{" [] []"}},
		{aggregators.V13, nil, []string{" [] []"}},
		{aggregators.V13, []Grouper{byTag}, []string{" [] []"}},
		{aggregators.V13, []Grouper{byTag, byValue}, nil},
		{aggregators.Develop, nil, nil},
		{aggregators.Develop, []Grouper{byValue}, nil},
	} {
		q := Query{Start: At(0), Metrics: []Metric{{Name: "m", Groupers: c.groupers}}}
		got, sample, err := ask(t, New(Config{}), s, q, Options{Release: c.release})
		if err != nil || sample != 0 || !slices.Equal(got, c.want) {
			t.Errorf("%s by %v: got %q, %d, %v, want %q", c.release, c.groupers, got, sample, err, c.want)
		}
	}
}
