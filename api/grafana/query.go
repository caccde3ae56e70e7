package grafana

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/wire"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// query answers a panel: for each target its series or tables, in the order of
// the targets.
func (p *Protocol) query(c echo.Context) error {
	var q panel
	if err := p.read(c, &q); err != nil {
		return err
	}
	ctx, release, err := p.turn(c)
	if err != nil {
		return err
	}
	defer release()
	var stats query.Stats
	defer func() {
		wire.Note(c.Response(), slog.Int64("series", stats.Series), slog.Int64("points", stats.Points),
			slog.Int64("groups", stats.Groups), slog.Int64("held_bytes", stats.Bytes))
	}()
	store := p.store(c)
	s, err := p.scene(&q)
	if err != nil {
		return err
	}
	jobs, err := p.jobs(ctx, store, &q, s)
	if err != nil {
		return err
	}
	plan, owners, err := p.whole(ctx, store, jobs, excess*s.room, &stats)
	if err != nil {
		return err
	}
	return p.answer(c, func(b *body) error {
		e := elements{b: b, jobs: jobs}
		b.put("[")
		if err := p.run(ctx, store, &e, plan, owners, &stats); err != nil {
			return err
		}
		if err := e.reach(len(jobs)); err != nil {
			return err
		}
		b.put("]")
		return nil
	})
}

// run answers a plan: at once, or metric by metric where results of roll-ups stand
// for points of one.
func (p *Protocol) run(ctx context.Context, store storage.Store, e *elements, plan *query.Plan, owners []owner, stats *query.Stats) error {
	stands := func(o owner) bool { return o.part.stand != nil }
	switch {
	case len(plan.Metrics) == 0:
		return nil
	case !slices.ContainsFunc(owners, stands):
		return e.answers(ctx, p.Engine.Run(ctx, store, plan, stats), plan, owners)
	}
	for i, o := range owners {
		one := &query.Plan{Metrics: plan.Metrics[i : i+1]}
		answers := p.Engine.Run(ctx, store, one, stats)
		if stands(o) {
			answers = p.joined(ctx, store, o.part, stats)
		}
		if err := e.answers(ctx, answers, one, owners[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// turn waits until whoever asks may run one more query, and is the request's context
// with the deadline of a query, at whose end what is written fails, also where the
// client does not read. All targets of a request are one query.
func (p *Protocol) turn(c echo.Context) (ctx context.Context, release func(), err error) {
	ctx, stop := p.Engine.Clocked(c.Request().Context())
	written := wire.Until(ctx, c.Response())
	done, err := access.Turn(ctx)
	if err != nil {
		written()
		stop()
		return nil, nil, err
	}
	return ctx, func() {
		done()
		written()
		stop()
	}, nil
}

// jobs reads all targets of a panel. What is wrong with one of them names it.
func (p *Protocol) jobs(ctx context.Context, store storage.Store, q *panel, s scene) ([]*job, error) {
	var jobs []*job
	for i := range q.Targets {
		ref := q.Targets[i].ref(i)
		j, err := p.job(ctx, store, q, s, &q.Targets[i], ref)
		if err != nil {
			return nil, of(ref, err)
		}
		if j != nil {
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

// owner is the part of a job that a metric of the plan is.
type owner struct {
	job  int
	part *part
}

// whole is one plan for all jobs, so that they see one state of the store and take
// one turn, with the owner of each of its metrics.
func (p *Protocol) whole(ctx context.Context, store storage.Store, jobs []*job, most int64, stats *query.Stats) (*query.Plan, []owner, error) {
	plan := new(query.Plan)
	var owners []owner
	for i, j := range jobs {
		for k := range j.parts {
			m := &j.parts[k]
			one, err := p.plan(m)
			if err == nil && m.most < 0 {
				err = p.bounded(ctx, store, m, most, stats)
			}
			if err != nil {
				return nil, nil, of(j.ref, err)
			}
			plan.Metrics, owners = append(plan.Metrics, one), append(owners, owner{i, m})
		}
	}
	return plan, owners, nil
}

// bounded counts the points of each series of a part whose steps do not say how
// many there may be, and stops where there are more than a panel has any use for.
func (p *Protocol) bounded(ctx context.Context, store storage.Store, m *part, most int64, stats *query.Stats) error {
	asked := *m
	asked.Aggregators = nil
	for _, a := range m.Aggregators {
		if !saves(a) {
			asked.Aggregators = append(asked.Aggregators, a)
		}
	}
	one, err := p.plan(&asked)
	if err != nil {
		return err
	}
	var block points.Block
	return each(p.Engine.Run(ctx, store, &query.Plan{Metrics: []query.MetricPlan{one}}, stats), func(_ int, r *query.Result) error {
		n, err := count(ctx, r.Points, &block, most)
		if err == nil && n > most {
			err = bad("a series has more than %d points, %d times as many as the panel shows: choose an aggregator, or a shorter range", most, excess)
		}
		return err
	})
}

// each hands the results of answers on, with the number of their metric.
func each(answers iter.Seq2[*query.Answer, error], take func(int, *query.Result) error) error {
	i := 0
	for a, err := range answers {
		if err != nil {
			return err
		}
		var failed error
		for r, err := range a.Results {
			if failed = err; failed == nil {
				failed = take(i, r)
			}
			if failed != nil {
				break
			}
		}
		if failed != nil {
			return failed
		}
		i++
	}
	return nil
}

// elements writes the elements of the answer to a panel, target by target.
type elements struct {
	b     *body
	jobs  []*job
	at    int  // the job whose elements are being written
	count int  // elements written so far
	own   int  // of them those of the job at hand
	open  *tab // a table that more rows may go into; nil: there is none
	block points.Block
}

// answers writes what the engine answers. A table takes the results of one metric
// and kind.
func (e *elements) answers(ctx context.Context, answers iter.Seq2[*query.Answer, error], plan *query.Plan, owners []owner) error {
	err := each(answers, func(i int, r *query.Result) error {
		o := owners[i]
		if err := e.reach(o.job); err != nil {
			return err
		}
		if err := e.result(ctx, e.jobs[o.job], o.part, &plan.Metrics[i], r); err != nil {
			return err
		}
		return e.b.Pass()
	})
	if err != nil && !errors.Is(err, context.Canceled) && e.at < len(e.jobs) {
		return of(e.jobs[e.at].ref, err)
	}
	return err
}

// reach ends the jobs before one. A job without elements is one without points.
func (e *elements) reach(job int) error {
	for e.at < job {
		j := e.jobs[e.at]
		e.shut()
		switch {
		case j.marks:
			e.marks(j)
		case e.own == 0:
			e.nothing(j)
		}
		e.at, e.own = e.at+1, 0
		if err := e.b.Pass(); err != nil {
			return err
		}
	}
	return nil
}

// begin begins an element.
func (e *elements) begin() *body {
	e.shut()
	e.b.comma(e.count)
	e.count++
	e.own++
	return e.b
}

// nothing writes the element of a target without points.
func (e *elements) nothing(j *job) {
	b := e.begin()
	name := j.label
	if j.alias != "" && !strings.ContainsAny(j.alias, "${") {
		name = j.alias
	}
	switch j.format {
	case formTable:
		b.put(`{"type":"table"`).member("refId", j.ref).member("name", name)
		b.put(`,"columns":[{"text":"Time","type":"time"},{"text":"Value","type":"number"}],"rows":[]}`)
	case formFrame:
		b.put(`{"schema":{"refId":`).string(j.ref).member("name", name)
		b.put(`,"fields":[{"name":"Time","type":"time"},{"name":"Value","type":"number"}]},"data":{"values":[[],[]]}}`)
	default:
		b.put(`{"target":`).string(name).member("refId", j.ref).put(`,"datapoints":[]}`)
	}
}

// result writes a result that has points.
func (e *elements) result(ctx context.Context, j *job, m *part, plan *query.MetricPlan, r *query.Result) error {
	in, err := j.filled(m, r.Points)
	if err != nil {
		return err
	}
	if err := in.Next(ctx, &e.block); err != nil {
		return ended(err)
	}
	if j.format == formTable || j.format == formSeries && e.block.Kind != points.Number {
		return e.table(ctx, j, m, plan, r, in)
	}
	if m.Order == points.Desc {
		if in, err = ascending(ctx, in, &e.block); err != nil {
			return err
		}
	}
	if j.format == formFrame {
		return e.frame(ctx, j, m, r, in)
	}
	return e.series(ctx, j, m, r, in)
}
