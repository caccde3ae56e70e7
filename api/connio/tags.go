package connio

import (
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// The system tags, which every point that is written here carries, and what they
// are for points that came in by another protocol and have none.
const (
	tagProtocol = "protocol"
	tagSource   = "source"

	protocolRest     = "rest"
	protocolInternal = "internal"
	protocolImsg     = "imsg" // another name of internal
	sourceObject     = "object"
	sourceExternal   = "external_client"
)

// systemTags are the tags that filters and groupers may name, in the order in
// which answers list them.
func systemTags() []string { return []string{tagProtocol, tagSource} }

// origin is where points came from: the values of the system tags of their
// series.
type origin struct{ protocol, source string }

// originOf is the origin of a series with these tags.
func originOf(t points.Tags) origin {
	o := origin{protocolInternal, sourceExternal}
	if v, ok := t.Value(tagProtocol); ok {
		o.protocol = v
	}
	if v, ok := t.Value(tagSource); ok {
		o.source = v
	}
	return o
}

// value is the value of a system tag.
func (o origin) value(tag string) string {
	if tag == tagProtocol {
		return o.protocol
	}
	return o.source
}

// tags are the system tags as those of a series.
func (o origin) tags() points.Tags {
	return points.Tags{{Name: tagProtocol, Value: o.protocol}, {Name: tagSource, Value: o.source}}
}

// origins are the origins of some points. Most have one alone.
type origins struct {
	list []origin
	all  map[origin]bool // that there are in list; nil as long as it is short
}

// fewOrigins is how many origins are looked for one by one.
const fewOrigins = 8

// has tells whether an origin is one of them.
func (s *origins) has(o origin) bool {
	if s.all != nil {
		return s.all[o]
	}
	return slices.Contains(s.list, o)
}

// add adds an origin.
func (s *origins) add(o origin) {
	if s.has(o) {
		return
	}
	s.list = append(s.list, o)
	if s.all == nil && len(s.list) > fewOrigins {
		s.all = map[origin]bool{}
		for _, o := range s.list {
			s.all[o] = true
		}
		return
	}
	if s.all != nil {
		s.all[o] = true
	}
}

// filterOf is the condition for series of a system tag with one of some values.
func filterOf(tag string, values []string) storage.Matcher {
	m := storage.Matcher{Tag: tag, Values: slices.Clone(values)}
	if tag == tagSource {
		m.Absent = slices.Contains(values, sourceExternal)
		return m
	}
	if slices.Contains(values, protocolInternal) || slices.Contains(values, protocolImsg) {
		m.Values, m.Absent = append(m.Values, protocolInternal, protocolImsg), true
	}
	m.Values = slices.Compact(slices.Sorted(slices.Values(m.Values)))
	return m
}
