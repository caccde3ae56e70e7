package connio

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"aion/aggregators"
	"aion/storage/points"
)

// step is one aggregator of a query object.
type step struct {
	at     string // where it stands
	spec   *aggregators.Spec
	values aggregators.Values
	origin *int64 // from which its ranges are counted; nil: the query's start
}

// offered are the aggregators that there are.
var offered = [...]string{
	"avg", "dev", "count", "first", "gaps", "last", "least_squares", "max", "min", "percentile", "sum", "diff", "div", "rate", "sampler",
	"scale", "trim",
}

// settings are the members of aggregators by the names of the query object, and what
// they are called in package aggregators, which is KairosDB's spelling.
var settings = [...]struct{ name, spelled string }{
	{"sampling", "sampling"}, {"unit", "unit"}, {"percentile", "percentile"}, {"divisor", "divisor"}, {"factor", "factor"},
	{"trim", "trim"}, {"alignSampling", "align_sampling"}, {"alignStartTime", "align_start_time"}, {"startTime", "start_time"},
	{zoneSetting, "time_zone"},
}

// zoneSetting is the member without which an aggregator counts in the query's zone.
const zoneSetting = "timeZone"

// needs tells which member an aggregator cannot do without; empty: there is none.
func needs(name string) string {
	switch name {
	case "percentile":
		return "percentile"
	case "div":
		return "divisor"
	case "scale":
		return "factor"
	case "trim":
		return "trim"
	}
	return ""
}

// steps reads the aggregators. zone is the query's.
func (m members) steps(specs *aggregators.Registry, zone *aggregators.Zone) ([]step, error) {
	at, items, err := m.list("aggregators")
	if err != nil {
		return nil, err
	}
	var steps []step
	for i, item := range items {
		s, err := readStep(item, at+placeOf(i), specs, zone)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// readStep reads one aggregator.
func readStep(item json.RawMessage, at string, specs *aggregators.Registry, zone *aggregators.Zone) (step, error) {
	s := step{at: at, values: aggregators.Values{}}
	m, err := membersOf(item, at)
	if err != nil {
		return s, err
	}
	name, err := m.text("name")
	if err != nil {
		return s, err
	}
	var ok bool
	if s.spec, ok = specs.Spec(name); !ok || !slices.Contains(offered[:], name) {
		return s, bad("%s.name: got %q, want one of %s", at, shortened(name), strings.Join(offered[:], ", "))
	}
	for _, setting := range settings {
		if setting.name != zoneSetting && setting.name != needs(name) && !m.has(setting.name) {
			continue
		}
		property, ok := s.spec.Property(setting.spelled)
		if !ok || setting.name == "trim" && property.Type != aggregators.Enum {
			continue
		}
		if err := s.read(m, setting.name, property, zone); err != nil {
			return s, err
		}
	}
	if s.spec.Range && s.values["align_sampling"] == nil {
		s.values["align_sampling"] = false
	}
	if s.values["align_start_time"] != true {
		s.origin = nil
	}
	return s, nil
}

// read reads one member of an aggregator.
func (s *step) read(m members, name string, property *aggregators.Property, zone *aggregators.Zone) error {
	if !m.has(name) {
		if name == needs(s.spec.Name) {
			return bad("%s: it is missing", m.place(name))
		}
		if property.Type == aggregators.ZoneID {
			s.values[property.Name] = zone
		}
		return nil
	}
	value, err := s.value(m, name, property, zone)
	if err != nil {
		return err
	}
	if property.Name == "start_time" {
		origin := value.(int64)
		s.origin = &origin
		return nil
	}
	s.values[property.Name] = value
	return nil
}

// value reads the value of a member, which is there, as its property has it.
func (s *step) value(m members, name string, property *aggregators.Property, zone *aggregators.Zone) (any, error) {
	raw := m.value(name)
	switch property.Type {
	case aggregators.Sampling:
		span, _, err := m.length(name)
		if err == nil && s.spec.Name == "rate" && span.Value > math.MaxInt32 && span.Unit != points.Milliseconds {
			err = tooLong(m.place(name), span) // KairosDB has 32 bits for it here
		}
		return span, err
	case aggregators.UnitOnly:
		unit, err := m.unit(name)
		return points.Span{Value: 1, Unit: unit}, err
	case aggregators.Bool:
		return m.flag(name)
	case aggregators.ZoneID:
		return m.zone(name, zone)
	case aggregators.Long:
		own, err := m.zone("timeZone", zone)
		if err != nil {
			return nil, err
		}
		v, ok := instant(raw, own)
		if !ok {
			return nil, bad("%s: got %s, want a time such as 2026-01-31T10:00:00.000Z", m.place(name), shown(raw))
		}
		return v, nil
	case aggregators.Enum:
		text, _ := textOf(raw)
		for _, option := range property.Options {
			if strings.EqualFold(text, option) {
				return option, nil
			}
		}
		return nil, bad("%s: got %s, want one of %s", m.place(name), shown(raw), strings.Join(property.Options, ", "))
	}
	v, _, err := m.number(name)
	switch {
	case err != nil:
	case name == "percentile" && !(v > 0 && v <= 1):
		err = bad("%s: got %s, want more than 0 and at most 1", m.place(name), shown(raw))
	case name == "divisor" && v == 0:
		err = bad("%s: it must not be 0", m.place(name))
	}
	return v, err
}

// ranges are the step's values for a query that begins at start. Where its ranges are
// not counted from there as KairosDB does, since startTime says otherwise or the clock
// skips the midnight that they are aligned to, first is where the first one begins;
// elsewhere it is the beginning of all time.
func (s *step) ranges(start int64, zone *aggregators.Zone) (values aggregators.Values, first int64) {
	if own, ok := s.values["time_zone"].(*aggregators.Zone); ok {
		zone = own
	}
	origin, size := start, s.sampling()
	if s.origin != nil {
		origin = *s.origin
	}
	e := edges{clockOf(origin, zone.Location()), size, zone.Location()}
	skipped := false
	if s.values["align_sampling"] == true {
		e.clock = alignedClock(e.clock, size.Unit)
		origin, skipped = instantOf(e.clock, e.zone)
	}
	if s.origin == nil && !skipped {
		return s.values, points.Always.From
	}
	values = maps.Clone(s.values)
	values["align_sampling"] = false
	values["start_time"], first = e.counted(origin, start)
	return values, first
}

// sampling is how long the ranges are.
func (s *step) sampling() points.Span {
	if span, ok := s.values["sampling"].(points.Span); ok {
		return span
	}
	return points.Span{Value: 1, Unit: points.Milliseconds}
}
