package carbon

import (
	"fmt"
	"regexp"
	"strings"

	"aion/api/stream"
	"aion/storage/points"
)

// Naming makes a metric and tags of a path. Its methods may be called by several
// goroutines.
type Naming interface {
	// Name answers tags in the order that Tags promises, or why a path has no
	// name.
	Name(path string) (metric string, tags points.Tags, err error)
}

// HostPatterns are what the plugin's HostTagParser is made of: two expressions
// that must each match a whole path, and what becomes of it. $1 stands for what
// the first parentheses have matched.
type HostPatterns struct {
	Host, HostReplacement     string
	Metric, MetricReplacement string
}

// DefaultHostPatterns are the plugin's: the second part of a path is the host.
func DefaultHostPatterns() HostPatterns {
	return HostPatterns{Host: `[^.]*\.([^.]*)\..*`, HostReplacement: "$1", Metric: `([^.]*)\.[^.]*\.(.*)`, MetricReplacement: "$1.$2"}
}

// rewriting is an expression that must match a whole path, and what becomes of
// it.
type rewriting struct {
	pattern *regexp.Regexp
	to      string
}

// newRewriting reads an expression and a replacement in Java's form.
func newRewriting(pattern, to string) (rewriting, error) {
	r, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return rewriting{r, replacement(to)}, err
}

// of is what becomes of a path. Not ok: it does not match.
func (r *rewriting) of(path string) (text string, ok bool) {
	found := r.pattern.FindStringSubmatchIndex(path)
	if found == nil {
		return "", false
	}
	return string(r.pattern.ExpandString(nil, r.to, path, found)), true
}

// byHost is the plugin's HostTagParser.
type byHost struct{ host, metric rewriting }

// ByHost is the naming of the patterns: the tags are host and type=graphite.
func ByHost(p HostPatterns) (Naming, error) {
	host, err := newRewriting(p.Host, p.HostReplacement)
	if err != nil {
		return nil, fmt.Errorf("host pattern: %w", err)
	}
	metric, err := newRewriting(p.Metric, p.MetricReplacement)
	if err != nil {
		return nil, fmt.Errorf("metric pattern: %w", err)
	}
	return &byHost{host, metric}, nil
}

// replacement is a replacement in Java's form in Go's: $1 ends with its digits,
// a backslash takes the meaning from what follows it.
func replacement(java string) string {
	var b strings.Builder
	for i := 0; i < len(java); i++ {
		switch c := java[i]; {
		case c == '\\' && i+1 < len(java):
			i++
			b.WriteString(strings.ReplaceAll(java[i:i+1], "$", "$$"))
		case c == '$' && i+1 < len(java) && java[i+1] >= '0' && java[i+1] <= '9':
			i++
			b.WriteString("${" + java[i:i+1] + "}")
		case c == '$':
			b.WriteString("$$")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// errNoMatch is why the plugin passes over a path without a word.
var errNoMatch = stream.Refusal("the path does not match the patterns of host and metric")

// Name takes a path apart.
func (n *byHost) Name(path string) (string, points.Tags, error) {
	metric, ok := n.metric.of(path)
	host, found := n.host.of(path)
	if !ok || !found {
		return "", nil, errNoMatch
	}
	return whole(path, metric, points.Tags{{Name: "host", Value: host}, {Name: "type", Value: "graphite"}})
}

// byTags is the plugin's GraphiteTagsParser.
type byTags struct{}

// ByTags is the naming of Graphite's own tags: metric;name=value;name=value.
func ByTags() Naming { return byTags{} }

// Name takes a path apart.
func (byTags) Name(path string) (string, points.Tags, error) {
	metric, rest, ok := strings.Cut(path, ";")
	if !ok {
		return "", nil, stream.Refusal("unparseable metric %s - ignoring metric", path)
	}
	var tags points.Tags
	for entry := range strings.SplitSeq(rest, ";") {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || strings.Contains(value, "=") {
			return "", nil, stream.Refusal("Chunk [%s] is not a valid entry", entry)
		}
		tags = append(tags, points.Tag{Name: name, Value: value})
	}
	tags.Sort()
	for i := 1; i < len(tags); i++ {
		if tags[i].Name == tags[i-1].Name {
			return "", nil, stream.Refusal("Duplicate key [%s] found.", tags[i].Name)
		}
	}
	return whole(path, metric, tags)
}

// whole refuses names and values that are empty.
func whole(path, metric string, tags points.Tags) (string, points.Tags, error) {
	empty := metric == ""
	for _, t := range tags {
		empty = empty || t.Name == "" || t.Value == ""
	}
	switch {
	case len(tags) == 0:
		return "", nil, stream.Refusal("Metric %s is missing a tag", path)
	case empty:
		return "", nil, stream.Refusal("Metric %s has an empty name, tag or value", path)
	}
	return metric, tags, nil
}
