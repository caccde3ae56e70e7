package cassandra

import (
	"fmt"
	"slices"
	"testing"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// tagged plants the rows that one series has in the tag index for these of its
// tags, and none in row_keys.
func (p *planter) tagged(k points.Key, at int64, indexed ...string) {
	p.Helper()
	p.do(insertTime, k.Metric, pointTable, at, 0)
	var chosen points.Tags
	for _, t := range k.Tags {
		if slices.Contains(indexed, t.Name) {
			chosen = append(chosen, t)
		}
	}
	for _, t := range chosen {
		p.do(insertTagRow, k.Metric, pointTable, at, codec.StoredType(k.Type), codec.TagPair(t), int(codec.TagHash(chosen)), storedMap(codec.AppendTags(nil, k.Tags)), 0)
	}
}

// TestTagIndexVectors: what KairosDB has listed by tag is found by tag, and what
// it misses by tags that are not indexed, or by patterns beside values, is found
// all the same.
func TestTagIndexVectors(t *testing.T) {
	indexed := map[string][]string{"idx.all": nil, "idx.gone": nil, "idx.some": {"host"}, "idx.empty": {}, "idx.star": {"*"}, "idx.two": {"client", "host"}}
	all := joined(t)[codec.Default()]
	s := opened(t, Config{TagIndexed: indexed})
	plant(t, s).all(all)
	var listed []*series
	tags := map[points.Tag]bool{}
	for _, of := range all.series(t) {
		if _, ok := indexed[of.key.Metric]; ok {
			listed = append(listed, of)
			for _, tag := range of.key.Tags {
				tags[tag] = true
			}
		}
	}
	compared := 0
	for metric := range indexed {
		for tag := range tags {
			for _, m := range []storage.Matcher{
				{Tag: tag.Name, Values: []string{tag.Value}}, {Tag: tag.Name, Values: []string{tag.Value, "none"}},
				{Tag: tag.Name, Values: []string{tag.Value}, Patterns: []*storage.Pattern{pattern(t, "A|server.*")}}, {Tag: tag.Name, Values: []string{tag.Value}, Not: true},
			} {
				sel := storage.Selection{Metrics: []string{metric}, Matchers: []storage.Matcher{m}}
				var want []string
				for _, of := range listed {
					if sel.Matches(&of.key) {
						want = append(want, seriesText(of.key, of.rows))
					}
				}
				slices.Sort(want)
				compared += len(want)
				sameTexts(t, metric+" "+m.String(), found(t, s, sel, points.Always), want)
			}
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// TestTagIndexUse: the tag index is read for the matchers that it answers and for
// no other. Series are planted in it alone, or in row_keys alone, so that what is
// found tells where it was looked for.
func TestTagIndexUse(t *testing.T) {
	s := opened(t, Config{TagIndexed: map[string][]string{"m": {"host", "dc"}}})
	p := plant(t, s)
	index, rows := longKey("m", "host", "a", "dc", "n", "in", "index"), longKey("m", "host", "a", "dc", "n", "in", "rows")
	p.tagged(index, 0, "host", "dc")
	p.tagged(index, 0, "host") // as a server lists it that has other tags configured
	p.do(`INSERT INTO tag_indexed_row_keys (metric, table_name, row_time, single_tag_pair, mtime) VALUES (?, 'data_points', ?, ?, now())`, "m", int64(0), "host=ghost")
	p.series(rows, 0)
	p.each(300, func(i int) { p.tagged(longKey("m", "host", "a", "dc", "wide", "i", fmt.Sprint(i)), 0, "dc") })
	matcher := func(tag string, v ...string) storage.Matcher { return storage.Matcher{Tag: tag, Values: v} }
	many := matcher("host", "a")
	for i := range mostLookups {
		many.Values = append(many.Values, fmt.Sprint(i))
	}
	for _, c := range []struct {
		name     string
		matchers []storage.Matcher
		want     string
	}{
		{"none", nil, "rows"},
		{"a value", []storage.Matcher{matcher("host", "a")}, "index"},
		{"values", []storage.Matcher{matcher("host", "b", "a", "a")}, "index"},
		{"too many values", []storage.Matcher{many}, "rows"},
		{"a static row", []storage.Matcher{matcher("host", "ghost")}, ""},
		{"a tag that is not indexed", []storage.Matcher{matcher("in", "index", "rows")}, "rows"},
		{"one that is and one that is not", []storage.Matcher{matcher("in", "index", "rows"), matcher("host", "a")}, "index"},
		{"not", []storage.Matcher{{Tag: "host", Values: []string{"b"}, Not: true}}, "rows"},
		{"or absent", []storage.Matcher{{Tag: "host", Values: []string{"a"}, Absent: true}}, "rows"},
		{"a pattern", []storage.Matcher{{Tag: "host", Values: []string{"a"}, Patterns: []*storage.Pattern{pattern(t, "b.*")}}}, "rows"},
		{"a pattern of one value", []storage.Matcher{{Tag: "host", Patterns: []*storage.Pattern{pattern(t, "a")}}}, "index"},
		{"the rare one of two", []storage.Matcher{matcher("dc", "wide", "n"), matcher("host", "a"), matcher("in", "index")}, "index"},
	} {
		var got string
		for series, err := range s.find(t.Context(), storage.Selection{Metrics: []string{"m"}, Matchers: c.matchers}, points.Always) {
			if err != nil {
				t.Fatal(err)
			}
			in, _ := series.key.Tags.Value("in")
			if got += in; len(series.rows) != 1 {
				t.Errorf("%s: rows %v", c.name, series.rows)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestTagEstimate: the number of series of a pair is told by a few of them.
func TestTagEstimate(t *testing.T) {
	s := opened(t, Config{TagIndexed: map[string][]string{"*": nil}})
	p := plant(t, s)
	p.each(1500, func(i int) {
		k := longKey("m", "dc", "n", "i", fmt.Sprint(i))
		p.do(insertTagRow, "m", pointTable, int64(0), k.Type, "dc=n", int(codec.TagHash(k.Tags)), storedMap(codec.AppendTags(nil, k.Tags)), 0)
		if i < 30 {
			p.do(insertTagRow, "m", pointTable, int64(0), k.Type, "dc=s", int(codec.TagHash(k.Tags)), storedMap(codec.AppendTags(nil, k.Tags)), 0)
		}
	})
	for _, c := range []struct {
		pair      string
		low, high float64
	}{{"dc=n", 1000, 2200}, {"dc=s", 30, 30}, {"dc=x", 0, 0}} {
		got, err := estimateTagged(t.Context(), "m", rowTime{conn: p.conn}, c.pair)
		if err != nil || got < c.low || got > c.high {
			t.Errorf("%s: got %v %v, want %v to %v", c.pair, got, err, c.low, c.high)
		}
	}
	ways := []tagLookup{{"dc", []string{"n"}}, {"dc", []string{"s", "t", "u"}}, {"dc", slices.Repeat([]string{"x"}, 50)}}
	best, err := cheapest(t.Context(), "m", rowTime{conn: p.conn}, ways)
	if err != nil || len(best.values) != 3 {
		t.Errorf("got %v %v, want the second way", best, err)
	}
}
