package yggio

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"aion/api/wire"
)

// member is one member of an object, in the order in which it was sent.
type member struct {
	name  string
	value any // string, json.Number, bool, nil, []any or object
}

// object is a JSON object with its members in order, a name as often as it was
// sent.
type object []member

// find is the last member of a name.
func (o object) find(name string) (any, bool) {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].name == name {
			return o[i].value, true
		}
	}
	return nil, false
}

// The most that an object may have: members in all, and objects within objects.
const (
	mostMembers = 10_000
	deepest     = 32
)

// object reads the body of a request, which has to be one JSON object, whatever its
// content type says: that of curl -d is a form's.
func (c *call) object() (object, error) {
	r := c.Request()
	text, err := io.ReadAll(wire.Body(c.Response(), r, "http.max-body", c.p.MaxBody))
	if err != nil {
		return nil, err
	}
	return parseObject(text)
}

// parseObject reads a text that has to be one JSON object.
func parseObject(text []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	p := parser{d: d}
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, invalid("body", "must be a JSON object")
	}
	o, err := p.object(1)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid("body", "must be one JSON object")
	}
	return o, nil
}

// parser reads values and counts what they have.
type parser struct {
	d       *json.Decoder
	members int
}

// object reads the members of an object whose brace has been read.
func (p *parser) object(depth int) (object, error) {
	if depth > deepest {
		return nil, invalid("body", "must not have more than %d objects within each other", deepest)
	}
	o := object{}
	for p.d.More() {
		token, err := p.d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, invalid("body", "must be a JSON object")
		}
		if p.members++; p.members > mostMembers {
			return nil, invalid("body", "must not have more than %d members", mostMembers)
		}
		value, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name, value})
	}
	if _, err := p.d.Token(); err != nil {
		return nil, invalid("body", "must be a JSON object")
	}
	return o, nil
}

// value reads a value. Of an array it keeps what it consists of.
func (p *parser) value(depth int) (any, error) {
	token, err := p.d.Token()
	if err != nil {
		return nil, invalid("body", "must be a JSON object")
	}
	switch token {
	case json.Delim('{'):
		return p.object(depth + 1)
	case json.Delim('['):
		return p.array(depth + 1)
	}
	return token, nil
}

// array reads the elements of an array whose bracket has been read.
func (p *parser) array(depth int) (any, error) {
	if depth > deepest {
		return nil, invalid("body", "must not have more than %d arrays within each other", deepest)
	}
	list := []any{}
	for p.d.More() {
		value, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	if _, err := p.d.Token(); err != nil {
		return nil, invalid("body", "must be a JSON object")
	}
	return list, nil
}

// text is the text of a member, empty where it is missing or null.
func (o object) text(name string) (string, error) {
	value, _ := o.find(name)
	if value == nil {
		return "", nil
	}
	text, ok := value.(string)
	if !ok {
		return "", invalid(name, "must be a string")
	}
	return text, nil
}

// identifier is the text of a member that names something: devices send numbers
// such as an IMEI's without quotes, too. Only whole ones are taken, as they stand.
func (o object) identifier(name string) (string, error) {
	value, _ := o.find(name)
	if n, ok := value.(json.Number); ok && strings.Trim(string(n), "0123456789") == "" {
		return string(n), nil
	}
	return o.text(name)
}
