package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
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

// naive answers a query without aggregators the long way: all points, sorted.
func naive(series []stored, q Query) (lines []string, sample int64) {
	m, r := q.Metrics[0], q.Range(now.UnixMilli())
	type point struct {
		at   int64
		rank uint64
		row  int
		text string
		ids  []int32
	}
	type parent struct {
		kind, key string
		rows      []stored
		points    []point
	}
	parents := map[string]*parent{}
	for n, x := range series {
		sel := storage.Selection{Metrics: []string{m.Name}, Matchers: m.Matchers}
		if !sel.Matches(&x.key) {
			continue
		}
		var kept []point
		text := show(&x.points)
		for i, at := range x.points.Times {
			if !r.Holds(at) {
				continue
			}
			p := point{at: at, row: n, text: text[i]}
			if x.points.Kind == points.Number {
				p.rank = rankOf(x.points.Floats[i])
			}
			view := x.points.Slice(i, i+1)
			for _, g := range m.Groupers {
				if _, ok := g.(TagGrouper); ok {
					continue
				}
				id := make([]int32, 1)
				splitterOf(g)(&view, id)
				p.ids = append(p.ids, id[0])
			}
			kept = append(kept, p)
		}
		if len(kept) == 0 {
			continue
		}
		if m.Order == points.Desc {
			slices.Reverse(kept)
		}
		if m.Limit > 0 && int64(len(kept)) > m.Limit {
			kept = kept[:m.Limit]
		}
		sample += int64(len(kept))
		key := ""
		for _, g := range m.Groupers {
			if tag, ok := g.(TagGrouper); ok {
				for _, name := range tag.Tags {
					v, _ := x.key.Tags.Value(name)
					key += name + v
				}
				break
			}
		}
		kind := points.GroupType(x.key.Type)
		p := parents[kind+"\x00"+key]
		if p == nil {
			p = &parent{kind: kind, key: key}
			parents[kind+"\x00"+key] = p
		}
		p.rows, p.points = append(p.rows, x), append(p.points, kept...)
	}
	order := make([]*parent, 0, len(parents))
	for _, p := range parents {
		order = append(order, p)
	}
	slices.SortFunc(order, func(a, b *parent) int {
		return cmp.Or(points.CompareUTF16(a.kind, b.kind), points.CompareUTF16(a.key, b.key))
	})
	for _, p := range order {
		slices.SortStableFunc(p.points, func(a, b point) int {
			c := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank))
			if m.Order == points.Desc {
				c = -c
			}
			return c
		})
		var subs [][]point
		at := map[string]int{}
		for _, x := range p.points {
			id := fmt.Sprint(x.ids)
			i, ok := at[id]
			if !ok {
				i = len(subs)
				at[id], subs = i, append(subs, nil)
			}
			subs[i] = append(subs[i], x)
		}
		for _, sub := range subs {
			if m.Limit > 0 && int64(len(sub)) > m.Limit {
				sub = sub[:m.Limit]
			}
			var texts []string
			for _, x := range sub {
				texts = append(texts, x.text)
			}
			var by []GroupedBy
			n := 0
			for _, g := range m.Groupers {
				if _, ok := g.(TagGrouper); !ok {
					by = append(by, GroupedBy{Grouper: g, Number: sub[0].ids[n]})
					n++
				}
			}
			for _, g := range m.Groupers {
				if tag, ok := g.(TagGrouper); ok {
					values := make([]string, len(tag.Tags))
					for i, name := range tag.Tags {
						values[i], _ = p.rows[0].key.Tags.Value(name)
					}
					by = append(by, GroupedBy{Grouper: tag, Values: values})
					break
				}
			}
			lines = append(lines, line(p.kind, by, naiveTags(p.rows), texts))
		}
	}
	return lines, sample
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

// randomStored is a handful of series of one metric. No two points of different
// series are equal in time and value, so that the merge has one right answer.
func randomStored(rng *rand.Rand) []stored {
	var all []stored
	for i := range 1 + rng.IntN(12) {
		tags := map[string]string{"host": fmt.Sprint(rng.IntN(4)), "id": fmt.Sprint(i)}
		if rng.IntN(3) > 0 {
			tags["dc"] = string(rune('x' + rng.IntN(3)))
		}
		x := stored{key: points.Key{Metric: "m", Tags: points.TagsOf(tags), Type: points.TypeLong}}
		text := rng.IntN(5) == 0
		if text {
			x.key.Type, x.points.Kind = points.TypeText, points.Text
		}
		at := rng.Int64N(50)
		for range rng.IntN(300) {
			at += 1 + rng.Int64N(1<<rng.IntN(6))
			switch {
			case text:
				x.points.AppendText(at*16+int64(i), fmt.Sprint(i, at))
			default:
				x.points.AppendInt(at, rng.Int64N(100)*16+int64(i)-800)
			}
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b stored) int {
		return slices.CompareFunc(a.key.Tags, b.key.Tags, compareTags)
	})
	return all
}

// randomQuery is a query over randomStored.
func randomQuery(rng *rand.Rand) Query {
	m := Metric{Name: "m", Order: points.Order(rng.IntN(3) == 0)}
	if rng.IntN(3) == 0 {
		m.Limit = 1 + rng.Int64N(40)
	}
	if rng.IntN(3) == 0 {
		m.Matchers = []storage.Matcher{{Tag: "host", Values: []string{"1", "2", "nowhere"}}}
	}
	start := rng.Int64N(2000) - 500
	for _, g := range []Grouper{
		TagGrouper{[]string{"dc", "host"}[:1+rng.IntN(2)]},
		ValueGrouper{1 + rng.Int32N(300)},
		TimeGrouper{points.Span{Value: 1 + rng.Int64N(500), Unit: points.Milliseconds}, 1 + rng.Int32N(4), &start},
		BinGrouper{[]float64{-100, 0, 300}},
	} {
		if rng.IntN(3) == 0 {
			m.Groupers = append(m.Groupers, g)
		}
	}
	rng.Shuffle(len(m.Groupers), func(i, j int) { m.Groupers[i], m.Groupers[j] = m.Groupers[j], m.Groupers[i] })
	from := rng.Int64N(3000) - 100
	return Query{Start: At(from), End: At(from + rng.Int64N(8000)), Metrics: []Metric{m}}
}

func TestRandomQueriesEqualNaive(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 7))
		series, q := randomStored(rng), randomQuery(rng)
		e := New(Config{Workers: 1 + rng.IntN(3)})
		got, sample, err := ask(t, e, storeOf(t, series), q, Options{Release: aggregators.Develop})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, wantSample := naive(series, q)
		if !slices.Equal(got, want) || sample != wantSample {
			t.Fatalf("seed %d: sample size %d, want %d\n got %s\nwant %s", seed, sample, wantSample,
				strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
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

func TestWaitingQueriesAreBounded(t *testing.T) {
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
		for e.waiting.Load() < 2 {
			time.Sleep(time.Millisecond)
		}
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
