package carbon

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"aion/storage/points"
)

// byTemplates is the plugin's TemplatesTagParser.
type byTemplates []*template

// ByTemplates is the naming of templates with semicolons between, each of them a
// filter, which is an expression that the beginning of a path fits, and a
// template, whose parts say what the parts of the path are: metric, metric* for
// all that is left, a tag's name, or nothing. Behind them may stand separators of
// the path and of the metric, as in [.,_], and tags, as in a=b,c=d. The first
// template whose filter fits counts. What has no name is stored, as the plugin
// does, as the metric invalidMetrics with tags that say why.
func ByTemplates(text string) (Naming, error) {
	var all byTemplates
	for _, line := range listed(text) {
		t, err := parseTemplate(line)
		if err != nil {
			return nil, fmt.Errorf("template %q: %w", line, err)
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("got no template, want some such as %q", "^stats.gauges .type.metric*")
	}
	return all, nil
}

// template is one rule.
type template struct {
	text   string         // of the filter
	filter *regexp.Regexp // of the beginning of a path
	path   *regexp.Regexp // with parentheses round each part that counts
	parts  []string       // what the parentheses are: a tag, or metric or metric*
	static map[string]string
	from   string // what separates the parts of a path
	to     string // and those of the metric
}

// What stands behind a template.
var (
	separators = regexp.MustCompile(`^\[(\S)(?:,(\S))?\]$`)
	staticTags = regexp.MustCompile(`^(?:\w+=\w+,?)*\w+=\w+$`)
)

// parseTemplate reads one rule.
func parseTemplate(line string) (t *template, err error) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return nil, fmt.Errorf("want a filter and a template")
	}
	t = &template{text: words[0], static: map[string]string{}, from: ".", to: "."}
	if t.filter, err = regexp.Compile(`^(?:` + t.text + `)`); err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	for _, word := range words[2:] {
		if found := separators.FindStringSubmatch(word); found != nil {
			if t.from, t.to = found[1], found[2]; t.to == "" {
				t.to = t.from
			}
		} else if staticTags.MatchString(word) {
			for pair := range strings.SplitSeq(word, ",") {
				name, value, _ := strings.Cut(pair, "=")
				t.static[name] = value
			}
		} else {
			return nil, fmt.Errorf("unknown parameter: %s", word)
		}
	}
	t.compile(words[1])
	return t, nil
}

// compile makes the expression of a template.
func (t *template) compile(text string) {
	part := `[^` + regexp.QuoteMeta(t.from) + `]*`
	var parts []string
	for _, word := range strings.Split(strings.TrimRight(text, t.from), t.from) {
		switch word {
		case "":
			parts = append(parts, part)
			continue
		case "metric*":
			parts = append(parts, `(.*)`)
		default:
			parts = append(parts, `(`+part+`)`)
		}
		t.parts = append(t.parts, word)
	}
	// Parts that are quoted always make an expression.
	t.path = regexp.MustCompile(`^` + strings.Join(parts, regexp.QuoteMeta(t.from)) + `$`)
}

// Name takes a path apart.
func (all byTemplates) Name(path string) (string, points.Tags, error) {
	for _, t := range all {
		if t.filter.MatchString(path) {
			return t.name(path)
		}
	}
	return invalidMetric(path, points.Tag{Name: "cause", Value: "no matching template"})
}

// name takes a path apart whose beginning fits the filter.
func (t *template) name(path string) (string, points.Tags, error) {
	found := t.path.FindStringSubmatch(path)
	if found == nil {
		return invalidMetric(path, points.Tag{Name: "cause", Value: "does not match metric name pattern"}, points.Tag{Name: "templateFilter", Value: t.text})
	}
	var metric []string
	tags := map[string]string{}
	for i, part := range t.parts {
		if part == "metric" || part == "metric*" {
			metric = append(metric, found[i+1])
		} else {
			tags[part] = found[i+1]
		}
	}
	maps.Copy(tags, t.static)
	name := strings.ReplaceAll(strings.Join(metric, t.to), t.from, t.to)
	return whole(path, name, points.TagsOf(tags))
}
