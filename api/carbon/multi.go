package carbon

import (
	"fmt"
	"strings"

	"aion/storage/points"
)

// TagPatterns are what the plugin's MultiTagParser is made of: for each tag an
// expression that must match a whole path, and what becomes of it.
type TagPatterns struct {
	Metric, MetricReplacement    string
	Tags, Patterns, Replacements string // lists with semicolons between, equally long
	Case                         string // upper or lower: paths are made so first; empty: they stay
}

// byPatterns is the plugin's MultiTagParser.
type byPatterns struct {
	metric rewriting
	tags   []string
	values []rewriting
	cased  func(string) string
}

// ByPatterns is the naming of the patterns. What does not match them is stored,
// as the plugin does, as the metric invalidMetrics with the path as its tag.
func ByPatterns(p TagPatterns) (Naming, error) {
	n := &byPatterns{cased: func(path string) string { return path }}
	switch strings.ToLower(p.Case) {
	case "upper":
		n.cased = strings.ToUpper
	case "lower":
		n.cased = strings.ToLower
	}
	var err error
	if n.metric, err = newRewriting(p.Metric, p.MetricReplacement); err != nil {
		return nil, fmt.Errorf("metric pattern: %w", err)
	}
	tags, patterns, replacements := listed(p.Tags), listed(p.Patterns), listed(p.Replacements)
	if len(tags) == 0 || len(tags) != len(patterns) || len(tags) != len(replacements) {
		return nil, fmt.Errorf("got %d tags, %d patterns and %d replacements, want as many of each, one at least", len(tags), len(patterns), len(replacements))
	}
	n.tags = tags
	for i, pattern := range patterns {
		r, err := newRewriting(pattern, replacements[i])
		if err != nil {
			return nil, fmt.Errorf("pattern of tag %s: %w", tags[i], err)
		}
		n.values = append(n.values, r)
	}
	return n, nil
}

// listed are the parts of a list with semicolons between, without the blanks
// around them and without empty ones at the end.
func listed(text string) []string {
	parts := strings.Split(text, ";")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// Name takes a path apart.
func (n *byPatterns) Name(path string) (string, points.Tags, error) {
	path = n.cased(path)
	metric, ok := n.metric.of(path)
	if !ok {
		return invalidMetric(path)
	}
	found := map[string]string{}
	for i, tag := range n.tags {
		if found[tag], ok = n.values[i].of(path); !ok {
			return invalidMetric(path)
		}
	}
	return whole(path, metric, points.TagsOf(found))
}

// invalidMetric is what a path is stored as that no rule makes a name of: the
// plugin's metric invalidMetrics, with the path and more tags that say why.
func invalidMetric(path string, why ...points.Tag) (string, points.Tags, error) {
	tags := append(points.Tags{{Name: "metricName", Value: path}}, why...)
	tags.Sort()
	return whole(path, "invalidMetrics", tags)
}
