package grafana

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"aion/aggregators"
	"aion/storage/points"
)

// panel is the body of a request for points. What it does not name is passed
// over: Grafana adds members with every release.
type panel struct {
	Range         *span           `json:"range"`
	RequestID     json.RawMessage `json:"requestId"`
	Timezone      json.RawMessage `json:"timezone"`
	Interval      json.RawMessage `json:"interval"`
	IntervalMs    json.RawMessage `json:"intervalMs"`
	MaxDataPoints json.RawMessage `json:"maxDataPoints"`
	Filters       []filter        `json:"filters"`
	AdhocFilters  []filter        `json:"adhocFilters"`
	ScopedVars    json.RawMessage `json:"scopedVars"`
	Targets       []target        `json:"targets"`
}

// span is a time range as Grafana sends it.
type span struct {
	From json.RawMessage `json:"from"`
	To   json.RawMessage `json:"to"`
}

// target is one query of a panel.
type target struct {
	RefID   json.RawMessage `json:"refId"`
	Target  json.RawMessage `json:"target"`
	Payload json.RawMessage `json:"payload"`
	Data    json.RawMessage `json:"data"` // what older versions call the payload
	Hide    json.RawMessage `json:"hide"`
	Type    json.RawMessage `json:"type"`
	Format  json.RawMessage `json:"format"`
}

// mostTargets is how many queries a panel may have.
const mostTargets = 1000

// noTarget is what simple-json's editor shows before anything is chosen.
const noTarget = "select metric"

// scene is what all targets of a request have in common.
type scene struct {
	within   points.Range
	room     int64 // points that a series may have
	interval int64 // below which no step goes, in milliseconds
	zone     *aggregators.Zone
	filters  []filter
}

// scene reads what all targets have in common.
func (p *Protocol) scene(q *panel) (scene, error) {
	f := scene{room: numberOf(q.MaxDataPoints), interval: numberOf(q.IntervalMs), zone: p.Zone}
	if f.room == 0 {
		f.room = usualPoints
	}
	f.room = min(f.room, mostPoints)
	if text, _ := textOf(q.Interval); f.interval == 0 {
		if s, ok := parseSpan(text); ok {
			f.interval = length(s)
		}
	}
	if text, _ := textOf(q.Timezone); zoneName(text) != "" {
		if zone, err := aggregators.LoadZone(zoneName(text)); err == nil {
			f.zone = zone
		}
	}
	f.filters = q.Filters
	if len(f.filters) == 0 {
		f.filters = q.AdhocFilters
	}
	if len(q.Targets) > mostTargets {
		return f, bad("targets: got %d, want at most %d", len(q.Targets), mostTargets)
	}
	var err error
	f.within, err = p.within(q.Range)
	return f, err
}

// zoneName is the name of a zone that Grafana calls so; empty where it is the
// browser's, which only that knows.
func zoneName(text string) string {
	switch text {
	case "browser":
		return ""
	case "utc":
		return "UTC"
	}
	return text
}

// within is the range of a request: the last hour where it names none.
func (p *Protocol) within(s *span) (points.Range, error) {
	now := p.Now().UnixMilli()
	r := points.Range{From: now - hour, To: now}
	if s == nil {
		return r, nil
	}
	for _, end := range []struct {
		name string
		raw  json.RawMessage
		at   *int64
	}{{"range.to", s.To, &r.To}, {"range.from", s.From, &r.From}} {
		if !present(end.raw) {
			r.From = r.To - hour
			continue
		}
		at, ok := instant(end.raw)
		if !ok {
			return r, bad("%s: got %s, want a time such as 2026-01-31T10:00:00.000Z", end.name, shown(end.raw))
		}
		*end.at = at
	}
	if r.Empty() {
		return r, bad("range.to: it is before range.from")
	}
	return r, nil
}

// The years that a range may lie in.
const firstYear, lastYear = 1, 9999

// instant reads a time: RFC 3339, or Unix milliseconds.
func instant(raw json.RawMessage) (int64, bool) {
	text, ok := textOf(raw)
	if !ok {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, false
		}
		t = time.UnixMilli(ms)
	}
	year := t.UTC().Year()
	return t.UnixMilli(), year >= firstYear && year <= lastYear
}

// shown is a value of a request as an error repeats it.
func shown(raw json.RawMessage) string {
	const most = 80
	if len(raw) > most {
		return strings.ToValidUTF8(string(raw[:most]), "") + "…"
	}
	return string(raw)
}

// ref is the name of a target, by its place where it has none: A, B, …
func (t *target) ref(place int) string {
	if text, ok := textOf(t.RefID); ok && text != "" {
		return text
	}
	var letters []byte
	for n := place + 1; n > 0; n = (n - 1) / 26 {
		letters = append(letters, byte('A'+(n-1)%26))
	}
	slices.Reverse(letters)
	return string(letters)
}

// text is what a target names; empty where there is nothing to ask. An object is
// the text of itself.
func (t *target) text() string {
	if hidden, _ := flagOf(t.Hide); hidden || !present(t.Target) {
		return ""
	}
	text, ok := textOf(t.Target)
	if !ok {
		text = string(t.Target)
	}
	if text = strings.TrimSpace(text); text == noTarget {
		return ""
	}
	return text
}

// table tells whether a target asks for a table outside of its payload, as older
// plugins do.
func (t *target) table() bool {
	kind, _ := textOf(t.Type)
	format, _ := textOf(t.Format)
	return kind == "table" || format == "table"
}

// annotates tells whether a target is the query of an annotation, which simPod's
// plugin sends like any other.
func (q *panel) annotates(ref string) bool {
	id, _ := textOf(q.RequestID)
	var vars map[string]json.RawMessage
	if present(q.ScopedVars) && q.ScopedVars[0] == '{' && json.Unmarshal(q.ScopedVars, &vars) == nil && present(vars["__annotation"]) {
		return true
	}
	return ref == "Anno" && (id == "" || strings.HasPrefix(id, "AQ"))
}
