package carbon

import (
	"strings"
	"testing"
)

// TestTemplates: names and tags as kairos-carbon makes them of its templates.
func TestTemplates(t *testing.T) {
	n, err := ByTemplates("^test.metric .metric.host.metric*; ^test2.metric .metric.host.metric* [.,_];" +
		"^test3.metric .metric.host.metric* type=static,dc=x;\n\tlines .host..metric;^dash -host-metric* [-];plain metric*; twice host.host.metric;")
	if err != nil {
		t.Fatal(err)
	}
	named(t, n, [][2]string{
		{"test.metric.host_name.name", "metric.name{host=host_name}"},
		{"test.metric.web1.a.b", "metric.a.b{host=web1}"},
		{"test2.metric.host_name.name.a", "metric_name_a{host=host_name}"},
		{"test3.metric.host_name.name", "metric.name{dc=x,host=host_name,type=static}"},
		{"lines.web1.skipped.load", "load{host=web1}"},
		{"dash-web1-a-b.c", "a-b.c{host=web1}"},
		{"twice.b.c", "c{host=b}"},
		{"metric.host_name.name", "invalidMetrics{cause=no matching template,metricName=metric.host_name.name}"},
		{"xtest.metric.a.b", "invalidMetrics{cause=no matching template,metricName=xtest.metric.a.b}"},
		{"test.metric.host_name", "invalidMetrics{cause=does not match metric name pattern,metricName=test.metric.host_name,templateFilter=^test.metric}"},
		{"plain.a", "Metric plain.a is missing a tag"},
		{"test.metric..a", "Metric test.metric..a has an empty name, tag or value"},
	})
	for text, want := range map[string]string{
		"": "no template", " ; ": "no template", "^a": "a filter and a template", "( .metric": "filter", "a .metric [..,_]": "unknown parameter", "a .metric b": "unknown parameter",
	} {
		if _, err := ByTemplates(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error that says %q", text, err, want)
		}
	}
}

// TestPatterns: names and tags as kairos-carbon makes them of a pattern for each
// tag.
func TestPatterns(t *testing.T) {
	p := TagPatterns{
		Metric: `(.*[.])(.*)`, MetricReplacement: "$2", Case: "lower",
		Tags: "GroupId;ArtifactId", Patterns: `()([^.]*[.][^.]*[.][^.]*[.][^.]*)[.].*; ([^.]*[.]){4}([^.]*)[.].*`, Replacements: "$2; $2",
	}
	lower, err := ByPatterns(p)
	if err != nil {
		t.Fatal(err)
	}
	named(t, lower, [][2]string{
		{"Org.x.y.Z.art.Count", "count{ArtifactId=art,GroupId=org.x.y.z}"},
		{"Org.x.Count", "invalidMetrics{metricName=org.x.count}"},
		{"Plain", "invalidMetrics{metricName=plain}"},
	})
	p.Case, p.Tags, p.Patterns, p.Replacements = "", "a;", "(.)(.*)", "$1"
	kept, err := ByPatterns(p)
	if err != nil {
		t.Fatal(err)
	}
	named(t, kept, [][2]string{{"Xy.Z", "Z{a=X}"}})
	for _, change := range []func(*TagPatterns){
		func(p *TagPatterns) { p.Tags = "" },
		func(p *TagPatterns) { p.Tags = "a;b" },
		func(p *TagPatterns) { p.Patterns = "(" },
		func(p *TagPatterns) { p.Metric = "(" },
	} {
		wrong := p
		change(&wrong)
		if _, err := ByPatterns(wrong); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

// named compares what paths are called.
func named(t *testing.T, n Naming, want [][2]string) {
	t.Helper()
	for _, c := range want {
		metric, tags, err := n.Name(c[0])
		got := metric + "{" + tags.String() + "}"
		if err != nil {
			got = err.Error()
		}
		if got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}
