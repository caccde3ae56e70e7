package cassandra

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"aion/storage"
	"aion/storage/points"
)

// Delete removes the points of the range from all series that match, on every
// cluster that may have some: as with KairosDB a read cluster is only not
// written to.
//
// A row that lies wholly in the range goes with its index rows, of any other the
// points go and the index rows stay. A delete that asks nothing of tags and types
// also takes the row times of such rows out of the time index, and the metric's
// name if the range is points.Always. Whatever was written before the call is
// gone when it returns nil, and what is written later stays: all tombstones
// carry the write time at which the call began. A call that fails says how far
// it came, and may be repeated.
func (s *Store) Delete(ctx context.Context, sel storage.Selection, r points.Range) error {
	if r.Empty() {
		return nil
	}
	if err := s.uncover(ctx, &sel); err != nil {
		return err
	}
	s.listings.clear() // what is deleted is what there is now
	defer s.listings.clear()
	d, err := s.deletion(sel, r)
	if err != nil {
		return err
	}
	if err := d.hidden(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, err := range inOrder(ctx, metricsAhead, d.metrics(ctx), d.metric) {
		if err != nil {
			return fmt.Errorf("delete: %d of the %d rows found are deleted, the rest not or not surely: %w", d.done.Load(), d.found.Load(), err)
		}
	}
	s.stamps.pass(ctx, d.at)
	return nil
}

// deletion is a delete under way.
type deletion struct {
	store  *Store
	sel    storage.Selection
	within points.Range
	conns  []*conn
	at     int64 // the write time of all its statements
	all    bool  // nothing is asked of tags and types
	slots  chan struct{}

	found, done atomic.Int64 // rows
}

// deletion takes the write time of a delete. What this process knows of indexed
// rows is forgotten in that moment where the delete may take index rows away.
func (s *Store) deletion(sel storage.Selection, r points.Range) (*deletion, error) {
	conns, err := s.readers(r)
	if err != nil {
		return nil, err
	}
	d := &deletion{store: s, sel: sel, within: r, conns: conns, slots: make(chan struct{}, s.config.Writing)}
	d.sel.Within = nil
	d.all = len(sel.Types) == 0 && len(sel.Matchers) == 0
	takes := takes(&sel)
	d.at = s.index.deleting(func(metric string, row int64) bool { return takes(metric) && conns[0].layout.Whole(row, r) })
	return d, nil
}

// metrics yields the metrics that are deleted from.
func (d *deletion) metrics(ctx context.Context) iter.Seq2[string, error] {
	if len(d.sel.Metrics) == 0 {
		return metricsOf(ctx, d.conns, d.sel.Prefix)
	}
	return func(yield func(string, error) bool) {
		for _, name := range orderedMetrics(&d.sel) {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// metric deletes what a metric has in the range. Nothing that it begins outlives
// it.
func (d *deletion) metric(ctx context.Context, name string) (struct{}, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m := &metricDeletion{deletion: d, metric: name, fail: cancel, chunks: map[*conn]*chunk{}, tallies: map[rowTime]*tally{}}
	sel := d.sel
	sel.Metrics, sel.Prefix = []string{name}, ""
	for found, err := range d.store.find(ctx, sel, d.within) {
		if err == nil {
			err = m.take(ctx, found)
		}
		if err != nil {
			cancel(err)
			break
		}
	}
	for _, c := range m.chunks {
		m.start(ctx, c)
	}
	m.running.Wait()
	if err := context.Cause(ctx); err != nil {
		return struct{}{}, err
	}
	return struct{}{}, m.finish(ctx)
}

// finish takes away what no series of the metric needs any more.
func (m *metricDeletion) finish(ctx context.Context) error {
	if !m.all {
		return nil
	}
	for at, t := range m.tallies {
		if t.rows > mostTombstones {
			if err := m.clear(ctx, at, t); err != nil {
				return err
			}
		}
	}
	for _, c := range m.conns {
		if err := m.forgetTimes(ctx, c); err != nil {
			return err
		}
		if m.within != points.Always {
			continue
		}
		if err := m.forgetMetric(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// forgetTimes takes the row times that lie wholly in the range out of the time
// index of a cluster.
func (m *metricDeletion) forgetTimes(ctx context.Context, c *conn) error {
	if !c.tables["row_key_time_index"] {
		return nil
	}
	times, err := c.rowTimes(ctx, m.metric, m.within)
	if err != nil {
		return err
	}
	times = slices.DeleteFunc(times, func(at int64) bool { return !c.layout.Whole(at, m.within) })
	var list statements
	for _, at := range times {
		list.add(removeTime, m.metric, pointTable, at)
	}
	if err := c.together(ctx, "delete row times of "+m.metric, m.at, list); err != nil {
		return err
	}
	for _, at := range times {
		m.store.watch.add(watched{c.cluster, points.Key{Metric: m.metric}, at})
	}
	return nil
}

// forgetMetric takes a metric out of the list of metrics and out of the legacy
// index of a cluster.
func (m *metricDeletion) forgetMetric(ctx context.Context, c *conn) error {
	what := "delete the name of " + m.metric
	if c.tables["row_key_index"] {
		if err := c.change(ctx, what, m.at, removeLegacyMetric, []byte(m.metric)); err != nil {
			return err
		}
	}
	if !c.tables["string_index"] {
		return nil
	}
	return c.change(ctx, what, m.at, removeName, []byte(metricNames), m.metric)
}
