package query

import (
	"context"

	"aion/storage/points"
)

// depth is how many blocks of a group are computed ahead of their reader, and aheadBytes
// about how many bytes of numbers they occupy, with the one that is being computed and
// the one that he has.
const (
	depth      = 4
	aheadBytes = (depth + 2) * points.BlockSize * (3*8 + 1)
)

// mostTogether is how many groups are one job at most.
const mostTogether = 64

// together is how many of n groups, from number i on, are one job, which costs as
// much as to compute a few small groups, and never more than most: one at the
// beginning of an answer, whose first byte waits for them, and few towards its
// end, so that all who compute have done at about the same time.
func together(i, n, width, most int) int {
	return max(1, min(i/4, (n-i)/(4*width), most))
}

// ahead computes n groups, some at a time, a few blocks ahead of their
// reader, and hands their results to yield in order. A group that is alone, or of a
// plan that wants that, is computed by its reader at first, and so are a few small
// ones. Nothing that it started runs when it returns.
func (r *run) ahead(ctx context.Context, n int, compute func(context.Context, int, *emitter) error, yield func(*Result) bool) error {
	if n == 1 || r.plan.Direct {
		return r.atDesk(ctx, n, compute, yield)
	}
	ctx, cancel := context.WithCancel(ctx)
	c := r.newCrew(ctx, n, compute)
	defer c.running.Wait()
	defer cancel()
	return c.answer(yield)
}

// atDesk computes n groups one after the other, each when its reader comes to it, at
// a desk of the engine's. That of a computation that has failed is left to the
// collector.
func (r *run) atDesk(ctx context.Context, n int, compute func(context.Context, int, *emitter) error, yield func(*Result) bool) error {
	out := &emitter{run: r, yield: yield, own: r.engine.desks.Get().(*desk)}
	for i := range n {
		if err := compute(ctx, i, out); err != nil {
			return err
		}
	}
	*out.own = desk{}
	r.engine.desks.Put(out.own)
	return nil
}

// job is groups to compute, one after the other, and where their steps go.
type job struct {
	from, to int
	steps    chan<- *batch
}

// job is the job of some groups, and where its steps arrive. What may wait there is
// charged until they all have been received; where it would take more than a quarter of
// what others have left of the query's memory there is no job, unless the reader has no
// other to wait for.
func (r *run) job(from, to int, first bool) (_ job, in *inbox, ok bool) {
	in = &inbox{run: r}
	if r.use.takeAhead(aheadBytes) {
		in.held = aheadBytes
	} else if !first {
		return job{}, nil, false
	}
	steps := make(chan *batch, depth)
	in.steps = steps
	return job{from, to, steps}, in, true
}

// work computes groups until there are no more, or ctx ends. A panic fails the group.
func (r *run) work(ctx context.Context, jobs <-chan job, compute func(context.Context, int, *emitter) error) {
	var own *desk
	for j, ok := nextJob(ctx, jobs); ok; j, ok = nextJob(ctx, jobs) {
		out := &emitter{run: r, steps: j.steps, own: own}
		err := points.Guarded(func() (err error) {
			for i := j.from; i < j.to && err == nil; i++ {
				err = compute(ctx, i, out)
			}
			return err
		})
		out.end(ctx, err)
		if own = out.own; err != nil {
			own = nil // it may be littered
		}
	}
}

// nextJob is the next job; false: there are no more, or ctx has ended.
func nextJob(ctx context.Context, jobs <-chan job) (j job, ok bool) {
	select {
	case j, ok = <-jobs:
	case <-ctx.Done():
	}
	return j, ok
}
