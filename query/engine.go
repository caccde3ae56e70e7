package query

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// Config is what an Engine needs.
type Config struct {
	Limits  Limits
	Workers int // groups of a metric that are computed at once; 0: one

	// Sink makes the sink of one request, for what save_as publishes. Nil: a
	// query with save_as fails when it comes to publish.
	Sink func(storage.Writer) Sink

	// Own are the limits of whoever asks, which count where they are smaller. How
	// many queries run at once is no part of them. Nil: nobody has any.
	Own func(context.Context) Limits
}

// Sink takes what save_as publishes in one request.
type Sink interface {
	aggregators.Sink

	// Flush stores what Save has been given, and returns when that is durable.
	Flush(ctx context.Context) error
}

// Engine runs plans. It is safe for concurrent use.
type Engine struct {
	limits  Limits
	own     func(context.Context) Limits
	workers int
	sink    func(storage.Writer) Sink
	slots   chan struct{}
	waiting atomic.Int64 // queries that run or wait
	blocks  sync.Pool    // of *points.Block, for streams
	parts   sync.Pool    // of *points.Block, for what is held
	memory  aggregators.Memory
	pacing  pacing
	dense   densities
	desks   sync.Pool // of *desk
}

// New makes an engine.
func New(c Config) *Engine {
	e := &Engine{limits: c.Limits, own: c.Own, workers: max(c.Workers, 1), sink: c.Sink}
	e.dense.seed = maphash.MakeSeed()
	e.blocks.New = func() any { return new(points.Block) }
	e.parts.New = func() any { return new(points.Block) }
	e.desks.New = func() any { return new(desk) }
	if n := c.Limits.MaxConcurrent; n > 0 {
		e.slots = make(chan struct{}, n)
	}
	return e
}

// Run answers the plan's metrics in their order, lazily: nothing is read before
// it is asked for, and all metrics see one snapshot where the store has them. An
// answer is valid until the next one is asked for. An error is the last thing
// that is yielded: points.ErrLimit, context.DeadlineExceeded, ErrBusy, the
// store's, or an *aggregators.ComputeError. What was done is added to stats,
// unless that is nil, when the last of the answers ends.
func (e *Engine) Run(ctx context.Context, store storage.Store, p *Plan, stats *Stats) iter.Seq2[*Answer, error] {
	return func(yield func(*Answer, error) bool) {
		ctx, turn, err := e.admit(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer turn.end()
		snapshot, err := store.Snapshot(ctx)
		if err != nil {
			yield(nil, named(ctx, err))
			return
		}
		use := e.usage(ctx)
		defer use.tell(stats)
		defer func() { e.pacing.answered(use.points.Load(), time.Now()) }()
		ended := false
		defer func() {
			if !ended { // something panics
				_ = turn.shut(use, snapshot)
			}
		}()
		err = e.answers(ctx, store, snapshot, p, use, yield)
		ended = true
		if err := errors.Join(err, turn.shut(use, snapshot)); err != nil {
			yield(nil, named(ctx, err))
		}
	}
}

// errStopped says that the caller wants no more.
var errStopped = errors.New("the caller stopped")

// answers yields every metric's answer.
func (e *Engine) answers(ctx context.Context, w storage.Writer, reader storage.Reader, p *Plan, use *usage, yield func(*Answer, error) bool) error {
	for i := range p.Metrics {
		r := e.newRun(w, reader, &p.Metrics[i], use)
		a := new(Answer)
		var failed error
		a.Results = func(yield func(*Result, error) bool) {
			failed = r.results(ctx, func(result *Result) bool { return yield(result, nil) })
			a.SampleSize = r.sample.Load()
			if failed != nil && !errors.Is(failed, errStopped) {
				yield(nil, named(ctx, failed))
			}
		}
		if !yield(a, nil) || failed != nil {
			return nil
		}
	}
	return nil
}

// newRun is one metric of a request, before anything is read.
func (e *Engine) newRun(w storage.Writer, reader storage.Reader, m *MetricPlan, use *usage) *run {
	r := &run{engine: e, plan: m, reader: reader, use: use}
	r.shared.Budget, r.shared.MaxGaps, r.shared.Memory = use, use.limits.MaxGaps, &e.memory
	if e.sink != nil {
		r.sink.of, r.sink.w = e.sink, w
		r.shared.Sink = &r.sink
	}
	return r
}

// Tags answers, for every metric of the plan, one Result that names all tags
// and values of the series that match, from the index alone: the time range
// plays no part where the index is not cut by time, as on KairosDB's H2. It
// does not wait for its turn, as in KairosDB.
func (e *Engine) Tags(ctx context.Context, store storage.Store, p *Plan) iter.Seq2[*Answer, error] {
	return func(yield func(*Answer, error) bool) {
		ctx, release := e.clockedBriefly(ctx)
		defer release()
		for i := range p.Metrics {
			result, err := tagResult(ctx, store, &p.Metrics[i])
			if err != nil {
				yield(nil, named(ctx, err))
				return
			}
			one := func(yield func(*Result, error) bool) { yield(result, nil) }
			if !yield(&Answer{Results: one}, nil) {
				return
			}
		}
	}
}
