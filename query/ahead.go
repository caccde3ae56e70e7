package query

import (
	"context"
	"io"
	"sync"

	"aion/storage/points"
)

// depth is how many blocks of a group are computed ahead of their reader.
const depth = 4

// mostTogether is how many groups are one job at most.
const mostTogether = 64

// together is how many of n groups, from number i on, are one job, which costs as
// much as to compute a small group: one at the beginning of an answer, whose first
// byte waits for them, and few where there are not many groups, so that all who
// compute have about as much to do.
func together(i, n, width int) int {
	return max(1, min(i/8, n/(64*width), mostTogether, n-i))
}

// step is what a group's computation hands to its reader: the head of the next
// result, with its first points if it has any; more points of it; or a failure.
type step struct {
	result *Result
	block  *points.Block
	err    error
}

// emitter is the computing end of a group. It hands results to a reader that
// waits for them or, with yield, to one that it calls, or leaves them unread to a
// keeper.
type emitter struct {
	run   *run
	steps chan<- step
	yield func(*Result) bool
	keep  *keeper
}

// emit hands a result and all its points to the reader. A result without points
// is passed over unless empty ones are kept.
func (o *emitter) emit(ctx context.Context, result *Result, in points.Cursor, keepEmpty bool) error {
	switch {
	case o.keep != nil:
		return o.keep.take(ctx, o.run, result, in)
	case o.yield != nil:
		return o.direct(ctx, result, in, keepEmpty)
	}
	for {
		block := o.run.engine.blocks.Get().(*points.Block)
		err := in.Next(ctx, block)
		if err == io.EOF && (result == nil || !keepEmpty) {
			o.run.engine.blocks.Put(block)
			return in.Close()
		}
		s := step{result: result, block: block}
		if err != nil {
			o.run.engine.blocks.Put(block)
			s.block = nil
		}
		if err != nil && err != io.EOF {
			return closing(err, in)
		}
		result = nil
		select {
		case o.steps <- s:
		case <-ctx.Done():
			return closing(ctx.Err(), in)
		}
	}
}

// ahead computes n groups, some at a time, each a few blocks ahead of its
// reader, and hands their results to yield in order. A group that is alone is
// computed by its reader at first. Nothing that it started runs when it returns.
func (r *run) ahead(ctx context.Context, n int, compute func(context.Context, int, *emitter) error, yield func(*Result) bool) error {
	if n == 1 {
		return compute(ctx, 0, &emitter{run: r, yield: yield})
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	width := r.engine.workers
	if r.plan.inTurn() {
		width = 1
	}
	width = min(width, n)
	jobs := make(chan job, width)
	defer close(jobs)
	for range width {
		running.Go(func() { r.work(ctx, jobs, compute) })
	}
	var begun []chan step
	for next := 0; next < n || len(begun) != 0; begun = begun[1:] {
		for len(begun) < width && next < n {
			some := together(next, n, width)
			steps := make(chan step, depth+some-1)
			begun = append(begun, steps)
			jobs <- job{next, next + some, steps}
			next += some
		}
		if err := r.engine.follow(ctx, begun[0], yield); err != nil {
			return err
		}
	}
	return nil
}

// job is groups to compute, one after the other, and where their steps go.
type job struct {
	from, to int
	steps    chan<- step
}

// work computes groups until there are no more.
func (r *run) work(ctx context.Context, jobs <-chan job, compute func(context.Context, int, *emitter) error) {
	for j := range jobs {
		var err error
		out := &emitter{run: r, steps: j.steps}
		for i := j.from; i < j.to && err == nil; i++ {
			err = compute(ctx, i, out)
		}
		if err != nil {
			select {
			case j.steps <- step{err: err}:
			case <-ctx.Done():
			}
		}
		close(j.steps)
	}
}

// follow hands the results of one job to yield.
func (e *Engine) follow(ctx context.Context, steps <-chan step, yield func(*Result) bool) error {
	s, ok := receive(ctx, steps)
	for ok && s.err == nil {
		in := &stream{engine: e, run: ctx, steps: steps, block: s.block}
		s.result.Points = in
		if !yield(s.result) {
			return errStopped
		}
		s, ok = in.rest()
	}
	return s.err
}

// receive is the next step, or the context's error as one.
func receive(ctx context.Context, steps <-chan step) (step, bool) {
	select {
	case s, ok := <-steps:
		return s, ok
	case <-ctx.Done():
		return step{err: ctx.Err()}, true
	}
}

// stream is the reading end of one result. Blocks change hands without being
// copied: the reader's old memory becomes a block to fill.
type stream struct {
	engine *Engine
	run    context.Context // the computation's, which may end before the reader's
	steps  <-chan step
	block  *points.Block // received, not yet handed on
	next   step          // what ended this result
	more   bool          // next is the head of another result or a failure
	done   error
}

// Next hands on the next block.
func (s *stream) Next(ctx context.Context, b *points.Block) error {
	if s.done == nil && s.block == nil {
		s.advance()
	}
	if s.done == nil {
		s.done = ctx.Err()
	}
	if s.done != nil {
		b.Reset(b.Kind)
		return s.done
	}
	*b, *s.block = *s.block, *b
	s.engine.blocks.Put(s.block)
	s.block = nil
	return nil
}

// advance receives the next block or what ends the result.
func (s *stream) advance() {
	next, ok := receive(s.run, s.steps)
	switch {
	case !ok:
		s.done = io.EOF
	case next.err != nil:
		s.next, s.more, s.done = next, true, next.err
	case next.result != nil:
		s.next, s.more, s.done = next, true, io.EOF
	default:
		s.block = next.block
	}
}

// rest passes over what the reader left unread and answers what comes after
// this result.
func (s *stream) rest() (step, bool) {
	for s.done == nil || s.block != nil {
		s.block = nil
		if s.done == nil {
			s.advance()
		}
	}
	return s.next, s.more
}

// Close leaves the rest to the engine.
func (s *stream) Close() error { return nil }
