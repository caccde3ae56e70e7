package grafana

import (
	"context"
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// marking is what an annotation's query means: events, events{env=prod}, or
// #deploy for all texts with a tag.
type marking struct {
	metric   string // as a target names it; empty: every metric
	matchers []storage.Matcher
}

// empty tells whether nothing is asked for.
func (m *marking) empty() bool { return m.metric == "" && len(m.matchers) == 0 }

// parseMarks reads the query of an annotation. What several values of a variable
// became stands in braces there, too.
func parseMarks(text string) (m marking, err error) {
	text = strings.TrimSpace(text)
	name, inner, found := strings.Cut(text, "{")
	if found && strings.Contains(inner, "=") {
		inner, rest, closed := cutLast(inner, "}")
		if !closed {
			return m, bad("query: the brace of %q is not closed", text)
		}
		text = name + " " + rest
		for _, condition := range outside(inner) {
			tag, value, ok := strings.Cut(condition, "=")
			if !ok || strings.TrimSpace(tag) == "" {
				return m, bad("query: got %q between braces, want tag=value", condition)
			}
			m.where(strings.TrimSpace(tag), strings.TrimSpace(value))
		}
	}
	var words []string
	for word := range strings.FieldsSeq(text) {
		tag, tagged := strings.CutPrefix(word, "#")
		name, value, valued := strings.Cut(strings.Replace(tag, ":", "=", 1), "=")
		switch {
		case !tagged:
			words = append(words, word)
		case valued:
			m.where(name, value)
		default:
			m.matchers = append(m.matchers, storage.Matcher{Tag: tag, Absent: true, Not: true})
		}
	}
	m.metric = strings.Join(words, " ")
	return m, nil
}

// where adds the condition that a tag has a value, or one of several.
func (m *marking) where(tag, value string) {
	m.matchers = append(m.matchers, storage.Matcher{Tag: tag, Values: globs(value)})
}

// globs are the values that Grafana writes as {a,b}, or as (a|b).
func globs(text string) []string {
	if inner, ok := strings.CutPrefix(text, "{"); ok && strings.HasSuffix(inner, "}") {
		return strings.Split(strings.TrimSuffix(inner, "}"), ",")
	}
	return choices(text)
}

// cutLast cuts a text at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

// outside are the parts of a text between commas that stand in no braces. Those that
// Grafana has escaped are none.
func outside(text string) (parts []string) {
	depth, from, escaped := 0, 0, false
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '{', r == '(':
			depth++
		case r == '}', r == ')':
			depth--
		case r == ',' && depth == 0:
			parts, from = append(parts, text[from:i]), i+1
		}
	}
	return append(parts, text[from:])
}

// metrics are the metrics of a marking: where it names none, those that have texts
// for it.
func (m *marking) metrics(ctx context.Context, store storage.Reader) ([]string, error) {
	if m.metric == "" {
		sel := storage.Selection{Types: []string{points.TypeText}, Matchers: m.matchers}
		return gather(store.Metrics(ctx, sel), mostMetrics, nil)
	}
	var names []string
	for _, text := range globs(m.metric) {
		more, err := metricsOf(ctx, store, text)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
