package connio

import (
	"context"
	"errors"
	"slices"
	"time"

	"aion/aggregators"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// ask is a question of a property on its way to the engine. The engine sees the
// property as a metric of a store of its own, whose series have the system tags
// alone or, where points must be limited and grouped in Connio's way, are the
// groups.
type ask struct {
	*question
	p        *Protocol
	bounds   query.Bounds // of what is read and held beside the engine
	property *property
	kept     int64        // the first time of which the property keeps points
	reach    points.Range // what is kept of the range that is asked for
	plan     query.MetricPlan
	drawn    bool    // the series that the engine sees are groups
	leveled  bool    // the texts that the engine sees are JSON
	parts    []*part // the groups, once they are known
	lent     []*points.Block
}

// mostLent is how many points a block may have room for that is kept for others.
const mostLent = 1 << 16

// lend is a block for points like those of a run, until rest is called.
func (a *ask) lend(like *points.Block) *points.Block {
	b, ok := a.p.blocks.Get().(*points.Block)
	if !ok {
		b = new(points.Block)
	}
	b.Reset(like.Kind)
	b.Type = like.Type
	a.lent = append(a.lent, b)
	return b
}

// rest gives back what was lent, all of which nobody reads any more.
func (a *ask) rest() { a.restBehind(0) }

// restBehind gives back what was lent behind the first n blocks.
func (a *ask) restBehind(n int) {
	for _, b := range a.lent[n:] {
		if b.Kind == points.Number && cap(b.Times) <= mostLent {
			a.p.blocks.Put(b)
		}
	}
	clear(a.lent[n:])
	a.lent = a.lent[:n]
}

// ask plans a question as of now.
func (p *Protocol) ask(ctx context.Context, store storage.Store, property *property, q *question, now int64) (*ask, error) {
	a := &ask{
		question: q, p: p, bounds: p.Engine.Bounds(ctx, p.Limits), property: property,
		kept: property.Property.Retention.KeptFrom(time.UnixMilli(now)),
	}
	start := q.within.From
	if q.open && q.needsStart() {
		first, some, err := a.first(ctx, store)
		if err != nil {
			return nil, err
		}
		q.within.From = dayOf(first)
		if start = q.within.From; !some {
			start = first + 1 // behind the end: there are no ranges
		}
	}
	a.reach = a.reached()
	env := aggregators.Env{
		Now: now, Start: start, End: q.within.To, Zone: q.zone, Release: aggregators.Develop, FreeOrder: p.FreeOrder,
	}
	first, _ := p.Specs.Spec("first")
	chain, order, err := q.chain(env, first)
	if err != nil {
		return nil, err
	}
	a.plan = query.MetricPlan{
		Name: property.Metric, Selection: a.selection(), Range: a.reach, Order: order, Chain: chain, KeepEmpty: true,
	}
	a.plan.Selection.Within = &a.plan.Range
	a.group()
	return a, a.typed()
}

// reached is what is kept of the range that is asked for.
func (a *ask) reached() points.Range {
	return points.Range{From: max(a.within.From, a.kept), To: a.within.To}
}

// group has the engine group what it can group as Connio does: series by one list
// of tags.
func (a *ask) group() {
	a.drawn = a.limit > 0 || len(a.groupers) > 1 || len(a.groupers) == 1 && a.groupers[0].by != "tag"
	a.plan.Direct = a.drawn && len(a.plan.Chain) == 0 // the points are held, or all are read again for each
	if len(a.groupers) == 0 {
		return // the engine tells groups apart by their types
	}
	tags := []string{partTag}
	if !a.drawn {
		tags = a.groupers[0].tags
	}
	a.plan.By, a.plan.Named = &query.TagGrouper{Tags: tags}, tags
}

// selection is all series that are asked for.
func (a *ask) selection() storage.Selection {
	s := a.property.selection
	s.Matchers = slices.Clip(s.Matchers)
	if len(a.filter) != 0 {
		s.Matchers = slices.Concat(s.Matchers, a.filter)
	}
	return s
}

// needsStart tells whether an answer depends on where the range begins, and not
// only on the points in it.
func (q *question) needsStart() bool {
	return slices.ContainsFunc(q.steps, func(s step) bool { return s.spec.Range }) ||
		slices.ContainsFunc(q.groupers, func(g grouper) bool { return g.by == "time" })
}

// typed tells, as an error, what a property of a known type cannot be asked.
func (a *ask) typed() error {
	switch kind := a.property.Property.Type; kind {
	case "", typeEnum, typeNumber:
		return nil // the stored points tell
	case typeBoolean:
		for i := range a.groupers {
			if g := &a.groupers[i]; g.numeric() {
				return bad("%s.name: the property is boolean, and %s groups numbers alone", g.at, g.by)
			}
		}
		return nil
	default:
		return a.fits(a.plan.Chain, points.Text)
	}
}

// visible tells whether who asks may see the values of a series.
func (a *ask) visible(ctx context.Context, s storage.Series) (bool, error) {
	hidden, err := a.p.hides(ctx, a.property.object, &a.property.Place, s.Key().Tags)
	return !hidden, err
}

// stored are the series that can be asked; what cannot be asked of any is an error.
// Where some are numbers, and the question is for numbers alone, the others are
// not meant.
func (a *ask) stored(series []storage.Series) ([]storage.Series, error) {
	number := func(s storage.Series) bool { return points.KindOf(s.Key().Type) == points.Number }
	var failed error
	for _, s := range series {
		if failed == nil && !number(s) {
			failed = a.fits(a.plan.Chain, points.KindOf(s.Key().Type))
		}
	}
	if failed == nil {
		return series, nil
	}
	if series = slices.DeleteFunc(series, func(s storage.Series) bool { return !number(s) }); len(series) == 0 {
		return nil, failed
	}
	return series, nil
}

// first is the time of the first point in the range, and the end of the range where
// there is not even one.
func (a *ask) first(ctx context.Context, store storage.Store) (first int64, some bool, err error) {
	in, s := a.reached(), a.selection()
	first, s.Within = in.To, &in
	for series, err := range store.Select(ctx, s) {
		if err != nil {
			return first, some, err
		}
		if visible, err := a.visible(ctx, series); err != nil {
			return first, some, err
		} else if !visible {
			continue
		}
		at, ok, err := endOf(ctx, series, in, points.Asc)
		if err != nil {
			return first, some, err
		}
		if ok {
			first, some = min(first, at), true
		}
	}
	return first, some, nil
}

// endOf is the time of the first point of a series in an order, if there is one.
func endOf(ctx context.Context, s storage.Series, in points.Range, order points.Order) (at int64, ok bool, err error) {
	c := few(s.Points(in, order), 1)
	defer func() { err = errors.Join(err, c.Close()) }()
	var b points.Block
	if err := c.Next(ctx, &b); err != nil {
		return 0, false, ended(err)
	}
	return b.Times[0], true, nil
}

// present is the time of the server's clock.
func (p *Protocol) present() int64 { return p.Now().Truncate(time.Millisecond).UnixMilli() }
