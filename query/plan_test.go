package query

import (
	"errors"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// pattern compiles a regular expression of a test.
func pattern(t *testing.T, text string) *storage.Pattern {
	t.Helper()
	p, err := storage.NewPattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlans holds plans to their text.
func TestPlans(t *testing.T) {
	hourly := aggregators.Values{"sampling": points.Span{Value: 1, Unit: points.Hours}}
	for _, c := range []struct {
		name string
		in   Query
		want string
	}{
		{"one metric, open end", Query{Start: At(5), Metrics: []Metric{{Name: "cpu"}}},
			"cpu 5…9223372036854775807 asc\n"},
		{"relative times are those of now", Query{Start: Ago(points.Span{Value: 1, Unit: points.Days}), End: Ago(points.Span{Value: 1000}), Metrics: []Metric{{Name: "cpu", Order: points.Desc, Limit: 3}}},
			"cpu 1699913600000…1699999999000 desc\n  limit 3\n"},
		{"a negative limit is none", Query{Start: At(0), End: At(9), Metrics: []Metric{{Name: "cpu", Limit: -1}}},
			"cpu 0…9 asc\n"},
		{"filters", Query{Start: At(0), End: At(9), Metrics: []Metric{{Name: "cpu", Matchers: []storage.Matcher{
			{Tag: "host", Values: []string{"a", "b c"}}, {Tag: "dc", Patterns: []*storage.Pattern{pattern(t, "x.*")}},
			{Tag: "rack", Absent: true, Not: true}}}}},
			"cpu 0…9 asc\n  where host in [\"a\" \"b c\"]\n  where dc in [ /x.*/]\n  where not rack in [] or absent\n"},
		{"the first tag grouper splits, the others come before it", Query{Start: At(0), End: At(9), Metrics: []Metric{{Name: "cpu",
			Groupers: []Grouper{TagGrouper{[]string{"host"}}, ValueGrouper{10}, TagGrouper{[]string{"dc"}}, BinGrouper{[]float64{1, 2.5}}}}}},
			"cpu 0…9 asc\n  by tag[\"host\"]\n  by value(10)\n  by bin[1 2.5]\n"},
		{"aggregators in their order, metrics in theirs", Query{Start: At(0), End: At(9), Metrics: []Metric{
			{Name: "b", Aggregators: []Aggregation{{"avg", hourly}, {"diff", nil}}}, {Name: "a"}}},
			"b 0…9 asc\n  avg(1 hours)\n  diff\na 0…9 asc\n"},
	} {
		plan, err := Build(c.in, now, Options{Specs: aggregators.Builtin(), Release: aggregators.V13})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := plan.String(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestPlansRefuse names what no plan can be made of.
func TestPlansRefuse(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Aggregation
		want string
	}{
		{"unknown aggregator", Aggregation{Name: "median"}, "median is no aggregator"},
		{"missing value", Aggregation{Name: "div"}, "div.divisor may not be zero"},
	} {
		_, err := Build(Query{Metrics: []Metric{{Name: "m", Aggregators: []Aggregation{c.in}}}}, now, Options{Specs: aggregators.Builtin(), Release: aggregators.V13})
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	var invalid *points.InvalidError
	_, err := Build(Query{Metrics: []Metric{{Aggregators: []Aggregation{{Name: "x"}}}}}, now, Options{Specs: aggregators.Builtin(), Release: aggregators.V13})
	if !errors.As(err, &invalid) {
		t.Errorf("an unknown aggregator is %T", err)
	}
}
