package admin

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// rawBody is a body that is read again whenever what it changes has changed.
type rawBody json.RawMessage

// UnmarshalJSON keeps the JSON as it is.
func (r *rawBody) UnmarshalJSON(text []byte) error {
	*r = bytes.Clone(text)
	return nil
}

// into reads the body into v, which says already what the body leaves out. Lists
// are the body's as a whole, members of objects join those that are there; what v
// shares with others stays as it is.
func (r rawBody) into(v any) error {
	anew(reflect.ValueOf(v).Elem(), r)
	d := json.NewDecoder(bytes.NewReader(r))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return misread(err)
	}
	return nil
}

// anew gives v its own lists, maps and pointers for the members that a JSON object
// names: the decoder writes into those that are there, and leaves in the elements
// of lists what stood in them before.
func anew(v reflect.Value, object []byte) {
	var members map[string]json.RawMessage
	if v.Kind() != reflect.Struct || json.Unmarshal(object, &members) != nil {
		return // which the decoder tells of
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			anew(v.Field(i), object)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for member, value := range members {
			if name != "" && field.IsExported() && strings.EqualFold(name, member) {
				apart(v.Field(i), value)
			}
		}
	}
}

// wanted is what JSON calls the values of a type.
func wanted(t reflect.Type) string {
	switch kind := t.Kind(); {
	case kind == reflect.String, reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "a string"
	case kind == reflect.Slice, kind == reflect.Array:
		return "a list"
	case kind == reflect.Struct, kind == reflect.Map:
		return "an object"
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.Float32, kind == reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// apart is anew for one member.
func apart(v reflect.Value, value []byte) {
	switch v.Kind() {
	case reflect.Slice, reflect.Pointer:
		v.SetZero()
	case reflect.Struct:
		anew(v, value)
	case reflect.Map:
		own := reflect.MakeMap(v.Type())
		for m := v.MapRange(); m.Next(); {
			own.SetMapIndex(m.Key(), m.Value())
		}
		v.Set(own)
	}
}
