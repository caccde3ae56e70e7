package kairosdb

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/storage/points"
)

// feature is a kind of component that queries are made of, as a user interface
// wants to know it.
type feature struct {
	name, label string
	components  []component
}

// component is an aggregator or a grouper.
type component struct {
	name, label, description string
	properties               []aggregators.Property
}

// featureRoutes are the resources that describe aggregators and groupers.
func (p *Protocol) featureRoutes() []route {
	return []route{
		{path: "/features", read: anyone, get: p.listFeatures},
		{path: "/features/{feature}", read: anyone, get: p.describeFeature},
	}
}

// listFeatures describes everything, each kind sorted by label.
func (p *Protocol) listFeatures(c echo.Context) error {
	var b javaJSON
	b.put("[")
	for i, f := range p.features() {
		byLabel := func(a, b component) int { return cmp.Compare(a.label, b.label) }
		slices.SortStableFunc(f.components, byLabel)
		b.comma(i)
		b.put(`{"name":`).text(f.name).put(`,"label":`).text(f.label).put(`,"properties":`)
		b.components(f.components)
		b.put("}")
	}
	b.put("]")
	return p.answerText(c, b)
}

// describeFeature describes one kind, sorted by name.
func (p *Protocol) describeFeature(c echo.Context) error {
	name := strings.ToLower(c.Param("feature"))
	for _, f := range p.features() {
		if f.name == name {
			var b javaJSON
			b.components(f.components)
			return p.answerText(c, b)
		}
	}
	return &Fault{http.StatusNotFound, []string{"Unknown feature '" + name + "'"}}
}

// answerText gives a success with a finished body.
func (p *Protocol) answerText(c echo.Context, text []byte) error {
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, text...)
		return nil
	})
}

// features are the groupers and the aggregators that the release has, each
// sorted by name.
func (p *Protocol) features() []feature {
	aggregating := feature{name: "aggregators", label: "Aggregator"}
	for _, spec := range p.Specs.Specs() {
		if !p.Release.Offers(&spec) {
			continue
		}
		c := component{name: spec.Name, label: spec.Label, description: spec.Description}
		for _, property := range spec.Properties {
			if p.Release.OffersProperty(&spec, property.Name) {
				c.properties = append(c.properties, property)
			}
		}
		aggregating.components = append(aggregating.components, c)
	}
	return []feature{{"group_by", "Group By", groupers()}, aggregating}
}

// javaJSON is a text as Gson prints it, growing.
type javaJSON []byte

// put adds what stands as it is.
func (b *javaJSON) put(s string) *javaJSON {
	*b = append(*b, s...)
	return b
}

// comma adds a comma before all elements but the first.
func (b *javaJSON) comma(i int) {
	if i > 0 {
		b.put(",")
	}
}

// text adds a string. Gson escapes what HTML might take for its own.
func (b *javaJSON) text(s string) *javaJSON {
	const digits = "0123456789abcdef"
	*b = append(*b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			*b = append(*b, '\\', c)
		case c < ' ' || strings.IndexByte("<>&='", c) >= 0:
			*b = append(*b, `\u00`...)
			*b = append(*b, digits[c>>4], digits[c&15])
		default:
			*b = append(*b, c)
		}
	}
	*b = append(*b, '"')
	return b
}

// components adds an array of components, their properties sorted by label.
func (b *javaJSON) components(list []component) {
	b.put("[")
	for i, c := range list {
		b.comma(i)
		b.put(`{"name":`).text(c.name).put(`,"label":`).text(c.label).put(`,"description":`).text(c.description)
		b.put(`,"properties":[`)
		sorted := slices.Clone(c.properties)
		slices.SortStableFunc(sorted, func(a, b aggregators.Property) int { return cmp.Compare(a.Label, b.Label) })
		for i := range sorted {
			b.comma(i)
			b.property(&sorted[i])
		}
		b.put("]}")
	}
	b.put("]")
}

// property adds a property; a span of time is an object of two.
func (b *javaJSON) property(p *aggregators.Property) {
	b.put(`{"name":`).text(p.Name).put(`,"label":`).text(p.Label)
	if p.Type == aggregators.Sampling {
		b.put(`,"optional":false,"type":"Object","multiline":false,"properties":[`)
		b.property(&aggregators.Property{
			Name: "value", Label: "Value", Description: "The number of units for the aggregation buckets",
			Type: aggregators.Long, Default: "1",
			Validations: []aggregators.Validation{{Expression: "value >= 0", Message: "Value must be greater or equal to 0."}},
		})
		b.put(",")
		b.property(&aggregators.Property{
			Name: "unit", Label: "Unit", Description: "The time unit for the sampling rate",
			Type: aggregators.Enum, Default: "MILLISECONDS", Options: points.Units[:],
		})
		b.put("]}")
		return
	}
	b.put(`,"description":`).text(p.Description).put(`,"optional":false,"type":`).text(typeName(p.Type)).put(`,"options":[`)
	for i, option := range p.Options {
		b.comma(i)
		b.text(strings.ToUpper(option))
	}
	b.put(`],"defaultValue":`).text(p.Default).put(`,"autocomplete":`).text(p.Autocomplete)
	b.put(`,"multiline":false,"validations":[`)
	for i, v := range p.Validations {
		b.comma(i)
		b.put(`{"expression":`).text(v.Expression).put(`,"type":"js","message":`).text(v.Message).put("}")
	}
	b.put("]}")
}

// typeName is how KairosDB names a type.
func typeName(t aggregators.Type) string {
	switch t {
	case aggregators.UnitOnly:
		return string(aggregators.Enum)
	case aggregators.Any:
		return "Object"
	}
	return string(t)
}
