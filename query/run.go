package query

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// run is one metric of a request on its way.
type run struct {
	engine   *Engine
	plan     *MetricPlan
	reader   storage.Reader
	use      *usage
	shared   aggregators.Run
	sink     laterSink
	prefetch *prefetch
	batches  sync.Pool              // of *batch
	by       Grouper                // the one that splits series; nil: none does
	sample   atomic.Int64           // stored points read
	matched  atomic.Bool            // a series with points in the range was found
	lanes    int                    // parts of one group that may be computed at once
	merges   int                    // groups that may be merged at once
	paces    paces                  // when it has paused
	given    int64                  // points that the reader has been given
	help     atomic.Pointer[func()] // calls those who compute beside the reader; nil: they have come, or are not to
}

// read counts stored points, and pauses where that is due.
func (r *run) read(n int64) error {
	now := r.sample.Add(n)
	r.callHelp(now, n)
	if long := r.engine.pacing.due(now-n, now, time.Now); long != 0 && r.paces.elapsed(long, time.Now()) {
		r.engine.pacing.pause(long)
	}
	return r.use.addPoints(n)
}

// give counts points that the reader of the answer is given, and lets others go first
// where that is due.
func (r *run) give(n int) {
	before := r.given
	r.given += int64(n)
	if r.engine.pacing.yields(before, r.given, time.Now) {
		yield()
	}
}

// results hands every group to yield, in order. It returns errStopped if yield
// wants no more.
func (r *run) results(ctx context.Context, yield func(*Result) bool) error {
	groups, err := r.find(ctx)
	if err != nil {
		return err
	}
	r.lanes, r.merges = r.engine.workers/max(len(groups), 1), min(r.engine.workers, len(groups))
	r.prefetch = newPrefetch(groups, r.plan.Range, r.plan.Order)
	if err := r.ahead(ctx, len(groups), func(ctx context.Context, i int, out *emitter) error {
		return r.group(ctx, groups[i], out)
	}, yield); err != nil {
		return err
	}
	if len(groups) > 1 {
		r.engine.dense.note(r.plan.Name, len(groups), r.plan.Range, r.sample.Load())
	}
	if !r.matched.Load() && len(r.plan.Splits) == 0 {
		if err := r.ahead(ctx, 1, func(ctx context.Context, _ int, out *emitter) error {
			return r.nothing(ctx, out)
		}, yield); err != nil {
			return err
		}
	}
	return r.sink.Flush(ctx)
}

// group computes one group by type and tags, and the groups that it splits
// into.
func (r *run) group(ctx context.Context, g *group, out *emitter) error {
	switch {
	case len(r.plan.Splits) != 0:
	case len(g.series) == 1:
		return r.lone(ctx, g, out)
	case r.brief(g):
		return r.foremost(ctx, g, out)
	case r.inSequence(g):
		return r.sequence(ctx, g, out)
	case len(g.series) <= atOnce:
		return r.few(ctx, g, out)
	}
	series, err := r.probe(ctx, g)
	if err != nil || len(series) == 0 {
		return err
	}
	r.matched.Store(true)
	if len(r.plan.Splits) > 0 {
		kind := points.KindOf(series[0].Key().Type)
		return r.split(ctx, out, splitting{group: g, tags: r.tagged(tagsOf(series)), series: series, kind: kind})
	}
	ag := r.tagged(tagsOf(series))
	kind := points.KindOf(series[0].Key().Type)
	g.series = series
	return r.whole(ctx, out, g, ag, r.stream(ag, series, nil, kind))
}

// lone computes a group of one series, whose first points tell by themselves
// whether it has any.
func (r *run) lone(ctx context.Context, g *group, out *emitter) error {
	r.prefetch.reach(ctx, g.first)
	own := out.lone()
	row, ok, err := beginIn(ctx, &own.begun, r.openAt(&own.rows, g.series[0], r.plan.Range), &r.engine.blocks)
	if err != nil || !ok {
		return closing(err, row)
	}
	r.matched.Store(true)
	f, key := new(front), g.series[0].Key()
	ag := r.tagged(f.tagsOf(key.Tags))
	kind := key.Kind()
	in, err := r.aside(ctx, ag, g.series[0], row)
	switch {
	case err != nil:
		return closing(err, row)
	case in == nil:
		in = r.chain(ag, row, kind, r.plan.Chain) // a row keeps to the limit by itself
	default:
		kind, _ = r.plan.Chain[0].Kind(kind)
		in = r.chain(ag, in, kind, r.plan.Chain[1:])
	}
	if err := r.use.addGroup(); err != nil {
		return closing(err, in)
	}
	f.result = r.head(ag, g.kind, f.groupedBy(r, key.Tags))
	return out.emit(ctx, &f.result, in, r.plan.KeepEmpty)
}

// few computes a group of some series, all of which are open at once in any case:
// their first points tell by themselves which have any.
func (r *run) few(ctx context.Context, g *group, out *emitter) error {
	rows, err := r.beginAll(ctx, g)
	if err != nil || len(rows) == 0 {
		return err
	}
	r.matched.Store(true)
	ag := r.tagged(tagsOf(g.series))
	return r.whole(ctx, out, g, ag, r.stream(ag, g.series, rows, points.KindOf(g.series[0].Key().Type)))
}

// tagged is what aggregators may know of a group with these tags.
func (r *run) tagged(tags []aggregators.TagValues) aggregators.Group {
	return aggregators.Group{Metric: r.plan.Name, Tags: tags, By: r.plan.Named, Run: &r.shared}
}

// whole answers a group that is not split, all of whose series have points.
func (r *run) whole(ctx context.Context, out *emitter, g *group, ag aggregators.Group, in points.Cursor) error {
	if err := r.use.addGroup(); err != nil {
		return closing(err, in)
	}
	return out.emit(ctx, r.result(ag, g.kind, r.plan.groupedBy(g.series, nil)), in, r.plan.KeepEmpty)
}

// result is the head of a group's answer, in memory of its own.
func (r *run) result(g aggregators.Group, kind string, by []GroupedBy) *Result {
	result := r.head(g, kind, by)
	return &result
}

// head is the head of a group's answer.
func (r *run) head(g aggregators.Group, kind string, by []GroupedBy) Result {
	result := Result{Name: r.plan.Name, Alias: r.plan.Alias, GroupBy: by, Type: kind, Tags: g.Tags}
	if r.plan.ExcludeTags {
		result.Tags = nil
	}
	return result
}

// nothing answers a metric of which no series has points in the range. KairosDB
// then runs the aggregators on an empty group of numbers without a type, unless
// a grouper of points splits it into none (so too in 1.3.0).
func (r *run) nothing(ctx context.Context, out *emitter) error {
	ag := aggregators.Group{Metric: r.plan.Name, Tags: []aggregators.TagValues{}, By: r.plan.Named, Run: &r.shared}
	in := r.chain(ag, points.Empty{}, points.Number, r.plan.Chain)
	return out.emit(ctx, r.result(ag, "", nil), in, r.plan.KeepEmpty)
}

// openAll opens the cursors of the series.
func (r *run) openAll(series []storage.Series) []points.Cursor {
	rows := make([]points.Cursor, len(series))
	for i, s := range series {
		rows[i] = r.open(s)
	}
	return rows
}

// stream is the rows of a group's series, which may be opened already, merged, cut to
// the limit and run through the aggregators. An aggregator that can takes the rows
// side by side.
func (r *run) stream(g aggregators.Group, series []storage.Series, rows []points.Cursor, kind points.Kind) points.Cursor {
	if all, out, chain := r.plan.sideBySide(len(series), kind); all != nil {
		if rows == nil {
			rows = r.openAll(series)
		}
		return r.chain(g, all.ApplyAll(g, rows), out, chain)
	}
	if rows == nil {
		rows = r.openMerged(series)
	}
	if len(rows) == 1 {
		return r.chain(g, rows[0], kind, r.plan.Chain)
	}
	return r.chain(g, r.plan.limited(newMerge(rows, kind, r.plan.Order)), kind, r.plan.Chain)
}

// sideBySide is the aggregator that takes the points of so many series of a group
// side by side, the kind of its answers and the chain behind it; nil if none does.
func (m *MetricPlan) sideBySide(series int, kind points.Kind) (all aggregators.SideBySide, out points.Kind, chain []aggregators.Aggregator) {
	if series < 2 || m.Limit != 0 || m.Order != points.Asc {
		return nil, kind, nil
	}
	for i, a := range m.Chain {
		if out, ok := a.Kind(kind); ok {
			all, _ = a.(aggregators.SideBySide)
			return all, out, m.Chain[i+1:]
		}
	}
	return nil, kind, nil
}

// chain applies the aggregators that take the kind of points that reaches them.
func (r *run) chain(g aggregators.Group, in points.Cursor, kind points.Kind, chain []aggregators.Aggregator) points.Cursor {
	for _, a := range chain {
		if out, ok := a.Kind(kind); ok {
			in, kind = a.Apply(g, in), out
		}
	}
	return in
}

// inTurn tells whether the groups must be read one after the other.
func (m *MetricPlan) inTurn() bool {
	return slices.ContainsFunc(m.Chain, func(a aggregators.Aggregator) bool {
		turn, ok := a.(aggregators.InTurn)
		return ok && turn.InTurn()
	})
}

// closing closes c and keeps the first of the two errors apart from io.EOF.
func closing(err error, c points.Cursor) error {
	return errors.Join(ifEOF(err, nil), c.Close())
}
