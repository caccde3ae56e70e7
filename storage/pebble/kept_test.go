package pebble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestKept: a selection means the same series when a posting tells of them that is
// kept, whatever else it asks of them, and none that is overdue.
func TestKept(t *testing.T) {
	c := storagetest.NewClock(time.UnixMilli(1_000_000))
	s := still(t, c.Now)
	for _, host := range []string{"a", "b"} {
		put(t, s, inCentre(host, "ams"), 1, 1, 1)
	}
	put(t, s, points.Key{Metric: "cpu", Type: points.TypeLong, Tags: points.Tags{{Name: "dc", Value: "ams"}, {Name: "host", Value: "c"}}}, 1, 1, 1)
	putFor(t, s, inCentre("e", "ams"), time.Minute, 1, 1)
	centre, pattern := storage.Matcher{Tag: "dc", Values: []string{"ams"}}, mustPattern(t, "[bc]")
	selects := func(sel storage.Selection, kept bool) (found []string) {
		t.Helper()
		r := s.hold()
		defer r.snap.Close()
		if _, ok := r.kept(&sel); ok != kept {
			t.Errorf("%v: got %v that it is kept, want %v", sel, ok, kept)
		}
		for x, err := range s.Select(t.Context(), sel) {
			if err != nil {
				t.Fatal(err)
			}
			host, _ := x.Key().Tags.Value("host")
			found = append(found, host)
		}
		slices.Sort(found)
		return found
	}
	for i, test := range []struct {
		also  []storage.Matcher
		types []string
		want  []string
	}{
		{nil, nil, []string{"a", "b", "c", "e"}},
		{nil, []string{points.TypeLong}, []string{"a", "b", "c", "e"}},
		{nil, []string{points.TypeDouble}, nil},
		{[]storage.Matcher{{Tag: "host", Values: []string{"b"}}}, nil, []string{"b"}},
		{[]storage.Matcher{{Tag: "host", Values: []string{"b"}, Not: true}}, nil, []string{"a", "c", "e"}},
		{[]storage.Matcher{{Tag: "host", Values: []string{"b", "c"}}}, nil, []string{"b", "c"}},
		{[]storage.Matcher{{Tag: "host", Patterns: []*storage.Pattern{pattern}}}, nil, []string{"b", "c"}},
		{[]storage.Matcher{{Tag: "rack", Values: []string{"r2"}, Absent: true}}, nil, []string{"c"}},
		{[]storage.Matcher{{Tag: "rack", Absent: true, Not: true}}, nil, []string{"a", "b", "e"}},
		{[]storage.Matcher{{Tag: "dc", Values: []string{"fra"}}}, nil, nil},
		{[]storage.Matcher{{Tag: "rack", Values: []string{"r1"}}, {Tag: "host", Values: []string{"a"}, Not: true}}, nil, []string{"b", "e"}},
	} {
		put(t, s, points.Key{Metric: "another", Type: points.TypeLong, Tags: points.Tags{{Name: "n", Value: fmt.Sprint(i)}}}, 1, 1, 1) // nothing is kept any more
		sel := storage.Selection{Metrics: []string{"cpu"}, Matchers: append([]storage.Matcher{centre}, test.also...), Types: test.types}
		for _, kept := range []bool{false, true} {
			if got := selects(sel, kept); !slices.Equal(got, test.want) {
				t.Errorf("%v, kept %v: got %v, want %v", sel, kept, got, test.want)
			}
		}
	}
	sel := storage.Selection{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{centre}}
	c.Advance(2 * time.Minute)
	if got, want := selects(sel, true), []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("with one that is overdue: got %v, want %v", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var left error
	for _, err := range s.Select(ctx, sel) {
		left = err
	}
	if !errors.Is(left, context.Canceled) {
		t.Errorf("got %v for one who has left, want that", left)
	}
}

// TestKeptOfSeveral: of a matcher with several values something is kept as soon as
// that is so of each, and as long as they hold for few series together.
func TestKeptOfSeveral(t *testing.T) {
	s := still(t, nil)
	for i := range byKey + 1 {
		put(t, s, inCentre(fmt.Sprintf("h%02d", i), "ams"), 1, 1, 1)
	}
	put(t, s, inCentre("a", "fra"), 1, 1, 1)
	keeps := func(values ...string) int {
		sel := storage.Selection{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{{Tag: "host", Values: values}}}
		if values[0] == "ams" {
			sel.Matchers[0].Tag = "dc"
		}
		r := s.hold()
		defer r.snap.Close()
		k, ok := r.kept(&sel)
		if !ok {
			return -1
		}
		return len(k.numbers)
	}
	asks := func(matcher storage.Matcher) { hostsBy(t, s, []storage.Matcher{matcher}) }
	asks(storage.Matcher{Tag: "host", Values: []string{"h03"}})
	if got := keeps("h03", "h01"); got != -1 {
		t.Errorf("got %d series of a value that is kept and one that is not, want none", got)
	}
	asks(storage.Matcher{Tag: "host", Values: []string{"h01", "nobody"}})
	asks(storage.Matcher{Tag: "dc", Values: []string{"ams", "fra"}})
	for _, test := range []struct {
		values []string
		want   int
	}{{[]string{"h03", "h01"}, 2}, {[]string{"h01", "h03", "h01"}, 2}, {[]string{"nobody", "h03"}, 1}, {[]string{"nobody"}, 0}, {[]string{"ams", "fra"}, -1}} {
		if got := keeps(test.values...); got != test.want {
			t.Errorf("%v: got %d series, want %d", test.values, got, test.want)
		}
	}
}
