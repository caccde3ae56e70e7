package query

import "context"

// depth is how many blocks of a group are computed ahead of their reader.
const depth = 4

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
		for i := range n {
			if err := compute(ctx, i, &emitter{run: r, yield: yield}); err != nil {
				return err
			}
		}
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	c := r.newCrew(ctx, n, compute)
	defer c.running.Wait()
	defer cancel()
	return c.answer(yield)
}

// job is groups to compute, one after the other, and where their steps go.
type job struct {
	from, to int
	steps    chan<- *batch
}

// job is the job of some groups, and where its steps arrive.
func (r *run) job(from, to int) (job, *inbox) {
	steps := make(chan *batch, depth)
	return job{from, to, steps}, &inbox{run: r, steps: steps}
}

// work computes groups until there are no more.
func (r *run) work(ctx context.Context, jobs <-chan job, compute func(context.Context, int, *emitter) error) {
	var own *desk
	for j := range jobs {
		var err error
		out := &emitter{run: r, steps: j.steps, own: own}
		for i := j.from; i < j.to && err == nil; i++ {
			err = compute(ctx, i, out)
		}
		out.end(ctx, err)
		own = out.own
	}
}
