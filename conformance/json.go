package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// member is one member of a JSON object, its value as it was sent.
type member struct {
	Name  string
	Value json.RawMessage
}

// errNotObject says that a value is no JSON object.
var errNotObject = errors.New("not a JSON object")

// members are an object's members in the order in which they were sent.
func members(raw []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errNotObject
	}
	var list []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{}
		if m.Name, _ = name.(string); d.Decode(&m.Value) != nil {
			return nil, errNotObject
		}
		list = append(list, m)
	}
	return list, nil
}

// decode reads a whole JSON text with its numbers as they are spelt.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("text after the JSON value")
	}
	return v, nil
}

// at is the text or number at a path of members and positions; empty: there is
// none.
func at(v any, path []string) string {
	for _, step := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return ""
			}
			v = in[i]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// hiding is a JSON text in which members of some names, at any depth, show as "…".
// What is no JSON stays as it is.
func hiding(raw []byte, hidden []string) []byte {
	if list, err := members(raw); err == nil {
		parts := make([][]byte, len(list))
		for i, m := range list {
			value := []byte(`"…"`)
			if !slices.Contains(hidden, m.Name) {
				value = hiding(m.Value, hidden)
			}
			parts[i] = slices.Concat([]byte(quote(m.Name)), []byte(":"), value)
		}
		return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}"))
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return raw
	}
	parts := make([][]byte, len(list))
	for i := range list {
		parts[i] = hiding(list[i], hidden)
	}
	return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
}

// sameValue tells whether two decoded values are equal, numbers by what they
// are and not by how they are spelt.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a.String(), b.String())
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameValue(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name := range a {
			other, ok := b[name]
			if !ok || !sameValue(a[name], other) {
				return false
			}
		}
		return true
	}
	return a == b
}

// sameNumber tells whether two numbers are exactly equal. Minus zero is not
// zero.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0 && strings.HasPrefix(a, "-") == strings.HasPrefix(b, "-")
}
