package grafana

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/storage"
)

// inlined is up to how many metrics the list of an editor carries the options of
// every field: behind that the editor asks for them when one is opened.
const inlined = 1000

// field is one field that the editor shows for a payload.
type field struct {
	name, label, kind, placeholder string
	width                          int
	reload                         bool // a change of it changes the fields
	options                        []option
}

// option is one choice of a field.
type option struct{ label, value string }

// edited is the body of an editor's requests.
type edited struct {
	Metric  json.RawMessage `json:"metric"`
	Payload json.RawMessage `json:"payload"`
	Name    json.RawMessage `json:"name"`
}

// aggregators are those that the payload names.
func (q *edited) aggregators() []string {
	var y payload
	var all members
	if json.Unmarshal(q.Payload, &all) != nil || y.named(all["aggregator"]) != nil {
		return nil
	}
	return y.aggregators
}

// metrics lists metrics with the fields of their payload.
func (p *Protocol) metrics(c echo.Context) error {
	var q edited
	if err := p.read(c, &q); err != nil {
		return err
	}
	names, err := p.names(c.Request().Context(), p.store(c), storage.Selection{}, nil)
	if err != nil {
		return err
	}
	text := piece()
	text.put(`,"payloads":`)
	fields(text, p.fields(q.aggregators()), len(names) <= inlined)
	return p.answerTexts(c, names, func(b *body, name string) {
		b.put(`{"label":`).string(name).put(`,"value":`).string(name)
		b.Text = append(append(b.Text, text.Text...), '}')
	})
}

// fields are those of a payload that names some aggregators. What describes them
// is what describes them everywhere.
func (p *Protocol) fields(chosen []string) []field {
	list := []field{
		{name: "aggregator", label: "Aggregator", kind: "select", width: 20, placeholder: "avg where there are many points", reload: true, options: p.choosable()},
		{name: "sampling", label: "Sampling", kind: "input", placeholder: "auto"},
	}
	for _, name := range chosen {
		spec, ok := p.Specs.Spec(name)
		if !ok || !p.Release.Offers(spec) {
			continue
		}
		for i := range spec.Properties {
			if property := &spec.Properties[i]; !settled(property.Name) && p.Release.OffersProperty(spec, property.Name) {
				list = append(list, propertyField(property))
			}
		}
	}
	return append(list,
		field{name: "group_by", label: "Group by", kind: "multi-select", width: 24},
		field{name: "tags", label: "Tags", kind: "textarea", placeholder: `{"host": ["a", "b"]}`},
		field{name: "alias", label: "Alias", kind: "input", placeholder: "$metric $tag_host"},
		field{name: "format", label: "Format", kind: "select", placeholder: formSeries, options: wordOptions("format")},
		field{name: "fill", label: "Fill", kind: "select", placeholder: fillNone, options: wordOptions("fill")},
		field{name: "align", label: "Align", kind: "select", placeholder: alignStart, options: wordOptions("align")},
		field{name: "limit", label: "Limit", kind: "input", placeholder: "none"},
	)
}

// choosable are the aggregators that can do without being told more, and those
// that need ranges; what stores points is not among them.
func (p *Protocol) choosable() []option {
	var list []option
	for _, spec := range p.Specs.Specs() {
		if spec.Name != "save_as" && p.Release.Offers(&spec) {
			list = append(list, option{spec.Label, spec.Name})
		}
	}
	return list
}

// propertyField is the field of an aggregator's property.
func propertyField(property *aggregators.Property) field {
	f := field{name: property.Name, label: property.Label, kind: "input", placeholder: property.Default}
	switch property.Type {
	case aggregators.Bool:
		f.kind, f.options = "select", []option{{"true", "true"}, {"false", "false"}}
	case aggregators.Enum:
		f.kind = "select"
		for _, word := range property.Options {
			f.options = append(f.options, option{word, strings.ToLower(word)})
		}
	}
	return f
}

// wordOptions are the choices of a payload's own option.
func wordOptions(name string) []option {
	var list []option
	for _, word := range words[name] {
		list = append(list, option{word, word})
	}
	return list
}

// fields writes fields, with their choices or without.
func fields(b *body, list []field, whole bool) {
	b.put("[")
	for i, f := range list {
		b.comma(i).put(`{"name":`).string(f.name).member("label", f.label).member("type", f.kind).member("placeholder", f.placeholder)
		if f.width > 0 {
			b.put(`,"width":`).int(int64(f.width))
		}
		if f.reload {
			b.put(`,"reloadMetric":true`)
		}
		if whole && len(f.options) > 0 {
			b.put(`,"options":`)
			options(b, f.options)
		}
		b.put("}")
	}
	b.put("]")
}

// options writes the choices of a field.
func options(b *body, list []option) {
	b.put("[")
	for i, o := range list {
		b.comma(i).put(`{"label":`).string(o.label).put(`,"value":`).string(o.value).put("}")
	}
	b.put("]")
}

// payloadOptions lists the choices of a field that its editor has opened: for
// group_by the tags of the metric, for a tag's name the values that it has there.
func (p *Protocol) payloadOptions(c echo.Context) error {
	var q edited
	if err := p.read(c, &q); err != nil {
		return err
	}
	name, ok := textOf(q.Name)
	if !ok {
		return bad("name: got %s, want the name of a field", shown(q.Name))
	}
	metric, ok := textOf(q.Metric)
	if !ok {
		return bad("metric: got %s, want a text", shown(q.Metric))
	}
	list, err := p.choicesOf(c, &q, name, metric)
	if err != nil {
		return err
	}
	return p.answer(c, func(b *body) error {
		options(b, list)
		return nil
	})
}

// choicesOf are the choices of a field.
func (p *Protocol) choicesOf(c echo.Context, q *edited, name, metric string) ([]option, error) {
	all := p.fields(q.aggregators())
	i := slices.IndexFunc(all, func(f field) bool { return f.name == name })
	if i >= 0 && name != "group_by" || metric == "" {
		if i < 0 {
			return nil, nil
		}
		return all[i].options, nil
	}
	ctx, store := c.Request().Context(), p.store(c)
	names, err := p.targeted(ctx, store, metric)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	texts := store.TagNames(ctx, storage.Selection{Metrics: names})
	if name != "group_by" {
		texts = store.TagValues(ctx, name, storage.Selection{Metrics: names})
	}
	var list []option
	found, err := gather(texts, mostNames, nil)
	for _, text := range found {
		list = append(list, option{text, text})
	}
	return list, err
}
