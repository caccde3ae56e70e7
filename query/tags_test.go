package query

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestTags asks for the tags of all series of a metric and of some, of a driver
// that lies beyond a network and of the same without it: what is taken from the
// series is what the index lists.
func TestTags(t *testing.T) {
	var series []stored
	for i := range 20 {
		var x stored
		x.key = points.Key{Metric: "m", Tags: points.Tags{{Name: "b", Value: fmt.Sprint(i % 3)}, {Name: fmt.Sprint("t", i%5), Value: "x"}}, Type: points.TypeLong}
		x.points.AppendInt(1, 1)
		series = append(series, x)
	}
	near := storeOf(t, series)
	ask := func(s storage.Store, metric string, where ...storage.Matcher) (got string) {
		plan, err := Build(Query{Start: At(0), Metrics: []Metric{{Name: metric, Matchers: where}}}, now, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for answer, err := range New(Config{}).Tags(t.Context(), s, plan) {
			if err != nil {
				t.Fatal(err)
			}
			for result := range answer.Results {
				got += fmt.Sprintln(result.Name, result.Tags)
			}
		}
		return got
	}
	for _, tt := range []struct {
		metric string
		where  []storage.Matcher
		want   string
	}{
		{"m", nil, "m [{b [0 1 2]} {t0 [x]} {t1 [x]} {t2 [x]} {t3 [x]} {t4 [x]}]\n"},
		{"m", []storage.Matcher{{Tag: "t2", Values: []string{"x"}}}, "m [{b [0 1 2]} {t2 [x]}]\n"},
		{"m", []storage.Matcher{{Tag: "t2", Values: []string{"x"}}, {Tag: "b", Values: []string{"1", "2"}}}, "m [{b [1 2]} {t2 [x]}]\n"},
		{"m", []storage.Matcher{{Tag: "b", Values: []string{"none"}}}, "m []\n"},
		{"absent", nil, "absent []\n"},
	} {
		for _, s := range []storage.Store{near, &far{Store: near}} {
			if got := ask(s, tt.metric, tt.where...); got != tt.want {
				t.Errorf("%s where %v on %T: got  %swant %s", tt.metric, tt.where, s, got, tt.want)
			}
		}
	}
}

// TestTagCollector: of few values and of many, ascending or not, each is taken in
// once, in the order in which they come.
func TestTagCollector(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 31))
	for _, n := range []int{1, fewSeen - 1, fewSeen, fewSeen + 1, 5 * fewSeen} {
		ascending := make([]string, n)
		for i := range ascending {
			ascending[i] = fmt.Sprintf("%03d", i)
		}
		falling, shuffled, late := slices.Clone(ascending), slices.Clone(ascending), slices.Clone(ascending)
		slices.Reverse(falling)
		rng.Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		late[n-1] = ""
		for _, want := range [][]string{ascending, falling, shuffled, late} {
			c := newTagCollector()
			for range 3 {
				for _, v := range want {
					c.add(points.Tags{{Name: "host", Value: v}})
					c.add(points.Tags{{Name: "host", Value: v}})
				}
			}
			if len(c.tags) != 1 || !slices.Equal(c.tags[0].Values, want) {
				t.Errorf("%d values: got %v, want %v", n, c.tags, want)
			}
		}
	}
}

// TestTagCollectorJoin: what is gathered of some series in parts and joined is what is
// gathered of all of them, also where a part has none.
func TestTagCollectorJoin(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 22))
	for range 300 {
		var series []storage.Series
		for i := range 1 + rng.IntN(60) {
			tags := points.Tags{{Name: "device", Value: fmt.Sprintf("d%03d", i)}, {Name: fmt.Sprint("t", rng.IntN(3)), Value: fmt.Sprint(rng.IntN(12))}}
			series = append(series, seriesOf(points.Key{Tags: tags}))
		}
		if rng.IntN(2) == 0 {
			rng.Shuffle(len(series), func(i, j int) { series[i], series[j] = series[j], series[i] })
		}
		var joined *tagCollector
		for rest := series; len(rest) != 0; {
			n := rng.IntN(len(rest) + 1)
			if n != 0 {
				joined = joined.join(collectTags(rest[:n]))
			} else {
				joined = joined.join(nil)
			}
			rest = rest[n:]
		}
		sortTags(joined.tags)
		if want := tagsOf(series); fmt.Sprint(joined.tags) != fmt.Sprint(want) {
			t.Fatalf("got %v, want %v", joined.tags, want)
		}
	}
}
