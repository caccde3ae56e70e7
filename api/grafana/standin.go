package grafana

import (
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"slices"
	"strings"

	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/points"
)

// substitute finds results of roll-ups that stand for the points of a part which is
// one aggregator at the panel's step, and whose names tell nothing but its groups.
func (p *Protocol) substitute(ctx context.Context, store storage.Store, j *job, m *part) (err error) {
	plain := p.stepped(m) && m.own == len(m.Aggregators) && m.Order == points.Asc && m.Limit == 0
	if p.Rollups == nil || !plain || j.source == sourceRaw || j.align != alignStart || !m.grouped(m.alias) || !m.grouped(j.title) {
		return nil
	}
	first := &m.Aggregators[0]
	averages := m.own == 2 && first.Name == "avg" && m.Aggregators[1].Name == "last" // which leaves averages as they are
	if m.own != 1 && !averages {
		return nil
	}
	m.stand, err = p.Rollups.Stand(ctx, store, &rollup.Wanted{
		Metric: m.Metric, Aggregator: *first, Step: m.step, Zone: m.zone, Within: m.within, Ordered: !p.FreeOrder, May: p.Sees,
	})
	return err
}

// grouped tells whether all tags in a pattern for names are some that the part is
// grouped by.
func (m *part) grouped(pattern string) bool {
	if !strings.ContainsAny(pattern, "${") {
		return true
	}
	for _, g := range m.Groupers {
		by, _ := g.(query.TagGrouper)
		for _, tag := range by.Tags {
			pattern = strings.NewReplacer("{{"+tag+"}}", "", "$tag_"+tag, "", "$_tag_group_"+tag, "").Replace(pattern)
		}
	}
	return !strings.Contains(pattern, "{{") && !strings.Contains(pattern, "$tag_")
}

// joined answers a part of whose points results of roll-ups stand for some: points
// before those, results, and points behind.
func (p *Protocol) joined(ctx context.Context, store storage.Store, m *part, stats *query.Stats) iter.Seq2[*query.Answer, error] {
	return func(yield func(*query.Answer, error) bool) {
		wants := true
		plan, err := p.pieces(m)
		if err == nil {
			most := points.LimitError{Limit: "query.max-groups", Max: math.MaxInt64, What: "groups"}
			err = p.Engine.Abreast(ctx, store, plan, most, stats, func(_ context.Context, all [][]*query.Result) error {
				wants = yield(&query.Answer{Results: m.join(all)}, nil)
				return nil
			})
		}
		if err != nil && wants {
			yield(nil, err)
		}
	}
}

// pieces is the plan of a part with a stand: what comes before it, what it asks,
// and what comes behind, the first and the last of which may be empty ranges.
func (p *Protocol) pieces(m *part) (*query.Plan, error) {
	plan := new(query.Plan)
	add := func(metric query.Metric, within points.Range) error {
		piece := *m
		piece.Metric, piece.within = metric, within
		one, err := p.plan(&piece)
		plan.Metrics = append(plan.Metrics, one)
		return err
	}
	stand := m.stand.Within
	if stand.From > m.within.From {
		if err := add(m.Metric, points.Range{From: m.within.From, To: stand.From - 1}); err != nil {
			return nil, err
		}
	}
	for _, metric := range m.stand.Metrics {
		if err := add(metric, stand); err != nil {
			return nil, err
		}
	}
	if stand.To >= m.within.To {
		return plan, nil
	}
	return plan, add(m.Metric, points.Range{From: stand.To + 1, To: m.within.To})
}

// pieced is one group of a part in pieces.
type pieced struct {
	key     string
	first   *query.Result
	results []*query.Result // of the stand's metrics; nil where one has none
	before  *query.Result
	behind  *query.Result
}

// join makes one result of those of each group, in the engine's order.
func (m *part) join(all [][]*query.Result) iter.Seq2[*query.Result, error] {
	groups := map[string]*pieced{}
	ahead := 0
	if m.stand.Within.From > m.within.From {
		ahead = 1
	}
	for i, results := range all {
		for _, r := range results {
			g := groups[keyOf(r)]
			if g == nil {
				g = &pieced{key: keyOf(r), first: r, results: make([]*query.Result, len(m.stand.Metrics))}
				groups[g.key] = g
			}
			switch k := i - ahead; {
			case k < 0:
				g.before = r
			case k < len(g.results):
				g.results[k] = r
			default:
				g.behind = r
			}
		}
	}
	list := make([]*pieced, 0, len(groups))
	for _, g := range groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *pieced) int { return points.CompareUTF16(a.key, b.key) })
	return func(yield func(*query.Result, error) bool) {
		for _, g := range list {
			one := *g.first
			one.Name, one.Points = m.Name, g.cursor(m.stand.Making)
			if !yield(&one, nil) {
				return
			}
		}
	}
}

// keyOf is the key by which the engine orders groups.
func keyOf(r *query.Result) string {
	key := r.Type
	for _, g := range r.GroupBy {
		by, _ := g.Grouper.(query.TagGrouper)
		for i, tag := range by.Tags {
			if !slices.Contains(by.Tags[:i], tag) {
				key += tag + g.Values[i]
			}
		}
	}
	return key
}

// cursor reads all that a group has, one after the other.
func (g *pieced) cursor(making rollup.Making) points.Cursor {
	c := new(chained)
	if g.before != nil {
		c.left = append(c.left, g.before.Points)
	}
	if !slices.Contains(g.results, nil) {
		var in []points.Cursor
		for _, r := range g.results {
			in = append(in, r.Points)
		}
		c.left = append(c.left, making.Cursor(in))
	}
	if g.behind != nil {
		c.left = append(c.left, g.behind.Points)
	}
	return c
}

// chained reads cursors one after the other. Whose they are closes them.
type chained struct{ left []points.Cursor }

// Next reads on.
func (c *chained) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.Number)
	for len(c.left) > 0 {
		err := c.left[0].Next(ctx, b)
		if !errors.Is(err, io.EOF) {
			return err
		}
		c.left = c.left[1:]
	}
	return io.EOF
}

// Close does nothing.
func (c *chained) Close() error { return nil }
