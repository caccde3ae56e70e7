package aggregators

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aion/storage/points"
)

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

// desc tells whether the newest points come first.
func (m *vectorMetric) desc() bool { return bytes.EqualFold(m.Order, []byte(`"desc"`)) }

// limit is how many points a row and a group may have; 0: any number.
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
