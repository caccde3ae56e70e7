package query

import (
	"context"
	"sync"
	"time"

	"aion/storage/points"
)

// The reader of an answer computes it himself where it has no more groups than that,
// until he has read so many stored points, of all groups or at a time, or has been at
// it for so long: to wake processors that sleep takes as long as the rest, then.
const (
	aloneGroups = 16
	alonePoints = 1 << 13
	aloneBlock  = points.BlockSize / 2
	aloneTime   = time.Millisecond
)

// crew are those who compute the groups of an answer: its reader at first, and then
// as many as the engine has, ahead of him.
type crew struct {
	run     *run
	ctx     context.Context // the computation's
	n       int             // groups
	compute func(ctx context.Context, i int, out *emitter) error
	width   int       // how many compute at once
	most    int       // groups that are one job
	until   time.Time // when the reader is not to be alone any more
	running sync.WaitGroup

	mu     sync.Mutex // as long as the reader is alone, whoever needs what follows has it
	called bool       // the reader is not alone, or not any more
	next   int        // the first group that nobody has begun
	begun  []*inbox   // of the jobs that were given out, the reader's first
	jobs   chan job   // nil: nobody has been called
}

// newCrew are those who may compute n groups.
func (r *run) newCrew(ctx context.Context, n int, compute func(context.Context, int, *emitter) error) *crew {
	c := &crew{run: r, ctx: ctx, n: n, compute: compute, width: min(r.engine.workers, n), most: mostTogether, until: time.Now().Add(aloneTime)}
	if r.plan.inTurn() {
		c.width = 1
	}
	if r.prefetch.far { // series are read in the order in which they are fetched
		c.most = 1
	}
	return c
}

// answer hands the results of all groups to yield in order. Who computes ends then,
// or when the context has ended.
func (c *crew) answer(yield func(*Result) bool) error {
	defer c.dismiss()
	if err := c.begin(yield); err != nil {
		return err
	}
	for len(c.begun) != 0 {
		if err := c.run.follow(c.ctx, c.begun[0], yield); err != nil {
			return err
		}
		c.begun = c.begun[1:]
		c.give()
	}
	return nil
}

// begin has the reader compute groups as long as they are small, if they are few, and
// then calls others for those that are left.
func (c *crew) begin(yield func(*Result) bool) error {
	if c.small() {
		if err := c.alone(yield); err != nil {
			return err
		}
	}
	switch {
	case c.jobs == nil && c.next < c.n:
		c.hire(c.width)
	case len(c.jobs) != 0 || c.next < c.n: // in the reader's place
		c.hire(1)
	}
	return nil
}

// small tells whether the groups are few, and small for all that is known before they
// are read. To fetch series from afar takes long whatever there is.
func (c *crew) small() bool {
	if c.n > aloneGroups || c.run.prefetch.far {
		return false
	}
	return c.run.engine.dense.expect(c.run.plan.Name, c.run.plan.Range) < aloneBlock
}

// alone has the reader compute groups, one after the other. As soon as they turn out
// not to be small or take long, which may be in the midst of one, all others but one
// are called, by whoever finds that out.
func (c *crew) alone(yield func(*Result) bool) error {
	call := c.call
	c.run.help.Store(&call)
	late := time.AfterFunc(time.Until(c.until), call) // nothing is counted while a disk is waited for
	defer func() {
		late.Stop()
		c.run.help.Store(nil)
		c.mu.Lock()
		c.called = true
		c.mu.Unlock()
	}()
	out := &emitter{run: c.run, yield: yield}
	for i, ok := c.take(); ok; i, ok = c.take() {
		if err := c.compute(c.ctx, i, out); err != nil {
			return err
		}
	}
	return nil
}

// take takes the next group for the reader, as long as he is alone.
func (c *crew) take() (i int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.called || c.next == c.n || !time.Now().Before(c.until) {
		return 0, false
	}
	c.next++
	return c.next - 1, true
}

// call calls those who compute beside the reader, once.
func (c *crew) call() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.called && c.next < c.n {
		c.hire(c.width - 1)
	}
	c.called = true
}

// hire has so many more compute ahead of the reader.
func (c *crew) hire(some int) {
	if c.jobs == nil {
		c.jobs = make(chan job, 2*c.width)
	}
	for range some {
		c.running.Go(func() { c.run.work(c.ctx, c.jobs, c.compute) })
	}
	c.give()
}

// give gives out jobs, twice as many as are computed at once, so that nobody waits
// for the reader to give out the next.
func (c *crew) give() {
	for len(c.begun) < cap(c.jobs) && c.next < c.n {
		j, in, ok := c.run.job(c.next, c.next+together(c.next, c.n, c.width, c.most), len(c.begun) == 0)
		if !ok {
			return
		}
		c.begun, c.next = append(c.begun, in), j.to
		c.jobs <- j
	}
}

// dismiss has those who compute end once they have done what was given out, which
// nobody reads.
func (c *crew) dismiss() {
	for _, in := range c.begun {
		in.leave()
	}
	if c.jobs != nil {
		close(c.jobs)
	}
}

// callHelp calls those who compute beside the reader, once, where he has read so many
// points, the last some of them at once, that he should not be alone.
func (r *run) callHelp(read, last int64) {
	if read < alonePoints && last < aloneBlock || r.help.Load() == nil {
		return
	}
	if call := r.help.Swap(nil); call != nil {
		(*call)()
	}
}
