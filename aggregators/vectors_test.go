package aggregators

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aion/storage/points"
)

// vector is a case of the recorded answers of KairosDB's classes.
type vector struct {
	ID        string         `json:"id"`
	DefaultTZ string         `json:"default_tz"`
	Series    []vectorSeries `json:"series"`
	Query     struct {
		Start    int64           `json:"start_absolute"`
		End      *int64          `json:"end_absolute"`
		TimeZone json.RawMessage `json:"time_zone"`
		Metrics  []vectorMetric  `json:"metrics"`
	} `json:"query"`
	Expect struct {
		Status      int             `json:"status"`
		Results     []vectorResult  `json:"results"`
		Errors      []*string       `json:"errors"`
		ErrorsMatch string          `json:"errors_match"`
		Saved       json.RawMessage `json:"saved"`
	} `json:"expect"`
}

// vectorSeries is one stored series.
type vectorSeries struct {
	Type   string               `json:"type"`
	Tags   map[string]string    `json:"tags"`
	Points [][2]json.RawMessage `json:"points"`
}

// vectorMetric is what is asked of the metric.
type vectorMetric struct {
	Tags        map[string]json.RawMessage `json:"tags"`
	Limit       json.RawMessage            `json:"limit"`
	Order       json.RawMessage            `json:"order"`
	GroupBy     json.RawMessage            `json:"group_by"`
	Aggregators json.RawMessage            `json:"aggregators"`
}

// vectorResult is one expected group.
type vectorResult struct {
	Points [][]json.RawMessage `json:"points"`
}

// vectors reads a file of the conformance suite.
func vectors(t *testing.T, name string) []vector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "conformance", "testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []json.RawMessage `json:"cases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var all []vector
	for _, raw := range file.Cases {
		var v vector
		if err := json.Unmarshal(raw, &v); err != nil {
			// Queries that are no queries are the protocol's affair.
			var bad *json.UnmarshalTypeError
			if !errors.As(err, &bad) {
				t.Fatal(err)
			}
			continue
		}
		all = append(all, v)
	}
	return all
}

// TestVectors answers the recorded cases as develop and as 1.3 do.
func TestVectors(t *testing.T) {
	cases := append(vectors(t, "aggregators.json"), vectors(t, "aggregators-random.json")...)
	published := map[string]vector{}
	for _, v := range vectors(t, "aggregators-1.3.0.json") {
		published[v.ID] = v
	}
	ran := 0
	for _, v := range cases {
		if v.bindsWrong() {
			continue
		}
		ran++
		for _, blocks := range []int{1, 2, 7, points.BlockSize} {
			v.check(t, Develop, blocks)
			w := v
			if other, ok := published[v.ID]; ok {
				w.Expect = other.Expect
			}
			w.check(t, V13, blocks)
		}
	}
	if ran < 957 {
		t.Errorf("only %d of %d cases ran", ran, len(cases))
	}
}

// bindsWrong tells whether the case fails before there are values: in the words
// of the protocol, not in ours.
func (v *vector) bindsWrong() bool {
	prefixes := []string{
		"val-", "value-zero", "value-missing", "bin-missing", "bin-empty", "time-zero", "time-missing-size", "tag-string",
		"sampling-unit", "sampling-null", "dev-return-type-unknown", "score-bad-order", "trim-invalid", "filter-bad-op",
		// What fails only because NaN cannot be printed.
		"pipe-nan", "lsq-same-x", "sma-negative", "gaps-then-avg",
	}
	return v.Expect.Status != 200 && slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(v.ID, p) })
}

// check runs the case and compares.
func (v *vector) check(t *testing.T, r Release, blocks int) {
	t.Helper()
	var saved []string
	groups, err := v.run(t, r, blocks, &saved)
	if v.Expect.Status != 200 {
		want := "<any>"
		if v.Expect.ErrorsMatch == "exact" {
			want = ""
			if v.Expect.Errors[0] != nil {
				want = *v.Expect.Errors[0]
			}
		}
		if got := failure(err); want != "<any>" && got != want || err == nil {
			t.Errorf("%s as %s: got %v %q, want the failure %q", v.ID, r, groups, got, want)
		}
		return
	}
	if err != nil {
		t.Errorf("%s as %s: %v", v.ID, r, err)
		return
	}
	if want := v.expected(t); !equalGroups(groups, want) {
		t.Errorf("%s as %s, blocks of %d:\n got %v\nwant %v", v.ID, r, blocks, groups, want)
	}
	if want := v.saved(t); want != nil && !slices.Equal(saved, want) {
		t.Errorf("%s as %s, blocks of %d, saved:\n got %v\nwant %v", v.ID, r, blocks, saved, want)
	}
}

// equalGroups compares groups of points; any NaN equals any other.
func equalGroups(a, b [][]point) bool {
	return slices.EqualFunc(a, b, func(a, b []point) bool { return slices.Equal(a, b) })
}

// failure is the message of a ComputeError, or a PropertyError as KairosDB
// words it.
func failure(err error) string {
	var compute *ComputeError
	var property *PropertyError
	switch {
	case errors.As(err, &compute):
		return compute.Message
	case errors.As(err, &property):
		return "query.metric[0].aggregators[0]." + property.Property + " " + property.Problem
	case err != nil:
		return err.Error()
	}
	return "<none>"
}

// run answers the case's query: its groups in order.
func (v *vector) run(t *testing.T, r Release, blocks int, saved *[]string) ([][]point, error) {
	t.Helper()
	chain, err := v.chain(t, r)
	if err != nil {
		return nil, err
	}
	m := &v.Query.Metrics[0]
	run := &Run{Sink: sink{saved}}
	split := newSplit(m.GroupBy, v.Query.Start)
	if split.err != nil {
		return nil, split.err
	}
	groups := split.tagGroups(v.rows(t))
	if len(groups) == 0 && len(split.others) == 0 {
		groups = []tagGroup{{}}
	}
	var results [][]point
	for _, g := range groups {
		group := Group{Metric: "m", Tags: g.tags(), By: split.named, Run: run}
		streams := [][]point{merged(g.streams(), m.desc())}
		if len(split.others) != 0 && len(g.rows) != 0 {
			streams = split.subStreams(streams[0])
		}
		for _, stream := range streams {
			var rows [][]point
			if blocks > 1 && len(split.others) == 0 && m.limit() == 0 && !m.desc() {
				rows = g.streams()
			}
			got, err := readAll(t, chained(chain, group, cutTo(stream, m.limit()), rows, blocks))
			if err != nil {
				return nil, err
			}
			if len(got) != 0 || r != Develop {
				results = append(results, got)
			}
		}
	}
	return results, nil
}

// chained runs a chain on a stream, or on the rows that it is made of where
// they are given and the first aggregator takes them.
func chained(chain []Aggregator, g Group, stream []point, rows [][]point, blocks int) points.Cursor {
	kind := points.Number
	if len(stream) != 0 {
		kind = stream[0].groupKind()
	}
	side, ok := sideBySide(chain, kind)
	if !ok || rows == nil {
		return apply(chain, g, &cursor{points: stream, size: blocks}, kind)
	}
	var all []points.Cursor
	for _, s := range rows {
		all = append(all, &cursor{points: s, size: blocks})
	}
	kind, _ = side.Kind(kind)
	return apply(chain[1:], g, side.ApplyAll(g, all), kind)
}

// sideBySide is the first of the chain, if it takes series side by side.
func sideBySide(chain []Aggregator, kind points.Kind) (SideBySide, bool) {
	if len(chain) == 0 {
		return nil, false
	}
	side, ok := chain[0].(SideBySide)
	if ok {
		_, ok = side.Kind(kind)
	}
	return side, ok
}

// apply chains the aggregators that take what comes.
func apply(chain []Aggregator, g Group, in points.Cursor, kind points.Kind) points.Cursor {
	for _, a := range chain {
		if out, ok := a.Kind(kind); ok {
			in, kind = a.Apply(g, in), out
		}
	}
	return in
}
