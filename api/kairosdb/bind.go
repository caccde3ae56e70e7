package kairosdb

import (
	"errors"
	"strings"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
	"aion/query"
	"aion/storage/points"
)

// aggregator takes one element of aggregators and checks it as a whole.
func (d *decoder) aggregator(context string, e *gson.Element) (query.Aggregation, error) {
	var a query.Aggregation
	name, err := named(context, e)
	if err != nil {
		return a, err
	}
	spec, ok := d.p.Specs.Spec(name)
	if !ok || !d.p.Release.Offers(spec) {
		return a, bad(context + "." + name + " invalid aggregators name")
	}
	a = query.Aggregation{Name: name, Values: aggregators.Values{}}
	for _, m := range e.Members {
		if m.Name == "name" {
			continue
		}
		if err := d.property(context, spec, a.Values, m); err != nil {
			return a, within(context, err)
		}
	}
	_, err = spec.Build(d.env(), a.Values)
	if x, ok := errors.AsType[*aggregators.PropertyError](err); ok {
		return a, bad(context + "." + field(x.Aggregator, x.Property) + " " + x.Problem)
	}
	return a, computed(err)
}

// property takes one property of an aggregator into values.
func (d *decoder) property(context string, spec *aggregators.Spec, values aggregators.Values, m gson.Member) error {
	if d.p.Forked {
		if taken, err := d.forked(context, spec.Name, values, m); taken || err != nil {
			return err
		}
	}
	property, ok := spec.Property(m.Name)
	switch {
	case m.Name == "class":
		return unreadable(m.Value)
	case readOnly(spec.Name, spec.Range, m.Name):
		return d.p.unset(spec.Name, class("aggregator", spec.Name), m)
	case !ok || !d.p.Release.OffersProperty(spec, m.Name):
		return noSetter(spec.Name, m.Name, "class "+class("aggregator", spec.Name))
	case m.Value.Kind == gson.NullKind:
		return broken(nothingToValidate)
	}
	v, err := d.value(context, spec.Name, property, m.Value)
	if err != nil {
		return err
	}
	name := m.Name
	if property.Type == aggregators.UnitOnly {
		name = "sampling"
	}
	values[name] = v
	return nil
}

// unset is the answer to a read-only property, whose value is read first.
func (p *Protocol) unset(name, class string, m gson.Member) error {
	switch {
	case m.Value.Kind == gson.NullKind:
		return broken(nothingToValidate)
	case m.Name == "_align_sampling":
		if _, err := p.boolean(m.Value, "$"); err != nil {
			return err
		}
	case m.Value.Kind != gson.ArrayKind:
		return p.expected("BEGIN_ARRAY", m.Value, "$")
	}
	return noSetter(name, m.Name, class)
}

// noSetter is the answer to an unknown property.
func noSetter(name, property, class string) error {
	return garbled("Property '" + property + "' was specified for object '" + name +
		"' but no matching setter was found on '" + class + "'")
}

// value reads a property's value as the type that the property has.
func (d *decoder) value(context, aggregator string, property *aggregators.Property, e *gson.Element) (any, error) {
	switch p := d.p; property.Type {
	case aggregators.Int:
		v, err := p.integer(e, "$")
		return int64(v), err
	case aggregators.Long:
		return p.long(e, "$")
	case aggregators.Double:
		return p.double(e, "$", property.Name)
	case aggregators.Bool:
		return p.boolean(e, "$")
	case aggregators.String:
		return p.text(e, "$")
	case aggregators.Enum:
		return p.choice(aggregator, property, e)
	case aggregators.Sampling:
		return p.sampling(context, property.Name, e)
	case aggregators.UnitOnly:
		u, err := unit(e)
		return points.Span{Value: 1, Unit: u}, err
	case aggregators.ZoneID:
		return zone(e)
	case aggregators.Thresholds:
		return p.thresholds(property.Name, e)
	case aggregators.Any:
		if property.Name == "group_bys" {
			return nil, p.groupBys(e)
		}
		return p.threshold(property.Name, e)
	case aggregators.TagMap:
		return p.tagMap(e)
	}
	return nil, broken("property " + property.Name + " is of no type that can be read")
}

// choice reads one of a list of values.
func (p *Protocol) choice(aggregator string, property *aggregators.Property, e *gson.Element) (string, error) {
	unknown, anyCase := choices[[2]string{aggregator, property.Name}]
	var text string
	var err error
	if anyCase {
		text, err = e.AsString()
		err = converted(err)
	} else {
		text, err = p.constant(e, "$")
	}
	if err != nil {
		return "", err
	}
	for _, option := range property.Options {
		if anyCase && strings.EqualFold(text, option) || text == strings.ToLower(option) {
			return option, nil
		}
	}
	if anyCase {
		return "", &problem{text, unknown}
	}
	return "", broken(nothingToValidate)
}

// sampling reads a length of time and checks it.
func (p *Protocol) sampling(context, name string, e *gson.Element) (points.Span, error) {
	r, err := p.span(e, "$")
	if err != nil {
		return points.Span{}, err
	}
	if problems := p.lengthProblems(context, name, r); len(problems) != 0 {
		return points.Span{}, bad(problems...)
	}
	return r.Span, nil
}

// threshold reads filter's threshold: a number, a text or something else, with
// which nothing compares. KairosDB 1.2 knows numbers alone.
func (p *Protocol) threshold(where string, e *gson.Element) (any, error) {
	switch {
	case p.is().numericThreshold || e.Kind == gson.NumberKind:
		return p.double(e, "$", where)
	case e.Kind == gson.StringKind:
		return e.Text, nil
	}
	return aggregators.Other{}, nil
}

// groupBys checks the property of save_as that KairosDB shows by accident: a list
// that cannot have elements.
func (p *Protocol) groupBys(e *gson.Element) error {
	if e.Kind != gson.ArrayKind {
		return p.expected("BEGIN_ARRAY", e, "$")
	}
	for _, item := range e.Items {
		if item.Kind != gson.NullKind {
			return garbled("Call to " + class("aggregator", "save_as") + ":setGroupBys failed with message: null")
		}
	}
	return nil
}

// tagMap reads save_as's tags.
func (p *Protocol) tagMap(e *gson.Element) (points.Tags, error) {
	if e.Kind != gson.ObjectKind {
		return nil, p.expected("BEGIN_OBJECT", e, "$")
	}
	tags := make(points.Tags, 0, len(e.Members))
	for _, m := range e.Members {
		if m.Value.Kind == gson.NullKind {
			return nil, broken("null value in entry: " + m.Name + "=null")
		}
		text, err := p.text(m.Value, "$."+m.Name)
		if err != nil {
			return nil, err
		}
		tags = append(tags, points.Tag{Name: m.Name, Value: text})
	}
	tags.Sort()
	return tags, nil
}
