package query

import (
	"fmt"
	"strings"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// Options are what a plan needs to know beside the query.
type Options struct {
	Specs     *aggregators.Registry
	Zone      *aggregators.Zone // for queries that name none; nil is UTC
	Release   aggregators.Release
	FreeOrder bool // sums of 1,024 points and more may be added in any order
}

// Plan is what the planner decided; it has read nothing yet. Its String is the
// text that the golden tests compare and that explain shows.
type Plan struct {
	Metrics []MetricPlan
}

// MetricPlan says which series of one metric are read, how they are grouped and
// what is computed of each group.
type MetricPlan struct {
	Name        string
	Alias       *string
	ExcludeTags bool
	Selection   storage.Selection
	Range       points.Range
	Order       points.Order
	Limit       int64
	By          *TagGrouper // the one that splits; nil: no tag grouper
	Named       []string    // the tags that any tag grouper names, each once
	Splits      []Grouper   // the other groupers, in query order
	Chain       []aggregators.Aggregator
	KeepEmpty   bool // groups without points are answered, as up to KairosDB 1.3
	Direct      bool // each group is computed by who reads it, when it comes to that: to compute one costs next to nothing
}

// Build plans q as of now. It does no I/O. What is wrong with an aggregator's
// values is an *aggregators.PropertyError, an unknown one an InvalidError.
func Build(q Query, now time.Time, o Options) (*Plan, error) {
	p := &Plan{Metrics: make([]MetricPlan, len(q.Metrics))}
	env := aggregators.Env{Now: now.UnixMilli(), Zone: q.Zone, Release: o.Release, FreeOrder: o.FreeOrder}
	r := q.Range(env.Now)
	env.Start, env.End = r.From, r.To
	if env.Zone == nil {
		env.Zone = o.Zone
	}
	for i := range q.Metrics {
		if err := p.Metrics[i].build(&q.Metrics[i], env, o.Specs); err != nil {
			return nil, fmt.Errorf("metric %d: %w", i, err)
		}
	}
	return p, nil
}

// build plans one metric.
func (m *MetricPlan) build(q *Metric, env aggregators.Env, specs *aggregators.Registry) error {
	*m = MetricPlan{
		Name: q.Name, Alias: q.Alias, ExcludeTags: q.ExcludeTags,
		Selection: storage.Selection{Metrics: []string{q.Name}, Matchers: q.Matchers},
		Range:     points.Range{From: env.Start, To: env.End},
		Order:     q.Order, Limit: max(q.Limit, 0),
		KeepEmpty: keepsEmpty[env.Release],
	}
	m.Selection.Within = &m.Range
	for _, g := range q.Groupers {
		m.group(g, env.Start)
	}
	for _, a := range q.Aggregators {
		spec, ok := specs.Spec(a.Name)
		if !ok {
			return points.Invalid("%s is no aggregator", a.Name)
		}
		made, err := spec.Build(env, a.Values)
		if err != nil {
			return err
		}
		m.Chain = append(m.Chain, made)
	}
	return nil
}

// keepsEmpty tells which releases answer groups that have no points.
var keepsEmpty = map[aggregators.Release]bool{aggregators.V12: true, aggregators.V13: true}

// group takes one grouper into the plan.
func (m *MetricPlan) group(g Grouper, start int64) {
	switch g := g.(type) {
	case TagGrouper:
		if m.By == nil {
			m.By = &g
		}
		m.Named = appendNew(m.Named, g.Tags)
	case TimeGrouper:
		if g.Start == nil {
			g.Start = &start
		}
		m.Splits = append(m.Splits, g)
	default:
		m.Splits = append(m.Splits, g)
	}
}

// appendNew adds to dst what is not in it yet.
func appendNew(dst, names []string) []string {
	seen := make(map[string]bool, len(dst)+len(names))
	for _, name := range dst {
		seen[name] = true
	}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			dst = append(dst, name)
		}
	}
	return dst
}

// String prints the plan, a paragraph for each metric.
func (p *Plan) String() string {
	var b strings.Builder
	for i := range p.Metrics {
		p.Metrics[i].print(&b)
	}
	return b.String()
}

// print writes one metric's paragraph.
func (m *MetricPlan) print(b *strings.Builder) {
	fmt.Fprintf(b, "%s %d…%d %s\n", m.Name, m.Range.From, m.Range.To, m.Order)
	for i := range m.Selection.Matchers {
		fmt.Fprintf(b, "  where %s\n", &m.Selection.Matchers[i])
	}
	if m.Limit > 0 {
		fmt.Fprintf(b, "  limit %d\n", m.Limit)
	}
	if m.By != nil {
		fmt.Fprintf(b, "  by %s\n", m.By)
	}
	for _, g := range m.Splits {
		fmt.Fprintf(b, "  by %s\n", g)
	}
	for _, a := range m.Chain {
		fmt.Fprintf(b, "  %s\n", a)
	}
}
