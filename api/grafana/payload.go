package grafana

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"aion/aggregators"
	"aion/storage/points"
)

// Forms of an answer.
const (
	formSeries = "time_series"
	formTable  = "table"
	formFrame  = "frame"
)

// Alignments of steps.
const (
	alignStart    = "start"
	alignEnd      = "end"
	alignSampling = "sampling"
	alignNone     = "none"
)

// What stands in a step without points.
const (
	fillNone     = "none"
	fillNull     = "null"
	fillZero     = "zero"
	fillPrevious = "previous"
)

// payload is what a target says beside its name. What KairosDB reads stands as it
// was written.
type payload struct {
	aggregators []string // by name, at the panel's step
	properties  members  // of those aggregators
	chain       []members
	sampling    *points.Span // of aggregators; nil: the automatic step
	align       string
	kairos      members // tags, group_by, limit, order of the metric
	zone        string
	alias       string
	title       string
	unit        string
	format      string
	fill        string
	raw         bool
}

// words are the options of which one is chosen, the usual one first.
var words = map[string][]string{
	"align":  {alignStart, alignEnd, alignSampling, alignNone},
	"format": {formSeries, formTable, formFrame},
	"fill":   {fillNone, fillNull, fillZero, fillPrevious},
}

// payloadOf reads the payload of a target.
func (p *Protocol) payloadOf(t *target) (*payload, error) {
	raw := t.Payload
	if !present(raw) {
		raw = t.Data
	}
	var all members
	if present(raw) {
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, bad("payload: got %s, want an object", shown(raw))
		}
	}
	y := &payload{align: alignStart, format: formSeries, fill: fillNone, kairos: members{}, properties: members{}}
	if t.table() {
		y.format = formTable
	}
	if err := y.named(all["aggregator"]); err != nil {
		return nil, err
	}
	if err := p.known(y.aggregators); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if value := all[name]; name != "aggregator" && present(value) && string(value) != `""` {
			if err := p.option(y, name, value); err != nil {
				return nil, err
			}
		}
	}
	return y, y.consistent()
}

// named takes the names of aggregators.
func (y *payload) named(raw json.RawMessage) error {
	names, ok := textsOf(raw)
	if !ok {
		return bad("payload.aggregator: got %s, want the name of an aggregator or an array of names", shown(raw))
	}
	for _, name := range names {
		for _, name := range choices(name) {
			if name != "" && name != "none" {
				y.aggregators = append(y.aggregators, name)
			}
		}
	}
	return nil
}

// known checks the names of aggregators.
func (p *Protocol) known(names []string) error {
	for _, name := range names {
		if spec, ok := p.Specs.Spec(name); !ok || !p.Release.Offers(spec) {
			return bad("unknown aggregator %q in payload.aggregator", name)
		}
	}
	return nil
}

// option takes one option of a payload that is there.
func (p *Protocol) option(y *payload, name string, raw json.RawMessage) (err error) {
	switch name {
	case "sampling":
		y.sampling, err = samplingOf("payload.sampling", raw)
	case "align":
		y.align, err = wordOf(name, raw)
	case "format":
		y.format, err = formatOf(raw)
	case "fill":
		y.fill, err = wordOf(name, raw)
	case "aggregators":
		y.chain, err = chainOf("payload.aggregators", raw)
	case "group_by":
		y.kairos[name], err = groupersOf(raw)
	case "tags":
		y.kairos[name], err = tagsOf(raw)
	case "limit":
		text, _ := textOf(raw)
		if _, failed := strconv.ParseUint(strings.TrimSpace(text), 10, 31); failed != nil {
			return bad("payload.limit: got %s, want how many points", shown(raw))
		}
		y.kairos[name] = raw
	case "order":
		y.kairos[name] = raw
	case "alias":
		y.alias, err = labelOf(name, raw)
	case "title":
		y.title, err = labelOf(name, raw)
	case "unit":
		y.unit, err = labelOf(name, raw)
	case "time_zone":
		y.zone, err = labelOf(name, raw)
	case "raw":
		var ok bool
		if y.raw, ok = flagOf(raw); !ok {
			err = bad("payload.raw: got %s, want true or false", shown(raw))
		}
	default:
		if !p.owned(y.aggregators, name) {
			return bad("payload.%s: there is no such option", name)
		}
		y.properties[name] = raw
	}
	return err
}

// owned tells whether a property belongs to one of the aggregators, and is not
// settled by the options.
func (p *Protocol) owned(names []string, property string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		spec, _ := p.Specs.Spec(name)
		_, ok := spec.Property(property)
		return ok && !settled(property) && p.Release.OffersProperty(spec, property)
	})
}

// settled tells whether a property of range aggregators is settled by options.
func settled(property string) bool {
	return slices.Contains([]string{
		"align_start_time", "align_end_time", "align_sampling", "sampling", "start_time", "end_time", "time_zone",
	}, property)
}

// consistent checks what no single option shows.
func (y *payload) consistent() error {
	switch {
	case y.raw && (len(y.aggregators) > 0 || len(y.chain) > 0):
		return bad("payload.raw: it leaves no room for aggregators")
	case y.fill == fillNone:
	case y.raw || len(y.chain) > 0:
		return bad("payload.fill: only the steps of aggregator can be filled")
	case y.align != alignStart && y.align != alignEnd:
		return bad("payload.fill: it needs align start or end")
	}
	return nil
}

// wordOf reads an option of which one is chosen.
func wordOf(name string, raw json.RawMessage) (string, error) {
	text, ok := textOf(raw)
	if !ok || !slices.Contains(words[name], text) {
		return "", bad("payload.%s: got %s, want one of %s", name, shown(raw), strings.Join(words[name], ", "))
	}
	return text, nil
}

// formatOf reads the form of an answer, by older plugins' words, too.
func formatOf(raw json.RawMessage) (string, error) {
	switch text, _ := textOf(raw); text {
	case "timeseries", "timeserie":
		return formSeries, nil
	}
	return wordOf("format", raw)
}

// labelOf reads an option that is a text.
func labelOf(name string, raw json.RawMessage) (string, error) {
	text, ok := textOf(raw)
	if !ok {
		return "", bad("payload.%s: got %s, want a text", name, shown(raw))
	}
	return text, nil
}

// samplingOf reads a step: auto (nil), 5m, or KairosDB's object.
func samplingOf(place string, raw json.RawMessage) (*points.Span, error) {
	inner, _ := embedded(raw)
	text, ok := textOf(inner)
	if ok && (text == "" || text == "auto") {
		return nil, nil
	}
	if !ok {
		var object struct{ Value, Unit json.RawMessage }
		if json.Unmarshal(inner, &object) == nil {
			value, _ := textOf(object.Value)
			unit, _ := textOf(object.Unit)
			text = value + " " + unit
		}
	}
	s, ok := parseSpan(text)
	if !ok {
		return nil, bad(`%s: got %s, want auto, a length such as 5m, or {"value":5,"unit":"minutes"}`, place, shown(raw))
	}
	return &s, nil
}

// chainOf reads a list of aggregators: each is an object in KairosDB's words,
// whose sampling may be auto or a length such as 5m, too.
func chainOf(place string, raw json.RawMessage) ([]members, error) {
	inner, _ := embedded(raw)
	if inner[0] == '{' {
		inner = json.RawMessage("[" + string(inner) + "]")
	}
	var chain []members
	if err := json.Unmarshal(inner, &chain); err != nil || slices.ContainsFunc(chain, func(m members) bool { return m == nil }) {
		return nil, bad("%s: got %s, want an array of objects", place, shown(raw))
	}
	for _, a := range chain {
		sampling, ok := a["sampling"]
		if !ok || len(sampling) == 0 || sampling[0] != '"' {
			continue
		}
		s, err := samplingOf(place+".sampling", sampling)
		if err != nil {
			return nil, err
		}
		if delete(a, "sampling"); s != nil {
			a["sampling"] = samplingText(*s)
		}
	}
	return chain, nil
}

// samplingText is a length in KairosDB's JSON.
func samplingText(s points.Span) json.RawMessage {
	text, _ := json.Marshal(map[string]any{"value": s.Value, "unit": s.Unit.String()}) // of a number and a text
	return text
}

// groupersOf reads what groups series: KairosDB's list, in which the name of a
// tag stands for grouping by it.
func groupersOf(raw json.RawMessage) (json.RawMessage, error) {
	inner, _ := embedded(raw)
	var items []json.RawMessage
	switch {
	case inner[0] != '[':
		items = []json.RawMessage{inner}
	case json.Unmarshal(inner, &items) != nil:
		return nil, bad("payload.group_by: got %s, want an array", shown(raw))
	}
	var list []any
	var tags []string
	for _, item := range items {
		text, ok := textOf(item)
		switch {
		case !ok && item[0] == '{':
			list = append(list, item)
		case !ok || !present(item):
			return nil, bad("payload.group_by: got %s, want names of tags or KairosDB's groupers", shown(raw))
		case text != "":
			tags = append(tags, choices(text)...)
		}
	}
	if len(tags) > 0 {
		list = slices.Insert(list, 0, any(map[string]any{"name": "tag", "tags": tags}))
	}
	return json.Marshal(list)
}

// tagsOf reads KairosDB's filter of tags. In what was written in the editor the
// values of variables are escaped, and alternatives of them are several values.
func tagsOf(raw json.RawMessage) (json.RawMessage, error) {
	inner, written := embedded(raw)
	wrong := bad(`payload.tags: got %s, want an object such as {"host":["a","b"]}`, shown(raw))
	var all members
	if json.Unmarshal(inner, &all) != nil {
		inner = json.RawMessage(strings.ReplaceAll(string(inner), `\`, `\\`))
		if !written || json.Unmarshal(inner, &all) != nil {
			return nil, wrong
		}
	}
	if all == nil {
		return nil, wrong
	}
	if !written {
		return raw, nil
	}
	tags := map[string][]string{}
	for name, value := range all {
		texts, ok := textsOf(value)
		if !ok {
			return nil, wrong
		}
		tags[name] = []string{}
		for _, text := range texts {
			tags[name] = append(tags[name], choices(text)...)
		}
	}
	return json.Marshal(tags)
}

// zoneOf finds a zone by its name.
func zoneOf(place, name string) (*aggregators.Zone, error) {
	zone, err := aggregators.LoadZone(name)
	if err != nil {
		return nil, bad("%s: got %q, want a time zone such as Europe/Berlin", place, name)
	}
	return zone, nil
}
