package yggio

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"aion/aggregators"
	"aion/api/access"
	"aion/api/wire"
	"aion/query"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// stats answers the time series of a measurement of an iotnode.
func (c *call) stats() error {
	given, err := c.queryOf()
	if err != nil {
		return err
	}
	a, err := parseParameters(given, c.p.Now())
	if err != nil {
		return err
	}
	d, err := c.node(read)
	if err != nil {
		return err
	}
	q, err := c.question(a, d)
	if err != nil {
		return err
	}
	ctx, stop := c.p.Engine.Clocked(c.ctx())
	defer stop()
	defer wire.Until(ctx, c.Response())() // also where the client does not read
	done, err := access.Turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	defer func() {
		wire.Note(c.Response(), slog.Int64("series", q.stats.Series), slog.Int64("points", q.stats.Points), slog.Int64("held_bytes", q.stats.Bytes))
	}()
	return c.answer(a.columns(), func(w *writer) error {
		switch {
		case q.within.Empty():
			return nil
		case a.distance == 0:
			return q.raw(ctx, w)
		case a.function == "timeWeightedMean":
			return q.weighted(ctx, w)
		}
		return q.windows(ctx, w)
	})
}

// columns are what a row has beside the time.
func (a *parameters) columns() []string {
	if a.distance != 0 && a.function == "" {
		return []string{"value", "min", "max", "stddev"}
	}
	return []string{"value"}
}

// question is a request of stats on its way: its parameters, the series that they
// mean, and the times that are read.
type question struct {
	parameters
	p        *Protocol
	store    storage.Store
	matchers []storage.Matcher
	within   points.Range
	kept     int64 // the first time of which the node keeps points
	now      time.Time
	stats    query.Stats
}

// question says what a request is about. Points that the node's policy does not
// keep are out of reach, as are those of other policies.
func (c *call) question(a parameters, d *fleet.Device) (*question, error) {
	q := &question{parameters: a, p: c.p, store: c.store(), now: c.p.Now()}
	sel, err := c.fleet().Selection(c.ctx(), d.Organization, d.ID)
	if err != nil {
		return nil, err
	}
	q.matchers = append(sel.Matchers, policyMatcher(d.RetentionPolicy))
	q.kept = kept(d, q.now)
	q.within = points.Range{From: max(a.start, q.kept), To: a.end - 1}
	if !a.ended && a.function != "timeWeightedMean" {
		q.within.To = a.end // what is stored in this very millisecond is there already
	}
	return q, nil
}

// kept is the first time of which an iotnode keeps points.
func kept(d *fleet.Device, now time.Time) int64 {
	days, _ := fleet.PolicyDays(d.RetentionPolicy)
	if days == 0 {
		return -farthest
	}
	return now.Add(-time.Duration(days) * 24 * time.Hour).UnixMilli()
}

// forever is the policy that keeps everything, as no policy does.
const forever = "retentionForever"

// policyMatcher holds for the series of a policy.
func policyMatcher(policy string) storage.Matcher {
	if policy == "" || policy == forever {
		return storage.Matcher{Tag: fleet.PolicyTag, Values: []string{forever}, Absent: true}
	}
	return storage.Matcher{Tag: fleet.PolicyTag, Values: []string{policy}}
}

// The stored types of numbers and of all that a measurement consists of.
var (
	numeric = [...]string{points.TypeLong, points.TypeDouble, points.TypeLegacy}
	valued  = [...]string{points.TypeLong, points.TypeDouble, points.TypeLegacy, points.TypeText}
)

// plan is a plan for series of some types in a range.
func (q *question) plan(types []string, m query.Metric, within points.Range) (*query.Plan, error) {
	m.Name, m.Matchers, m.ExcludeTags = q.measurement, q.matchers, true
	p, err := query.Build(query.Query{
		Start: query.At(within.From), End: query.At(within.To), Metrics: []query.Metric{m},
	}, q.now, query.Options{Specs: q.p.Specs, Release: aggregators.Develop, FreeOrder: q.p.FreeOrder})
	if err != nil {
		return nil, err
	}
	p.Metrics[0].Selection.Types, p.Metrics[0].KeepEmpty = types, false
	return p, nil
}

// errMixed ends a query that finds numbers and texts where one kind is wanted.
var errMixed = errors.New("the measurement has numbers and texts")

// kinds is how many results a measurement has at most: numbers and texts.
const kinds = 2

// run has take read the results of a plan of one metric.
func (q *question) run(ctx context.Context, p *query.Plan, take func(context.Context, []*query.Result) error) error {
	most := points.LimitError{Limit: "query.max-groups", Max: kinds, What: "groups"}
	return q.p.Engine.Abreast(ctx, q.store, p, most, &q.stats, func(ctx context.Context, all [][]*query.Result) error {
		return take(ctx, all[0])
	})
}
