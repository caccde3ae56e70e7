package connio

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// distinct stores so many points, no two of one value.
func (e *estate) distinct(n int64) {
	e.t.Helper()
	var block points.Block
	for i := range n {
		block.AppendInt(i, i)
	}
	var b storage.Batch
	tags := points.TagsOf(map[string]string{"device": "_dev_100000000000000001", "profile": "mysensor"})
	b.Put(points.Key{Metric: "temperature", Tags: tags, Type: points.TypeLong}, block, 0)
	e.must(e.store.Write(e.t.Context(), &b))
}

// TestManyGroups: very many groups are charged for themselves, and what cannot be
// held, nor read one by one, ends as soon as that is known.
func TestManyGroups(t *testing.T) {
	const byValue = `{"groupBy":[{"name":"value","rangeSize":1}],"aggregators":[{"name":"count","sampling":{"value":1,"unit":"days"}}]}`
	for _, test := range []struct {
		name   string
		limits query.Limits
		want   string
	}{
		{"points that may not be held", query.Limits{MaxMemory: 1000, MaxPoints: 3000}, "query.max-memory of 1000"},
		{"groups that may not be held", query.Limits{MaxMemory: 1 << 20}, "query.max-memory of 1048576"},
		{"all may be held", query.Limits{MaxMemory: 1 << 30}, `"sampleSize":5000`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := openEstate(t, false)
			e.p.Limits = test.limits
			e.distinct(5000)
			if status, got := e.ask("device", "POST", "/data/properties/temperature/query", byValue); !strings.Contains(got, test.want) {
				t.Errorf("got %d %.300s, want %s", status, got, test.want)
			}
		})
	}
}

// TestGroupsBehindLimit: points behind the limit begin no groups, which nobody would
// see, and tell of the system tags of those that are there.
func TestGroupsBehindLimit(t *testing.T) {
	e := openEstate(t, false)
	e.distinct(5000)
	var series []storage.Series
	for s, err := range e.store.Select(t.Context(), storage.Selection{Metrics: []string{"temperature"}}) {
		e.must(err)
		series = append(series, s)
	}
	by := grouper{by: "value", size: 1}
	for _, groupers := range [][]grouper{{by}, {by, by, by, by, by}} {
		a := &ask{question: &question{limit: 2, groupers: groupers}, p: e.p, reach: points.Range{From: 0, To: math.MaxInt64}}
		d := a.drawing(series)
		e.must(d.all(t.Context()))
		if d.read != 5000 || len(d.list) != 2 || len(d.classes) > 1+2*len(groupers) {
			t.Errorf("by %d: got %d points read, %d groups and %d classes, want 2 groups of 5000 points", len(groupers), d.read, len(d.list), len(d.classes))
		}
	}
}

// TestLimitOfKinds: where a property without a type has numbers and texts, a limit counts
// them together, and each kind is a group with the tags of its own points.
func TestLimitOfKinds(t *testing.T) {
	e := openEstate(t, false)
	var b storage.Batch
	put := func(typ, source string, at int64) {
		var block points.Block
		block.Reset(points.KindOf(typ))
		if typ == points.TypeText {
			block.AppendText(at, "on")
		} else {
			block.AppendInt(at, at)
		}
		tags := map[string]string{"device": "_dev_100000000000000001", "protocol": "rest", "source": source}
		b.Put(points.Key{Metric: "mixed", Tags: points.TagsOf(tags), Type: typ}, block, 0)
	}
	put(points.TypeLong, "object", 1)
	put(points.TypeText, "object", 2)
	put(points.TypeLong, "external_client", 3)
	put(points.TypeText, "other", 4)
	e.must(e.store.Write(t.Context(), &b))
	for _, test := range []struct{ query, want string }{
		{`{"limit":3}`, `[{"t":"1970-01-01T00:00:00.001Z","v":1},{"t":"1970-01-01T00:00:00.003Z","v":3}] number ["external_client","object"];` +
			`[{"t":"1970-01-01T00:00:00.002Z","v":"on"}] text ["object","other"]`},
		{`{"limit":1,"order":"desc"}`, `[{"t":"1970-01-01T00:00:00.004Z","v":"on"}] text ["object","other"]`},
		{`{"limit":1,"tags":{"source":["object","external_client"]}}`, `[{"t":"1970-01-01T00:00:00.001Z","v":1}] number ["external_client","object"]`},
		{`{"limit":1,"tags":{"source":["other"]}}`, `[{"t":"1970-01-01T00:00:00.004Z","v":"on"}] text ["other"]`},
	} {
		status, text := e.ask("device", "POST", "/data/properties/mixed/query", test.query)
		var got struct {
			Results []struct {
				Values     json.RawMessage
				GroupBy    []struct{ GroupByType struct{ Type string } }
				Attributes struct{ Source json.RawMessage }
			}
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%d %s: %v", status, text, err)
		}
		var all []string
		for _, r := range got.Results {
			all = append(all, fmt.Sprintf("%s %s %s", r.Values, r.GroupBy[0].GroupByType.Type, r.Attributes.Source))
		}
		if got := strings.Join(all, ";"); got != test.want {
			t.Errorf("%s: got %s, want %s", test.query, got, test.want)
		}
	}
}
