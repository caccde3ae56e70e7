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
	kind   string // metrics, tag_names or tag_values
	metric string // as a target names it
	tag    string
	filter string // of metrics: a part of their names, or an expression between slashes
	tags   []storage.Matcher
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
		Payload json.RawMessage
		Range   *span
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
		return p.found(ctx, store, text, within)
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
		return p.found(ctx, store, text, within)
	}
	a := asking{}
	for _, m := range []struct {
		name string
		raw  json.RawMessage
		to   *string
	}{{"type", o.Type, &a.kind}, {"metric", o.Metric, &a.metric}, {"tag", o.Tag, &a.tag}, {"filter", o.Filter, &a.filter}} {
		var ok bool
		if *m.to, ok = textOf(m.raw); !ok {
			return nil, bad("payload.%s: got %s, want a text", m.name, shown(m.raw))
		}
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
// metrics that have the text in their names.
func (p *Protocol) found(ctx context.Context, store storage.Store, text string, within *points.Range) ([]string, error) {
	a := asking{kind: askMetrics, filter: strings.TrimSpace(text)}
	if parts := call.FindStringSubmatch(text); parts != nil {
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
	a.metric = parts[0]
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
	case a.metric == "":
		return nil, bad("%s: it lacks a metric", a.kind)
	case a.kind == askTagValues && a.tag == "":
		return nil, bad("%s: it lacks a tag", a.kind)
	}
	names, err := metricsOf(ctx, store, a.metric)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return tagged(ctx, store, a, storage.Selection{Metrics: names, Matchers: a.tags, Within: within})
}

// filtered are the metrics that a variable asks for.
func (p *Protocol) filtered(ctx context.Context, store storage.Store, a *asking, within *points.Range) ([]string, error) {
	s := storage.Selection{Matchers: a.tags, Within: within}
	if e, ok := expression(a.filter); ok {
		pattern, err := storage.NewPattern(e)
		if err != nil {
			return nil, bad("metrics: %v", err)
		}
		return p.names(ctx, store, s, pattern.Match)
	}
	parts := choices(a.filter)
	return p.names(ctx, store, s, func(name string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
	})
}

// tagged are names or values of tags. With a range only series that have points
// in it count; a store far away has an index that is cut by time, which must do.
func tagged(ctx context.Context, store storage.Store, a *asking, s storage.Selection) ([]string, error) {
	if s.Within == nil {
		if a.kind == askTagNames {
			return gather(store.TagNames(ctx, s), mostNames, nil)
		}
		return gather(store.TagValues(ctx, a.tag, s), mostNames, nil)
	}
	seen := map[string]bool{}
	for series, err := range store.Select(ctx, s) {
		if err != nil {
			return nil, err
		}
		fresh := a.fresh(series.Key().Tags, seen)
		if len(fresh) == 0 {
			continue
		}
		if !storage.Far(series) {
			if there, err := series.Any(ctx, *s.Within); err != nil || !there {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		for _, text := range fresh {
			seen[text] = true
		}
	}
	list := make([]string, 0, len(seen))
	for text := range seen {
		list = append(list, text)
	}
	slices.Sort(list)
	return list[:min(len(list), mostNames)], nil
}

// fresh are the names or values of a series that were not seen yet.
func (a *asking) fresh(tags points.Tags, seen map[string]bool) (texts []string) {
	for _, t := range tags {
		text := t.Name
		if a.kind == askTagValues {
			if t.Name != a.tag {
				continue
			}
			text = t.Value
		}
		if !seen[text] {
			texts = append(texts, text)
		}
	}
	return texts
}
