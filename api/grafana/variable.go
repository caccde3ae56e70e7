package grafana

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/storage"
	"aion/storage/points"
)

// asking is what a variable asks for, in either of its forms.
type asking struct {
	kind    string   // metrics, tag_names or tag_values
	metrics []string // as targets name them
	tag     string
	filter  string // a part of what is listed, or an expression between slashes
	tags    []storage.Matcher
}

// The functions of variables.
const (
	askMetrics   = "metrics"
	askTagNames  = "tag_names"
	askTagValues = "tag_values"
)

// variable lists the values of a variable.
func (p *Protocol) variable(c echo.Context) error {
	var q struct {
		Payload json.RawMessage `json:"payload"`
		Range   *span           `json:"range"`
	}
	if err := p.read(c, &q); err != nil {
		return err
	}
	var within *points.Range
	if q.Range != nil {
		r, err := p.within(q.Range)
		if err != nil {
			return err
		}
		within = &r
	}
	list, err := p.values(c, q.Payload, within)
	if err != nil {
		return err
	}
	return p.answerTexts(c, list, func(b *body, text string) {
		b.put(`{"__text":`).string(text).put(`,"__value":`).string(text).put("}")
	})
}

// values are the values that a payload asks for.
func (p *Protocol) values(c echo.Context, payload json.RawMessage, within *points.Range) ([]string, error) {
	ctx, store := c.Request().Context(), p.store(c)
	if text, ok := textOf(payload); ok {
		return p.found(ctx, store, text, within, false)
	}
	var o struct{ Target, Type, Metric, Tag, Filter, Tags json.RawMessage }
	if err := json.Unmarshal(payload, &o); err != nil {
		return nil, bad("payload: got %s, want an object", shown(payload))
	}
	if present(o.Target) {
		text, ok := textOf(o.Target)
		if !ok {
			return nil, bad("payload.target: got %s, want a text", shown(o.Target))
		}
		return p.found(ctx, store, text, within, false)
	}
	a := asking{}
	for _, m := range []struct {
		name string
		raw  json.RawMessage
		to   *string
	}{{"type", o.Type, &a.kind}, {"tag", o.Tag, &a.tag}, {"filter", o.Filter, &a.filter}} {
		var ok bool
		if *m.to, ok = textOf(m.raw); !ok {
			return nil, bad("payload.%s: got %s, want a text", m.name, shown(m.raw))
		}
	}
	var ok bool
	if a.metrics, ok = textsOf(o.Metric); !ok {
		return nil, bad("payload.metric: got %s, want a text or an array of texts", shown(o.Metric))
	}
	if err := a.where(o.Tags); err != nil {
		return nil, err
	}
	return p.options(ctx, store, &a, within)
}

// where takes the tags of the JSON form: each has a value, or one of several.
func (a *asking) where(raw json.RawMessage) error {
	if !present(raw) {
		return nil
	}
	var tags members
	if json.Unmarshal(raw, &tags) != nil {
		return bad("payload.tags: got %s, want an object", shown(raw))
	}
	for name, value := range tags {
		texts, ok := textsOf(value)
		if !ok {
			return bad("payload.tags.%s: got %s, want a text or an array of texts", name, shown(value))
		}
		if len(texts) > 0 {
			a.tags = append(a.tags, storage.Matcher{Tag: name, Values: texts})
		}
	}
	return nil
}

// call is a function with its arguments.
var call = regexp.MustCompile(`^\s*([a-z_]+)\s*\((.*)\)\s*$`)

// found is what the text form of a variable asks for: a function's answer, or the
// metrics that have the text in their names. What only looks like a function is
// such a text where it has alternatives, or where people search; a variable says
// that there is no such function.
func (p *Protocol) found(ctx context.Context, store storage.Store, text string, within *points.Range, searched bool) ([]string, error) {
	a := asking{kind: askMetrics, filter: strings.TrimSpace(text)}
	parts := call.FindStringSubmatch(text)
	if parts != nil && !slices.Contains([]string{askMetrics, askTagNames, askTagValues}, parts[1]) {
		if _, several := alternatives(text); several || searched {
			parts = nil
		}
	}
	if parts != nil {
		a = asking{kind: parts[1]}
		if err := a.arguments(parts[2]); err != nil {
			return nil, err
		}
	}
	return p.options(ctx, store, &a, within)
}

// arguments takes the arguments of a function: metrics(part), tag_names(metric),
// tag_values(metric, tag, other=value …).
func (a *asking) arguments(text string) error {
	if a.kind == askMetrics {
		a.filter = strings.TrimSpace(text)
		return nil
	}
	parts := outside(text)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	if parts[0] != "" {
		a.metrics = parts[:1:1]
	}
	if parts = parts[1:]; a.kind == askTagValues && len(parts) > 0 {
		a.tag, parts = unescaped(parts[0]), parts[1:]
	}
	for _, part := range parts {
		tag, value, ok := strings.Cut(part, "=")
		if !ok {
			return bad("%s: got %q, want tag=value", a.kind, part)
		}
		a.tags = append(a.tags, storage.Matcher{Tag: strings.TrimSpace(tag), Values: globs(strings.TrimSpace(value))})
	}
	return nil
}

// options answers a variable.
func (p *Protocol) options(ctx context.Context, store storage.Store, a *asking, within *points.Range) ([]string, error) {
	switch {
	case a.kind == askMetrics:
		return p.filtered(ctx, store, a, within)
	case a.kind != askTagNames && a.kind != askTagValues:
		return nil, bad("type: got %q, want metrics, tag_names or tag_values", a.kind)
	case len(a.metrics) == 0:
		return nil, bad("%s: it lacks a metric", a.kind)
	case a.kind == askTagValues && a.tag == "":
		return nil, bad("%s: it lacks a tag", a.kind)
	}
	var names []string
	for _, text := range a.metrics {
		more, err := metricsOf(ctx, store, text)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return nil, nil
	}
	return tagged(ctx, store, a, storage.Selection{Metrics: names, Matchers: a.tags, Within: within})
}
