package kairosdb

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query"
	"aion/query/encode"
	"aion/storage"
	"aion/storage/points"
)

// maxWide is how many series may stand side by side, and maxColumns how many tags
// may have columns.
const (
	maxWide    = 1000
	maxColumns = 1000
)

// asked is a query on its way to its answer.
type asked struct {
	*request
	plan  *query.Plan
	kill  context.CancelCauseFunc
	stats query.Stats
}

// answers are the engine's, each listed while it is made. A metric that is at
// fault fails where a series matches.
func (p *Protocol) answers(ctx context.Context, c echo.Context, q *asked) iter.Seq2[*query.Answer, error] {
	all := p.Engine.Run(ctx, p.store(c), q.plan, &q.stats)
	return p.watched(access.From(ctx), q.request, blamed(all, q.faults), q.kill)
}

// results answers a query in a format.
func (p *Protocol) results(ctx context.Context, c echo.Context, q *asked, f *format) error {
	if f.name == "json" {
		return p.answer(c, func(b *body) error {
			e := p.encoders.take(b)
			defer p.encoders.rest(e)
			if e.sizes = true; p.ReturnQuery {
				e.original = q.tree
			}
			return e.encode(ctx, p.answers(ctx, c, q))
		})
	}
	t, err := f.table(ctx, p.store(c), q, p)
	if err != nil {
		return err
	}
	if f.wide {
		return p.wide(ctx, c, q, &encode.Wide{CSV: encode.CSV{Table: t, Guard: f.guard}, Desc: bool(q.plan.Metrics[0].Order)})
	}
	var e encode.Encoder = &encode.CSV{Table: t, Guard: f.guard}
	switch f.name {
	case "ndjson":
		e = &encode.NDJSON{Table: t}
	case "arrow":
		e = &encode.Arrow{Table: t}
	}
	return p.answerAs(c, e.ContentType(), func(b *body) error { return e.Encode(ctx, b, p.answers(ctx, c, q)) })
}

// wide answers with all series side by side.
func (p *Protocol) wide(ctx context.Context, c echo.Context, q *asked, e *encode.Wide) error {
	for i := range q.plan.Metrics {
		if q.plan.Metrics[i].Order != q.plan.Metrics[0].Order {
			return bad("layout wide needs one order for all metrics")
		}
		defer p.listed(access.From(ctx), q.request, i, q.kill)()
	}
	return p.answerAs(c, e.ContentType(), func(b *body) error {
		most := points.LimitError{Limit: "layout=wide", Max: maxWide, What: "columns"}
		return p.Engine.Abreast(ctx, p.store(c), q.plan, most, &q.stats, func(ctx context.Context, all [][]*query.Result) error {
			for i, list := range all {
				if err := q.faults[i]; err != nil && slices.ContainsFunc(list, matched) {
					return err
				}
			}
			return e.Encode(ctx, b, all)
		})
	})
}

// table says which columns the answer has.
func (f *format) table(ctx context.Context, store storage.Reader, q *asked, p *Protocol) (encode.Table, error) {
	t := encode.Table{Numbered: len(q.plan.Metrics) > 1, Columns: f.columns, Zone: f.location(q.Zone, p.Zone)}
	for i := range q.plan.Metrics {
		t.Split = t.Split || len(q.plan.Metrics[i].Splits) > 0
	}
	if slices.Equal(f.columns, []string{every}) {
		var err error
		if t.Columns, err = tagNames(ctx, store, q.plan); err != nil {
			return t, err
		}
	}
	if len(t.Columns) > maxColumns {
		return t, &points.LimitError{Limit: "columns", Max: maxColumns, What: "tags"}
	}
	others := (&encode.Table{Numbered: t.Numbered, Split: t.Split, Columns: []string{}}).Names()
	if f.name == "arrow" {
		others = append(others, "text")
	}
	for _, name := range t.Columns {
		if slices.Contains(others, name) {
			return t, bad(fmt.Sprintf("columns names the tag %s, and there is another column of that name", name))
		}
	}
	return t, nil
}

// matched tells whether a result is of series that matched, and not of none.
func matched(r *query.Result) bool { return r.Type != "" }

// tagNames are the names of the tags that a plan's series have, sorted.
func tagNames(ctx context.Context, store storage.Reader, plan *query.Plan) ([]string, error) {
	seen := map[string]bool{}
	for i := range plan.Metrics {
		for name, err := range store.TagNames(ctx, plan.Metrics[i].Selection) {
			if err != nil {
				return nil, err
			}
			seen[name] = true
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(seen))...), nil
}

// blamed are answers of which a metric that is at fault fails with that as soon as
// a series matches. faults are the metrics', nil where there is none.
func blamed(answers iter.Seq2[*query.Answer, error], faults []error) iter.Seq2[*query.Answer, error] {
	return func(yield func(*query.Answer, error) bool) {
		i := 0
		for a, err := range answers {
			if err == nil && faults[i] != nil {
				a.Results = blamedResults(a.Results, faults[i])
			}
			if i++; !yield(a, err) {
				return
			}
		}
	}
}

// blamedResults are results in whose place stands a fault, if a series matches.
func blamedResults(results iter.Seq2[*query.Result, error], fault error) iter.Seq2[*query.Result, error] {
	return func(yield func(*query.Result, error) bool) {
		for r, err := range results {
			if err == nil && matched(r) {
				r, err = nil, fault
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}
