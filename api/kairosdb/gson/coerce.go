package gson

import "strings"

// Class is the simple name of e's Java class.
func (e *Element) Class() string {
	switch e.Kind {
	case NullKind:
		return "JsonNull"
	case ArrayKind:
		return "JsonArray"
	case ObjectKind:
		return "JsonObject"
	}
	return "JsonPrimitive"
}

// Token is the token that a reader of the tree finds at e.
func (e *Element) Token() Token {
	return [...]Token{Null, String, Number, Boolean, BeginArray, BeginObject}[e.Kind]
}

// Object is an error unless e is an object.
func (e *Element) Object() error {
	if e.Kind == ObjectKind {
		return nil
	}
	return &Error{Class: State, Message: "Not a JSON Object: " + e.String()}
}

// Array is an error unless e is an array.
func (e *Element) Array() error {
	switch {
	case e.Kind == ArrayKind:
		return nil
	case e.old:
		return &Error{Class: State, Message: "This is not a JSON Array."}
	}
	return &Error{Class: State, Message: "Not a JSON Array: " + e.String()}
}

// primitive is e, or what an array of one element holds, if that is a text,
// number or boolean.
func (e *Element) primitive() (*Element, error) {
	for e.Kind == ArrayKind {
		if len(e.Items) != 1 {
			return nil, &Error{Class: State}
		}
		e = e.Items[0]
	}
	if e.Kind == NullKind || e.Kind == ObjectKind {
		return nil, &Error{Class: Unsupported, Message: e.Class()}
	}
	return e, nil
}

// AsString is getAsString: any text, number or boolean as a text.
func (e *Element) AsString() (string, error) {
	p, err := e.primitive()
	if err != nil {
		return "", err
	}
	return p.Text, nil
}

// AsBool is getAsBoolean: of what is no boolean, only the text true in any case
// is true.
func (e *Element) AsBool() (bool, error) {
	p, err := e.primitive()
	if err != nil {
		return false, err
	}
	return strings.EqualFold(p.Text, "true"), nil
}

// AsLong is getAsLong: a number loses its fraction and what exceeds 64 bits, a
// text must be a whole number.
func (e *Element) AsLong() (int64, error) {
	p, err := e.primitive()
	if err != nil {
		return 0, err
	}
	v, err := parseLong(p.Text)
	if err != nil && p.Kind == NumberKind {
		return truncate(p.Text)
	}
	return v, err
}

// AsInt is getAsInt: like AsLong, narrowed to 32 bits.
func (e *Element) AsInt() (int32, error) {
	p, err := e.primitive()
	if err != nil {
		return 0, err
	}
	if p.Kind != NumberKind {
		return parseInt(p.Text)
	}
	v, err := p.AsLong()
	return int32(v), err
}

// AsDouble is getAsDouble: a number, or a text that is one in Java's eyes.
func (e *Element) AsDouble() (float64, error) {
	p, err := e.primitive()
	if err != nil {
		return 0, err
	}
	return parseDouble(p.Text)
}
