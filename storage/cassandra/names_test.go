package cassandra

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// texts are what a sequence yields.
func texts(t testing.TB, seq iter.Seq2[string, error]) []string {
	t.Helper()
	var all []string
	for text, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// TestMetrics: names come in the order of their bytes, with any prefix, also one
// whose next one would be no UTF-8, at which KairosDB fails.
func TestMetrics(t *testing.T) {
	s := opened(t, Config{})
	p := plant(t, s)
	names := []string{"a", "a.b", "a.c", "a\x7f", "a\x7fb", "ab", "aÿ", "aÿb", "b", "é", "ü", "世", "😀", "ａ", "\x00", "a\x00b", "_", "kairosdb.jvm.free_memory"}
	for _, n := range names {
		p.series(longKey(n), 0)
	}
	slices.Sort(names)
	for _, prefix := range []string{"", "a", "a.", "a\x7f", "aÿ", "aÿ\xc3", "\xc3", "\xf0\x9f", "😀", "\xff", "b", "zz", "c", "kairosdb."} {
		var want []string
		for _, n := range names {
			if strings.HasPrefix(n, prefix) {
				want = append(want, n)
			}
		}
		sameTexts(t, fmt.Sprintf("%q", prefix), texts(t, s.Metrics(t.Context(), storage.Selection{Prefix: prefix})), want)
		sel := storage.Selection{Prefix: prefix, Types: []string{points.TypeLong}}
		sameTexts(t, fmt.Sprintf("%q of longs", prefix), texts(t, s.Metrics(t.Context(), sel)), want)
	}
}

// TestNamesOfSeries: names of metrics, tags and values are those of the series
// that match.
func TestNamesOfSeries(t *testing.T) {
	s := opened(t, Config{})
	p := plant(t, s)
	week := s.config.Layout.Width
	p.series(longKey("cpu", "host", "a", "dc", "north"), 0, week)
	p.series(longKey("cpu", "host", "b"), 0)
	p.series(longKey("mem", "host", "c", "rack", "1"), week)
	p.do(insertName, []byte(metricNames), "gone")
	p.do(insertTime, "gone", pointTable, int64(0), 0)
	early := points.Range{From: 0, To: 10}
	host := func(v ...string) []storage.Matcher { return []storage.Matcher{{Tag: "host", Values: v}} }
	for _, c := range []struct {
		name string
		sel  storage.Selection
		want string
	}{
		{"all", storage.Selection{}, "[cpu gone mem] [dc host rack] [a b c]"},
		{"longs", storage.Selection{Types: []string{points.TypeLong}}, "[cpu mem] [dc host rack] [a b c]"},
		{"texts", storage.Selection{Types: []string{points.TypeText}}, "[] [] []"},
		{"early", storage.Selection{Within: &early}, "[cpu] [dc host] [a b]"},
		{"listed", storage.Selection{Metrics: []string{"mem", "none", "gone", "mem"}}, "[mem] [host rack] [c]"},
		{"listed with a prefix", storage.Selection{Metrics: []string{"mem", "cpu"}, Prefix: "c"}, "[cpu] [dc host] [a b]"},
		{"listed with another prefix", storage.Selection{Metrics: []string{"mem", "cpu"}, Prefix: "x"}, "[] [] []"},
		{"matching", storage.Selection{Matchers: host("b", "c")}, "[cpu mem] [host rack] [b c]"},
		{"never", storage.Selection{Matchers: host()}, "[] [] []"},
	} {
		got := fmt.Sprint(texts(t, s.Metrics(t.Context(), c.sel)), " ", texts(t, s.TagNames(t.Context(), c.sel)), " ",
			texts(t, s.TagValues(t.Context(), "host", c.sel)))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
