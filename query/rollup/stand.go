package rollup

import (
	"context"
	"io"

	"aion/aggregators"
	"aion/query"
	"aion/storage"
	"aion/storage/points"
)

// Wanted is a query that results of roll-ups may answer in part: one range
// aggregator over the points of a metric, whose ranges begin at Within.From and
// whose results are stamped by the starts of their ranges.
type Wanted struct {
	Metric     query.Metric // its name, matchers and groupers; the rest plays no part
	Aggregator query.Aggregation
	Step       points.Span
	Zone       *aggregators.Zone
	Within     points.Range // begins with a range
	Ordered    bool         // numbers are added in the order of their points alone

	// May tells whether whoever asks sees the very points that the tasks of an owner
	// see, and all that those store.
	May func(context.Context, Owner) (bool, error)

	tags []string // that tell its groups apart, ascending
}

// Stand is what stands for the points of a metric: what is asked of results in
// place of what was asked of points, and how those answers make the wanted one.
type Stand struct {
	Within  points.Range // whole ranges of what is wanted
	Metrics []query.Metric
	Making  Making
}

// mostResults is how many series of results may stand for points.
const mostResults = 1000

// Stand finds what stands for the points of a query in the store that whoever asks
// sees: of all that is exact what has the longest ranges. A result is as exact as
// the promise of Config.Late: a point that comes later than that is in none, and
// one that is deleted after it was rolled up stays in it. Nil: nothing does.
func (s *Scheduler) Stand(ctx context.Context, store storage.Reader, w *Wanted) (*Stand, error) {
	tasks, err := s.known(ctx)
	if err != nil {
		return nil, err
	}
	var ok bool
	if w.tags, ok = grouped(&w.Metric); !ok || len(w.Metric.Groupers) > 1 {
		return nil, nil
	}
	offers := s.offers(tasks, w)
	if len(offers) == 0 {
		return nil, nil
	}
	for _, way := range w.ways(offers) {
		found, err := s.by(ctx, store, w, &way)
		switch {
		case err != nil:
			return nil, err
		case found == nil:
			continue
		}
		if numbers, err := w.numbers(ctx, store); err != nil || !numbers {
			return nil, err
		}
		return found, nil
	}
	return nil, nil
}

// numbers tells whether all points of a query are numbers. KairosDB puts those of
// other kinds into groups of their own, which results do not tell.
func (w *Wanted) numbers(ctx context.Context, store storage.Reader) (bool, error) {
	sel := storage.Selection{Metrics: []string{w.Metric.Name}, Matchers: w.Metric.Matchers, Within: &w.Within}
	for series, err := range store.Select(ctx, sel) {
		if err != nil {
			return false, err
		}
		if key := series.Key(); key.Kind() != points.Number {
			return false, nil
		}
	}
	return true, nil
}

// by is what stands for points in one way.
func (s *Scheduler) by(ctx context.Context, store storage.Reader, w *Wanted, way *way) (*Stand, error) {
	part := points.Range{From: w.Within.From, To: w.Within.To + 1}
	for i := range way.offers {
		r, err := s.coverage(ctx, w, &way.offers[i])
		if err != nil {
			return nil, err
		}
		part = points.Range{From: max(part.From, r.From), To: min(part.To, r.To)}
	}
	part, err := w.ranges(way, part)
	if err != nil || part.Empty() {
		return nil, err
	}
	kept := points.Range{From: part.From, To: part.To + 1}
	for i := range way.offers {
		from, err := way.offers[i].first(ctx, store, part)
		if err != nil {
			return nil, err
		}
		kept.From = max(kept.From, from)
	}
	if part, err = w.ranges(way, kept); err != nil || part.Empty() {
		return nil, err
	}
	found := &Stand{Within: part, Making: way.making}
	for i := range way.offers {
		found.Metrics = append(found.Metrics, way.offers[i].saved(w, way.by))
	}
	return found, nil
}

// nothing is a range without a time.
func nothing() points.Range { return points.Range{From: 1, To: 0} }

// coverage is the time that an offer has rolled up for good and for whoever asks,
// To not included.
func (s *Scheduler) coverage(ctx context.Context, w *Wanted, o *offer) (points.Range, error) {
	st, err := s.states.load(ctx, o.task.ID)
	if err != nil || st.Version != o.task.version() {
		return nothing(), err
	}
	r, ok := st.covered(o.job.name, s.Now().UnixMilli(), s.Late.Milliseconds())
	if !ok {
		return nothing(), nil
	}
	owner, err := s.OwnerOf(ctx, o.task.ID)
	if err != nil {
		return nothing(), err
	}
	if may, err := w.May(ctx, owner); err != nil || !may {
		return nothing(), err
	}
	return r, nil
}

// first is where the second range of the results begins that an offer has in a
// part, since of the first some may be gone: by how long they are kept. Past the
// part: it has none, or more series than may stand for points, or some of another
// task that were grouped otherwise.
func (o *offer) first(ctx context.Context, store storage.Reader, part points.Range) (int64, error) {
	first, n := part.To, 0
	for series, err := range store.Select(ctx, storage.Selection{Metrics: []string{o.job.rollup.SaveAs}, Matchers: o.matchers, Within: &part}) {
		if err != nil {
			return 0, err
		}
		at, ok, err := earliest(ctx, series, part)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		key := series.Key()
		if n++; n > mostResults || key.Kind() != points.Number || !o.tagged(key.Tags) {
			return part.To + 1, nil
		}
		first = min(first, at)
	}
	return first + 1, nil
}

// tagged tells whether a result has the tags of the offer, and no others.
func (o *offer) tagged(tags points.Tags) bool {
	for _, name := range o.tags {
		if _, ok := tags.Value(name); !ok {
			return false
		}
	}
	_, ok := tags.Value(savedFrom)
	return ok && len(tags) == len(o.tags)+1
}

// earliest is the time of a series' first point in a range.
func earliest(ctx context.Context, series storage.Series, r points.Range) (at int64, ok bool, err error) {
	c := series.Points(r, points.Asc)
	if brief, can := c.(points.Brief); can {
		brief.AtMost(1)
	}
	var b points.Block
	if err = c.Next(ctx, &b); err == nil {
		at, ok = b.Times[0], true
	} else if err == io.EOF {
		err = nil
	}
	if closed := c.Close(); err == nil {
		err = closed
	}
	return at, ok, err
}
