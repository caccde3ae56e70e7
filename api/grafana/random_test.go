package grafana

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"aion/storage/points"
)

// sample is a stored point of the random panels.
type sample struct {
	host, dc string
	at       int64
	v        float64
}

// random is a panel of theirs.
type random struct {
	from, to, room, interval int64
	aggregator, fill, zone   string // empty: none
	sampling                 int64  // seconds; 0: automatic
	byHost, end              bool
	dc, not                  string // filters; empty: none
}

// samples are points of six series over some days, where steps have many points,
// one, or none.
func samples(r *rand.Rand, start int64) (all []sample) {
	for _, host := range []string{"a", "b", "c"} {
		for _, dc := range []string{"x", "y"} {
			at := start
			for range 400 {
				at += 1 + r.Int64N([]int64{2_000, 60_000, 3_600_000}[r.IntN(3)])
				all = append(all, sample{host, dc, at, float64(r.IntN(2000)-1000) / 4})
			}
		}
	}
	return all
}

// newRandom is a random panel of the days from start on.
func newRandom(r *rand.Rand, start int64) random {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	q := random{
		from: start - day + r.Int64N(9*day), room: 1 + r.Int64N(400), interval: r.Int64N(2) * r.Int64N(100_000),
		aggregator: pick("", "avg", "sum", "min", "max", "count", "first", "last"), fill: pick("", "", "null", "zero", "previous"),
		zone: pick("", "Europe/Berlin", "America/New_York"), byHost: r.IntN(2) == 0, end: r.IntN(3) == 0, dc: pick("", "", "x"), not: pick("", "", "b"),
	}
	q.to = q.from + r.Int64N([]int64{hour, 10 * day}[r.IntN(2)])
	if r.IntN(3) == 0 { // steps of days and more
		q.room = 1 + r.Int64N(12)
	}
	if r.IntN(4) == 0 {
		q.sampling = []int64{7, 60, 420, 7200, 86400}[r.IntN(5)]
	}
	return q
}

// text is the panel as a plugin sends it.
func (q *random) text() string {
	payload := map[string]any{}
	set := func(name, value string) {
		if value != "" {
			payload[name] = value
		}
	}
	set("aggregator", q.aggregator)
	set("fill", q.fill)
	if q.byHost {
		payload["group_by"] = []string{"host"}
	}
	if q.end {
		set("align", "end")
	}
	if q.sampling > 0 {
		set("sampling", strconv.FormatInt(q.sampling, 10)+"s")
	}
	filters := []map[string]string{}
	if q.dc != "" {
		filters = append(filters, map[string]string{"key": "dc", "operator": "=", "value": q.dc})
	}
	if q.not != "" {
		filters = append(filters, map[string]string{"key": "host", "operator": "!=", "value": q.not})
	}
	text, _ := json.Marshal(map[string]any{
		"range": map[string]int64{"from": q.from, "to": q.to}, "maxDataPoints": q.room, "intervalMs": q.interval, "filters": filters, "timezone": q.zone,
		"targets": []any{map[string]any{"refId": "A", "target": "m", "payload": payload}},
	})
	return string(text)
}

// naive answers a panel point by point: the points of each series by its name, and
// whether the panel is refused.
func (q *random) naive(all []sample) (map[string][][2]any, bool) {
	groups, total := map[string][]sample{}, int64(0)
	step := stepFor(points.Range{From: q.from, To: q.to}, q.room, q.interval)
	if q.sampling > 0 {
		step = points.Span{Value: q.sampling, Unit: points.Seconds}
	}
	edges := q.edges(step)
	for _, s := range all {
		if s.at > q.to || q.dc != "" && s.dc != q.dc || q.not != "" && s.host == q.not {
			continue
		}
		name := "m"
		if q.byHost {
			name += " host=" + s.host
		}
		if s.at >= q.from {
			total++
		}
		if s.at >= edges[0] {
			groups[name] = append(groups[name], s)
		}
	}
	asked := q.aggregator != "" || q.fill != "" || total > q.room
	if asked && (q.to-edges[0])/length(step)+1 > excess*q.room {
		return nil, true
	}
	answer := map[string][][2]any{}
	for name, list := range groups {
		slices.SortStableFunc(list, func(a, b sample) int { return int(a.at - b.at) })
		if asked {
			answer[name] = q.folded(list, edges)
		} else {
			for _, s := range list {
				if s.at >= q.from {
					answer[name] = append(answer[name], [2]any{s.v, float64(s.at)})
				}
			}
		}
	}
	return answer, false
}

// edges are where the steps of a panel begin, and where the last one ends.
func (q *random) edges(step points.Span) (list []int64) {
	location, _ := time.LoadLocation(q.zone)
	t := time.UnixMilli(q.from).In(location)
	y, m, d := t.Date()
	days, months := 0, 0
	switch step.Unit {
	case points.Days:
		days = 1
	case points.Weeks:
		days, d = 7, d-(int(t.Weekday())+6)%7
	case points.Months:
		months, m, d = int(step.Value), m-(m-1)%time.Month(step.Value), 1
	case points.Years:
		months, m, d = 12, 1, 1
	}
	for at := time.Date(y, m, d, 0, 0, 0, 0, location); ; at = at.AddDate(0, months, days) {
		if days+months == 0 {
			at = at.Add(time.Duration((q.from - at.UnixMilli()) / length(step) * length(step) * 1e6))
			for ms := at.UnixMilli(); ms <= q.to && len(list) <= 20*mostPoints; ms += length(step) {
				list = append(list, ms)
			}
			return append(list, at.UnixMilli()+int64(len(list))*length(step))
		}
		list = append(list, at.UnixMilli())
		if at.UnixMilli() > q.to {
			return list
		}
	}
}

// folded folds the points of each step, and fills steps without any.
func (q *random) folded(list []sample, edges []int64) (folded [][2]any) {
	var last any
	for i, at := range edges[:len(edges)-1] {
		var values []float64
		for _, s := range list {
			if s.at >= at && s.at < edges[i+1] {
				values = append(values, s.v)
			}
		}
		stamp := at
		if q.end {
			stamp = edges[i+1]
		}
		switch {
		case len(values) > 0:
			last = fold(q.aggregator, values)
		case q.fill == "":
			continue
		case q.fill == "zero":
			last = 0.0
		case q.fill == "null":
			last = nil
		}
		folded = append(folded, [2]any{last, float64(stamp)})
	}
	return folded
}

// fold is one aggregator in the plainest words.
func fold(name string, v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	switch name {
	case "sum":
		return sum
	case "min":
		return slices.Min(v)
	case "max":
		return slices.Max(v)
	case "count":
		return float64(len(v))
	case "first":
		return v[0]
	case "last":
		return v[len(v)-1]
	}
	return sum / float64(len(v))
}

// TestRandomPanels compares panels with the plainest way to answer them, also of days
// that have 23 hours or 25.
func TestRandomPanels(t *testing.T) {
	for _, start := range []int64{epoch, 1_711_700_000_000, 1_730_200_000_000} {
		t.Run(time.UnixMilli(start).UTC().Format(time.DateOnly), func(t *testing.T) {
			r := rand.New(rand.NewPCG(8, uint64(start)))
			p, all := newTested(t), samples(r, start)
			for _, s := range all {
				p.put(t, "m", map[string]string{"host": s.host, "dc": s.dc}, s.at, 1, s.v)
			}
			refused := 0
			for i := range 250 {
				q := newRandom(r, start)
				want, no := q.naive(all)
				got := p.call(t, "POST", "/query", q.text())
				if no {
					refused++
				}
				if no != (got.status == 400) {
					t.Fatalf("panel %d %s: got %d %.200s, want refused: %v", i, q.text(), got.status, got.body, no)
				}
				if no {
					continue
				}
				if diff := compared(t, got.body, want); diff != "" {
					t.Fatalf("panel %d %s: %s", i, q.text(), diff)
				}
			}
			if refused == 0 || refused > 125 {
				t.Errorf("got %d panels refused, want some and not most", refused)
			}
		})
	}
}

// compared tells how an answer differs from what is wanted.
func compared(t *testing.T, body string, want map[string][][2]any) string {
	t.Helper()
	var elements []struct {
		Target     string
		Datapoints [][2]any
	}
	if err := json.Unmarshal([]byte(body), &elements); err != nil {
		return err.Error()
	}
	got := map[string][][2]any{}
	for _, e := range elements {
		if len(e.Datapoints) > 0 {
			got[e.Target] = e.Datapoints
		}
	}
	for _, m := range []map[string][][2]any{got, want} {
		for name, list := range m {
			if len(list) == 0 {
				delete(m, name)
			}
			for i := range list {
				if v, ok := list[i][0].(float64); ok {
					list[i][0] = math.Round(v*1e6) / 1e6
				}
			}
		}
	}
	if reflect.DeepEqual(got, want) {
		return ""
	}
	for name := range want {
		for i, w := range want[name] {
			if i >= len(got[name]) || got[name][i] != w {
				return fmt.Sprintf("%s at %d of %d: got %v, want %v", name, i, len(want[name]), got[name][i:min(i+3, len(got[name]))], want[name][i:min(i+3, len(want[name]))])
			}
		}
	}
	return fmt.Sprintf("got %v series, want %v", len(got), len(want))
}
