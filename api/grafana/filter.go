package grafana

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"aion/storage"
)

// filter is an ad hoc filter: a condition on a tag that the viewer of a dashboard
// sets for all its panels.
type filter struct {
	Key      json.RawMessage `json:"key"`
	Operator json.RawMessage `json:"operator"`
	Value    json.RawMessage `json:"value"`
	Values   json.RawMessage `json:"values"`
}

// matchers are the conditions of filters on the series of some metrics; no
// metrics are all. Filters that have no key yet are passed over, and those on the
// tag but.
func matchers(ctx context.Context, store storage.Reader, metrics []string, filters []filter, but string) ([]storage.Matcher, error) {
	var all []storage.Matcher
	for i := range filters {
		f := &filters[i]
		key, ok := textOf(f.Key)
		if !ok {
			return nil, bad("filters[%d].key: got %s, want the name of a tag", i, shown(f.Key))
		}
		if key == "" || key == but || !present(f.Value) && !present(f.Values) {
			continue
		}
		m, err := f.matcher(ctx, store, metrics, key, "filters["+strconv.Itoa(i)+"]")
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// matcher is the condition of one filter.
func (f *filter) matcher(ctx context.Context, store storage.Reader, metrics []string, key, place string) (storage.Matcher, error) {
	m := storage.Matcher{Tag: key}
	operator, _ := textOf(f.Operator)
	value, ok := textOf(f.Value)
	if !ok {
		return m, bad("%s.value: got %s, want a text", place, shown(f.Value))
	}
	values, ok := textsOf(f.Values)
	if !ok {
		return m, bad("%s.values: got %s, want an array of texts", place, shown(f.Values))
	}
	switch operator {
	case "", "=":
		m.Values = []string{value}
	case "!=":
		m.Values, m.Not = []string{value}, true
	case "=|", "!=|":
		if m.Values = values; len(values) == 0 {
			m.Values = strings.Split(value, "|")
		}
		m.Not = operator == "!=|"
	case "=~", "!~":
		pattern, err := storage.NewPattern(value)
		if err != nil {
			return m, bad("%s.value: %v", place, err)
		}
		m.Patterns, m.Not = []*storage.Pattern{pattern}, operator == "!~"
	case "<", ">":
		return f.compared(ctx, store, metrics, m, operator == "<", value, place)
	default:
		return m, bad("%s.operator: got %s, want one of = != =| !=| =~ !~ < >", place, shown(f.Operator))
	}
	return m, nil
}

// compared is the condition that a tag's value is a number below or above
// another one: that it is one of those that are now.
func (f *filter) compared(ctx context.Context, store storage.Reader, metrics []string, m storage.Matcher, below bool, value, place string) (storage.Matcher, error) {
	bound, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return m, bad("%s.value: got %s, want a number to compare with", place, shown(f.Value))
	}
	for text, err := range store.TagValues(ctx, m.Tag, storage.Selection{Metrics: metrics}) {
		if err != nil {
			return m, err
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return m, bad("%s.operator: the tag %s has the value %s, which is no number to compare", place, m.Tag, strconv.Quote(text))
		}
		if below && v < bound || !below && v > bound {
			m.Values = append(m.Values, text)
		}
	}
	return m, nil
}
