package kairosdb

import (
	"errors"
	"strings"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
	"aion/storage/points"
)

// problem is what is wrong with a value, without the context that leads to it.
type problem struct{ where, what string }

// Error is place and problem.
func (p *problem) Error() string { return p.where + " " + p.what }

// within puts the context before a problem and makes it an answer.
func within(context string, err error) error {
	if x, ok := errors.AsType[*problem](err); ok {
		return bad(context + "." + x.Error())
	}
	return err
}

// expected is Gson's exception for an element of the wrong kind.
func (p *Protocol) expected(what string, e *gson.Element, path string) error {
	text := gson.State + ": Expected " + what + " but was " + e.Token().String()
	if !p.is().oldTexts {
		text += " at path " + path
	}
	return garbled(text)
}

// numeric tells whether an element is a number or a text.
func numeric(e *gson.Element) bool { return e.Kind == gson.NumberKind || e.Kind == gson.StringKind }

// long reads a whole number of 64 bits as Gson does.
func (p *Protocol) long(e *gson.Element, path string) (int64, error) {
	if !numeric(e) {
		return 0, p.expected("NUMBER", e, path)
	}
	v, err := e.AsLong()
	return v, syntax(err)
}

// integer reads a whole number of 32 bits as Gson does.
func (p *Protocol) integer(e *gson.Element, path string) (int32, error) {
	if !numeric(e) {
		return 0, p.expected("NUMBER", e, path)
	}
	v, err := e.AsInt()
	return v, syntax(err)
}

// double reads a double. A text that is none is a problem at where.
func (p *Protocol) double(e *gson.Element, path, where string) (float64, error) {
	if !numeric(e) {
		return 0, p.expected("NUMBER", e, path)
	}
	v, err := e.AsDouble()
	if x, ok := errors.AsType[*gson.Error](err); ok {
		return 0, &problem{where, x.Message}
	}
	return v, err
}

// boolean reads a boolean, or a text that is true or not.
func (p *Protocol) boolean(e *gson.Element, path string) (bool, error) {
	if e.Kind != gson.BooleanKind && e.Kind != gson.StringKind {
		return false, p.expected("BOOLEAN", e, path)
	}
	return strings.EqualFold(e.Text, "true"), nil
}

// text reads a text; numbers and booleans are taken as they are written.
func (p *Protocol) text(e *gson.Element, path string) (string, error) {
	if !numeric(e) && e.Kind != gson.BooleanKind {
		return "", p.expected("STRING", e, path)
	}
	return e.Text, nil
}

// constant reads the name of one of Java's constants; numbers are taken as they
// are written, booleans are not.
func (p *Protocol) constant(e *gson.Element, path string) (string, error) {
	if !numeric(e) {
		return "", p.expected("STRING", e, path)
	}
	return e.Text, nil
}

// span reads a length of time. Members that are null count as absent.
func (p *Protocol) span(e *gson.Element, path string) (*relative, error) {
	if e.Kind != gson.ObjectKind {
		return nil, p.expected("BEGIN_OBJECT", e, path)
	}
	r := new(relative)
	for _, m := range e.Members {
		if m.Value.Kind == gson.NullKind {
			continue
		}
		var err error
		switch m.Name {
		case "value":
			r.Value, err = p.long(m.Value, path+".value")
		case "unit":
			r.Unit, err = unit(m.Value)
			r.unit = true
		}
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// unit reads a unit of time.
func unit(e *gson.Element) (points.Unit, error) {
	text, err := e.AsString()
	if err != nil {
		return 0, converted(err)
	}
	u, ok := points.ParseUnit(text)
	if !ok {
		return 0, &problem{text, "is not a valid time unit, must be one of " + strings.Join(points.Units[:], ",")}
	}
	return u, nil
}

// zone reads a time zone.
func zone(e *gson.Element) (*aggregators.Zone, error) {
	text, err := e.AsString()
	if err != nil {
		return nil, converted(err)
	}
	z, err := aggregators.LoadZone(text)
	if err != nil {
		all := strings.Join(aggregators.Zones(), ", ")
		return nil, &problem{text, "is not a valid time zone, must be one of [" + all + "]"}
	}
	return z, nil
}
