package aggregators

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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

type vectorSeries struct {
	Type   string               `json:"type"`
	Tags   map[string]string    `json:"tags"`
	Points [][2]json.RawMessage `json:"points"`
}

type vectorMetric struct {
	Tags        map[string]json.RawMessage `json:"tags"`
	Limit       json.RawMessage            `json:"limit"`
	Order       json.RawMessage            `json:"order"`
	GroupBy     json.RawMessage            `json:"group_by"`
	Aggregators json.RawMessage            `json:"aggregators"`
}

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
	prefixes := []string{"val-", "value-zero", "value-missing", "bin-missing", "bin-empty", "time-zero", "time-missing-size",
		"sampling-unit", "sampling-null", "dev-return-type-unknown", "score-bad-order", "trim-invalid", "filter-bad-op", "tag-string", "pipe-nan",
		"lsq-same-x", "sma-negative", "gaps-then-avg"}
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

// expected are the groups that the case wants.
func (v *vector) expected(t *testing.T) [][]point {
	t.Helper()
	var groups [][]point
	for _, r := range v.Expect.Results {
		var all []point
		for _, p := range r.Points {
			all = append(all, expectedPoint(t, p))
		}
		groups = append(groups, all)
	}
	return groups
}

// expectedPoint reads [time, kind, value, bits].
func expectedPoint(t *testing.T, p []json.RawMessage) point {
	t.Helper()
	at, err := strconv.ParseInt(string(p[0]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := strconv.Unquote(string(p[1]))
	switch kind {
	case "long":
		n, _ := strconv.ParseInt(string(p[2]), 10, 64)
		return long(at, n)
	case "double":
		f, err := strconv.ParseFloat(strings.Trim(string(p[2]), `"`), 64)
		if err != nil && len(p) < 4 {
			t.Fatal(err)
		}
		if len(p) > 3 {
			bits, err := strconv.ParseUint(strings.Trim(string(p[3]), `"`), 0, 64)
			if err != nil {
				t.Fatal(err)
			}
			f = math.Float64frombits(bits)
		}
		return double(at, f)
	case "string":
		var s string
		_ = json.Unmarshal(p[2], &s)
		return text(at, s)
	case "complex":
		return point{at: at, kind: "opaque"}
	}
	return null(at)
}

// saved are the points that the case wants published; nil where it does not say.
func (v *vector) saved(t *testing.T) []string {
	t.Helper()
	var list []struct {
		Metric string            `json:"metric"`
		TTL    int64             `json:"ttl"`
		Tags   map[string]string `json:"tags"`
		Point  []json.RawMessage `json:"point"`
	}
	if json.Unmarshal(v.Expect.Saved, &list) != nil {
		return nil
	}
	all := []string{}
	for _, s := range list {
		p := expectedPoint(t, s.Point)
		all = append(all, fmt.Sprint(s.Metric, " ", s.TTL, " ", points.TagsOf(s.Tags), " ", p))
	}
	return all
}

// sink lists what is saved.
type sink struct{ saved *[]string }

// Save adds the points of b.
func (s sink) Save(_ context.Context, metric string, tags points.Tags, ttl time.Duration, b *points.Block) error {
	for _, p := range pointsOf(b) {
		*s.saved = append(*s.saved, fmt.Sprint(metric, " ", int64(ttl/time.Second), " ", tags, " ", p))
	}
	return nil
}

// row is a stored series within the query's range.
type row struct {
	kind   string
	tags   map[string]string
	points []point
}

// rows are the case's stored series as the query sees them.
func (v *vector) rows(t *testing.T) []row {
	t.Helper()
	m, end := &v.Query.Metrics[0], int64(math.MaxInt64)
	if v.Query.End != nil {
		end = *v.Query.End
	}
	var rows []row
	for _, s := range v.Series {
		r := row{kind: map[string]string{"long": "number", "double": "number", "string": "text"}[s.Type], tags: s.Tags}
		for _, p := range s.Points {
			if q := storedPoint(t, s.Type, p); v.Query.Start <= q.at && q.at <= end {
				r.points = append(r.points, q)
			}
		}
		slices.SortFunc(r.points, compareMerged)
		if m.desc() {
			slices.Reverse(r.points)
		}
		r.points = cutTo(r.points, m.limit())
		if m.selects(s.Tags) && len(r.points) != 0 {
			rows = append(rows, r)
		}
	}
	return rows
}

// storedPoint reads [time, value].
func storedPoint(t *testing.T, kind string, p [2]json.RawMessage) point {
	t.Helper()
	if kind == "complex" {
		at, _ := strconv.ParseInt(string(p[0]), 10, 64)
		return point{at: at, kind: "opaque"}
	}
	return expectedPoint(t, []json.RawMessage{p[0], json.RawMessage(strconv.Quote(kind)), p[1]})
}

// selects tells whether the metric's tag filter lets a series pass.
func (m *vectorMetric) selects(tags map[string]string) bool {
	for name, raw := range m.Tags {
		var values []string
		if json.Unmarshal(raw, &values) != nil {
			var one string
			_ = json.Unmarshal(raw, &one)
			values = []string{one}
		}
		if value, ok := tags[name]; !ok || !slices.Contains(values, value) {
			return false
		}
	}
	return true
}

func (m *vectorMetric) desc() bool { return bytes.EqualFold(m.Order, []byte(`"desc"`)) }

func (m *vectorMetric) limit() int { return int(lenient(m.Limit)) }

// lenient reads a number that may be a text, as Gson does.
func lenient(raw json.RawMessage) float64 {
	f, _ := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	return f
}

// cutTo keeps at most limit points, if there is a limit.
func cutTo(all []point, limit int) []point {
	if limit > 0 && len(all) > limit {
		return all[:limit]
	}
	return all
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
			stream = cutTo(stream, m.limit())
			in := points.Cursor(&cursor{points: stream, size: blocks})
			rest, kind := chain, points.Number
			if len(stream) != 0 {
				kind = stream[0].groupKind()
			}
			if side, ok := sideBySide(chain, kind); ok && blocks > 1 && len(split.others) == 0 && m.limit() == 0 && !m.desc() {
				var all []points.Cursor
				for _, s := range g.streams() {
					all = append(all, &cursor{points: s, size: blocks})
				}
				in, rest = side.ApplyAll(group, all), chain[1:]
				kind, _ = side.Kind(kind)
			}
			got, err := readAll(t, apply(rest, group, in, kind))
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

// chain builds the case's aggregators.
func (v *vector) chain(t *testing.T, r Release) ([]Aggregator, error) {
	t.Helper()
	env := Env{Now: 1_760_000_000_000, Start: v.Query.Start, End: math.MaxInt64, Release: r, FreeOrder: true}
	if v.Query.End != nil {
		env.End = *v.Query.End
	}
	id := v.DefaultTZ
	if len(v.Query.TimeZone) != 0 && string(v.Query.TimeZone) != "null" {
		_ = json.Unmarshal(v.Query.TimeZone, &id)
	}
	var err error
	if env.Zone, err = LoadZone(id); err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	_ = json.Unmarshal(v.Query.Metrics[0].Aggregators, &list)
	var chain []Aggregator
	for _, raw := range list {
		name, values := bind(t, raw)
		spec, ok := Builtin().Spec(name)
		if !ok {
			t.Fatalf("%s: no aggregator %q", v.ID, name)
		}
		a, err := spec.Build(env, values)
		if err != nil {
			return nil, err
		}
		chain = append(chain, a)
	}
	return chain, nil
}

// bind makes values of an aggregator's JSON, member by member in order.
func bind(t *testing.T, raw json.RawMessage) (name string, values Values) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(members["name"], &name)
	spec, _ := Builtin().Spec(name)
	values = Values{}
	place := func(member string) int { return bytes.Index(raw, []byte(strconv.Quote(member)+":")) }
	names := slices.SortedFunc(maps.Keys(members), func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	for _, member := range names {
		if member == "name" {
			continue
		}
		p, ok := spec.Property(member)
		if !ok {
			t.Fatalf("%s has no property %s", name, member)
		}
		if p.Type == UnitOnly {
			member = "sampling"
		}
		values[member] = bindValue(t, p, members[p.Name])
	}
	return name, values
}

// bindValue makes the value of one property.
func bindValue(t *testing.T, p *Property, raw json.RawMessage) any {
	t.Helper()
	var s string
	_ = json.Unmarshal(raw, &s)
	switch p.Type {
	case Int, Long:
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return n
		}
		return int64(lenient(raw))
	case Double:
		return lenient(raw)
	case Bool:
		return bytes.EqualFold(bytes.Trim(raw, `"`), []byte("true"))
	case Sampling:
		var span struct {
			Value json.RawMessage
			Unit  string
		}
		_ = json.Unmarshal(raw, &span)
		unit, _ := points.ParseUnit(span.Unit)
		n, _ := strconv.ParseInt(strings.Trim(string(span.Value), `"`), 10, 64)
		if n == 0 {
			n = int64(lenient(span.Value))
		}
		return points.Span{Value: n, Unit: unit}
	case UnitOnly:
		unit, _ := points.ParseUnit(s)
		return points.Span{Value: 1, Unit: unit}
	case ZoneID:
		z, err := LoadZone(s)
		if err != nil {
			t.Fatal(err)
		}
		return z
	case Thresholds:
		return bindThresholds(raw)
	case Any:
		switch raw[0] {
		case '"':
			return s
		case 't', 'f', '[', '{':
			return Other{}
		}
		return lenient(raw)
	case TagMap:
		var tags map[string]string
		_ = json.Unmarshal(raw, &tags)
		return points.TagsOf(tags)
	}
	return s
}

// bindThresholds makes score's thresholds.
func bindThresholds(raw json.RawMessage) []Threshold {
	var list []struct {
		Value    json.RawMessage
		Boundary *string
	}
	_ = json.Unmarshal(raw, &list)
	all := []Threshold{}
	for _, x := range list {
		t := Threshold{Value: lenient(x.Value), Boundary: superior}
		if x.Boundary != nil {
			t.Boundary = *x.Boundary
		}
		all = append(all, t)
	}
	return all
}
