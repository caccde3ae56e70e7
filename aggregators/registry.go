package aggregators

import (
	"fmt"
	"slices"

	"aion/storage/points"
)

// Spec is an aggregator as the parser, the features endpoint and the manual
// know it: one description, beside the code it describes. The texts of what is
// listed as a feature are KairosDB's.
type Spec struct {
	Name, Label, Description string
	Properties               []Property
	Range                    bool       // takes the properties of ranges too
	Hidden                   []Property // can be set, but is not listed as a feature

	// Build makes the aggregator of checked values. What is wrong with the
	// values is a *PropertyError; what is wrong with the time range and zone
	// shows when the aggregator is read.
	Build func(Env, Values) (Aggregator, error)
}

// Type is the type of a property's value in Values.
type Type string

// The types, as KairosDB's features endpoint names them where it does.
const (
	Int        Type = "int"     // int64, within 32 bits
	Long       Type = "long"    // int64
	Double     Type = "double"  // float64
	Bool       Type = "boolean" // bool
	String     Type = "String"  // string
	Enum       Type = "enum"    // string: one of Options, as the property spells them
	Sampling   Type = "Object"  // points.Span
	ZoneID     Type = "zone"    // *Zone
	Thresholds Type = "array"   // []Threshold
	Any        Type = "any"     // a threshold of filter: float64, string, or Other
	TagMap     Type = "tags"    // points.Tags
	UnitOnly   Type = "unit"    // points.Span: 1 of the unit
)

// Other is a filter threshold that is neither number nor text.
type Other struct{}

// Property describes one property of an aggregator.
type Property struct {
	Name, Label, Description string
	Type                     Type
	Optional                 bool
	Default                  string   // as the features endpoint prints it
	Options                  []string // of an Enum
	Autocomplete             string   // what a user interface completes it with: tags
	Validations              []Validation
}

// Validation is a check that a user interface makes.
type Validation struct{ Expression, Message string }

// Values are the properties of an aggregator that were given, by name, each of
// the Go type that its Property's Type names.
type Values map[string]any

// PropertyError says which property of an aggregator is wrong and why, in the
// words of KairosDB's constraint: "may not be zero".
type PropertyError struct{ Aggregator, Property, Problem string }

// Error names aggregator and property.
func (e *PropertyError) Error() string {
	return fmt.Sprintf("%s.%s %s", e.Aggregator, e.Property, e.Problem)
}

// Registry lists aggregators by name.
type Registry struct{ specs []Spec }

// Spec finds an aggregator by its case-sensitive name.
func (r *Registry) Spec(name string) (*Spec, bool) {
	i := slices.IndexFunc(r.specs, func(s Spec) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return &r.specs[i], true
}

// Specs are all aggregators, sorted by name.
func (r *Registry) Specs() []Spec { return r.specs }

// Property finds a property of an aggregator, the properties of ranges
// included.
func (s *Spec) Property(name string) (*Property, bool) {
	if p := propertyOf(s.Properties, name); p != nil {
		return p, true
	}
	if p := propertyOf(s.Hidden, name); p != nil {
		return p, true
	}
	p := propertyOf(rangeProperties(s), name)
	return p, p != nil
}

// propertyOf is the property of that name in a list, or nil.
func propertyOf(list []Property, name string) *Property {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

// Threshold is one threshold of score. Its boundary belongs to the scores above
// it when Inferior, to those below otherwise.
type Threshold struct {
	Value    float64
	Boundary string // superior, inferior, or what else was sent
}

// get is the value of a property, or otherwise when it was not given.
func get[T any](v Values, name string, otherwise T) T {
	if x, ok := v[name].(T); ok {
		return x
	}
	return otherwise
}

// numbersOnly is the Kind of an aggregator that takes numbers and makes numbers.
func numbersOnly(in points.Kind) (points.Kind, bool) { return points.Number, in == points.Number }

// anyKind is the Kind of an aggregator that passes every kind on.
func anyKind(in points.Kind) (points.Kind, bool) { return in, true }
