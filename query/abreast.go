package query

import (
	"context"
	"errors"

	"aion/storage"
	"aion/storage/points"
)

// Abreast answers all metrics of the plan at once: read is given the results of
// each metric in their order, all of which are valid until it returns, and whose
// points may be read side by side, by one goroutine. Each holds a block or two.
// Those of groups that value, bin or time split, and of aggregators whose groups
// must be read in turn, are held as a whole within the query's budget. More results
// than most allows fail with it. Otherwise it is as Run.
func (e *Engine) Abreast(ctx context.Context, store storage.Store, p *Plan, most points.LimitError, stats *Stats, read func(context.Context, [][]*Result) error) (err error) {
	ctx, turn, err := e.admit(ctx)
	if err != nil {
		return err
	}
	defer turn.end()
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return named(ctx, err)
	}
	use := e.usage(ctx)
	defer use.tell(stats)
	k := &keeper{most: most, use: use}
	defer func() { err = named(ctx, errors.Join(err, k.close(), turn.shut(use, snapshot))) }()
	if err := k.all(ctx, e, store, snapshot, p); err != nil {
		return err
	}
	return read(ctx, k.results)
}

// keeper keeps the results of a whole request open.
type keeper struct {
	most    points.LimitError
	use     *usage
	results [][]*Result
	open    []points.Cursor
	charged int64
}

// all begins the results of all metrics.
func (k *keeper) all(ctx context.Context, e *Engine, w storage.Writer, reader storage.Reader, p *Plan) error {
	for i := range p.Metrics {
		k.results = append(k.results, nil)
		if err := e.newRun(w, reader, &p.Metrics[i], k.use).abreast(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// abreast begins every group of a metric.
func (r *run) abreast(ctx context.Context, k *keeper) error {
	groups, err := r.find(ctx)
	if err != nil {
		return err
	}
	r.lanes, r.merges = r.engine.workers/max(len(groups), 1), len(groups)
	r.prefetch = newPrefetch(groups, r.plan.Range, r.plan.Order)
	out := &emitter{run: r, keep: k}
	for _, g := range groups {
		if err := r.group(ctx, g, out); err != nil {
			return err
		}
	}
	if !r.matched.Load() && len(r.plan.Splits) == 0 {
		if err := r.nothing(ctx, out); err != nil {
			return err
		}
	}
	return r.sink.Flush(ctx)
}

// take keeps a result, unless it has no points and empty ones are passed over.
func (k *keeper) take(ctx context.Context, r *run, result *Result, in points.Cursor) error {
	b := &begun{Cursor: in, pool: &r.engine.blocks}
	b.borrow()
	err := in.Next(ctx, &b.first)
	switch {
	case ifEOF(err, nil) != nil, err != nil && !r.plan.KeepEmpty:
		return closing(err, b)
	case int64(len(k.open)) == k.most.Max:
		return closing(&k.most, b)
	}
	result.Points = b
	if len(r.plan.Splits) != 0 || r.plan.inTurn() {
		result.Points, err = k.hold(ctx, b)
		if err := errors.Join(err, b.Close()); err != nil {
			return err
		}
	}
	k.open = append(k.open, result.Points)
	last := len(k.results) - 1
	k.results[last] = append(k.results[last], result)
	return nil
}

// hold reads all points of a cursor.
func (k *keeper) hold(ctx context.Context, in points.Cursor) (points.Cursor, error) {
	all := new(points.Block)
	var b points.Block
	for {
		if err := in.Next(ctx, &b); err != nil {
			return &held{block: all}, ifEOF(err, nil)
		}
		size := int64(b.Len()) * int64(b.Size()) / int64(cap(b.Times))
		if err := k.use.Take(size); err != nil {
			return nil, err
		}
		k.charged += size
		all.Kind = b.Kind
		all.AppendBlock(&b)
	}
}

// close closes all results.
func (k *keeper) close() error {
	var err error
	for _, c := range k.open {
		err = errors.Join(err, c.Close())
	}
	k.use.give(k.charged)
	return err
}
