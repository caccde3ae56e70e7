package grafana

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

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
	source      string
	raw         bool
}

// Where the points of a panel come from.
const (
	sourceAuto = "auto" // results of roll-ups stand for points where that is exact
	sourceRaw  = "raw"
)

// words are the options of which one is chosen, the usual one first.
var words = map[string][]string{
	"align":  {alignStart, alignEnd, alignSampling, alignNone},
	"format": {formSeries, formTable, formFrame},
	"fill":   {fillNone, fillNull, fillZero, fillPrevious},
	"source": {sourceAuto, sourceRaw},
}

// payloadOf reads the payload of a target.
func (p *Protocol) payloadOf(t *target) (*payload, error) {
	raw := t.Payload
	if !present(raw) {
		raw = t.Data
	}
	var all members
	if present(raw) && string(raw) != `""` {
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, bad("payload: got %s, want an object", shown(raw))
		}
	}
	y := &payload{align: alignStart, format: formSeries, fill: fillNone, source: sourceAuto, kairos: members{}, properties: members{}}
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
	case "source":
		y.source, err = wordOf(name, raw)
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
		if y.unit, err = labelOf(name, raw); p.owned(y.aggregators, name) {
			if _, ok := points.ParseUnit(y.unit); ok { // that of a rate, not one of those that panels have
				y.properties[name], y.unit = plain(raw), ""
			}
		}
	case "time_zone":
		y.zone, err = labelOf(name, raw)
		y.zone = zoneName(y.zone)
	case "raw":
		var ok bool
		if y.raw, ok = flagOf(raw); !ok {
			err = bad("payload.raw: got %s, want true or false", shown(raw))
		}
	default:
		if !p.owned(y.aggregators, name) {
			return bad("payload.%s: there is no such option", name)
		}
		y.properties[name] = numeral(plain(raw))
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
