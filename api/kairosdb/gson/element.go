package gson

import (
	"errors"
	"strconv"
)

// Kind is what an Element is.
type Kind uint8

// The kinds. Texts, numbers and booleans are Java's JsonPrimitive.
const (
	NullKind Kind = iota
	StringKind
	NumberKind
	BooleanKind
	ArrayKind
	ObjectKind
)

// Element is a node of a JSON tree. A nil Element is what a member that is not
// there gives; it has no other use.
type Element struct {
	Kind    Kind
	Open    bool       // ArrayKind: its last item is the null that nothing after a separator is read as
	old     bool       // speaks as gson 2.2.4
	Text    string     // StringKind; NumberKind: as it is written; BooleanKind: true or false
	Items   []*Element // ArrayKind
	Members []Member   // ObjectKind: in order; a name that comes again replaces the first one's value
	index   map[string]int
}

// Member is one name of an object and its value.
type Member struct {
	Name  string
	Value *Element
}

// indexFrom is the number of members from which on an object keeps an index.
const indexFrom = 12

// Parse reads one value and expects nothing behind it, as Gson's JsonParser
// does: leniently, but for what follows the value. An empty text is a null, and
// behind a null anything may stand. The value stands in memory of r's, and is valid
// until r is Reset; its texts stay.
func Parse(r *Reader) (*Element, error) {
	lenient := r.Lenient()
	r.SetLenient(true)
	r.together = true
	e, err := parseAll(r)
	r.together, r.texts = false, texts{}
	r.SetLenient(lenient)
	if err != nil || e.Kind == NullKind {
		return e, err
	}
	t, err := r.Peek()
	if err == nil && t != EndDocument {
		err = &Error{Class: "com.google.gson.JsonSyntaxException", Message: "Did not consume the entire document."}
	}
	return e, err
}

// parseAll reads a value; a source without any is a null.
func parseAll(r *Reader) (*Element, error) {
	if _, err := r.Peek(); err != nil {
		if x, ok := errors.AsType[*Error](err); ok && x.Class == EndOfFile {
			return &Element{}, nil
		}
		return nil, err
	}
	r.texts.expected = min(r.end-r.pos, textRoom)
	p := parser{r: r}
	return p.element()
}

// parser makes a tree of what a reader reads.
type parser struct {
	r     *Reader
	count int
}

// element reads the coming value.
func (p *parser) element() (*Element, error) {
	p.count++
	if p.r.o.Count > 0 && p.count > p.r.o.Count {
		return nil, p.r.malformed("More than " + strconv.Itoa(p.r.o.Count) + " elements")
	}
	t, err := p.r.Peek()
	if err != nil {
		return nil, err
	}
	e := p.r.rooms.element()
	e.old = p.r.o.Old
	switch t {
	case String, Number:
		e.Kind = StringKind
		if t == Number {
			e.Kind = NumberKind
		}
		e.Text, err = p.r.NextString()
	case Boolean:
		var v bool
		v, err = p.r.NextBoolean()
		e.Kind, e.Text = BooleanKind, strconv.FormatBool(v)
	case Null:
		err = p.r.NextNull()
	case BeginArray:
		err = p.array(e)
	case BeginObject:
		err = p.object(e)
	default:
		err = &Error{Class: "java.lang.IllegalArgumentException"}
	}
	return e, err
}

// array fills e with the elements of the coming array.
func (p *parser) array(e *Element) error {
	e.Kind = ArrayKind
	if err := p.r.BeginArray(); err != nil {
		return err
	}
	for {
		p.r.open = false
		more, err := p.r.HasNext()
		if err != nil {
			return err
		}
		if !more {
			return p.r.EndArray()
		}
		e.Open = p.r.open
		item, err := p.element()
		if err != nil {
			return err
		}
		if e.Items == nil {
			e.Items = p.r.rooms.array()
		}
		e.Items = append(e.Items, item)
	}
}

// object fills e with the members of the coming object.
func (p *parser) object(e *Element) error {
	e.Kind = ObjectKind
	if err := p.r.BeginObject(); err != nil {
		return err
	}
	for {
		more, err := p.r.HasNext()
		if err != nil {
			return err
		}
		if !more {
			return p.r.EndObject()
		}
		name, err := p.r.NextName()
		if err != nil {
			return err
		}
		value, err := p.element()
		if err != nil {
			return err
		}
		if e.Members == nil {
			e.Members = p.r.rooms.object()
		}
		e.set(name, value)
	}
}

// set gives a member its value.
func (e *Element) set(name string, value *Element) {
	if i := e.find(name); i >= 0 {
		e.Members[i].Value = value
		return
	}
	e.Members = append(e.Members, Member{name, value})
	switch n := len(e.Members); {
	case n == indexFrom:
		e.index = make(map[string]int, 2*n)
		for i := range e.Members {
			e.index[e.Members[i].Name] = i
		}
	case n > indexFrom:
		e.index[name] = n - 1
	}
}

// find is where the member of that name stands, or -1.
func (e *Element) find(name string) int {
	if e.index != nil {
		if i, ok := e.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range e.Members {
		if e.Members[i].Name == name {
			return i
		}
	}
	return -1
}

// Member is the value of a member of an object, or nil where there is none.
func (e *Element) Member(name string) *Element {
	if i := e.find(name); i >= 0 {
		return e.Members[i].Value
	}
	return nil
}
