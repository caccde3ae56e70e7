package query

import (
	"context"
	"io"
	"time"

	"aion/storage/points"
)

// gather is for how long small results may wait to be handed over together.
const gather = 500 * time.Microsecond

// step is what a group's computation hands to its reader: the head of the next
// result, with its first points if it has any; more points of it; or a failure.
type step struct {
	result *Result
	block  *points.Block
	err    error
}

// batch is steps that change hands together, because to wake a reader for each of
// many small results costs more than to compute them.
type batch struct{ steps []step }

// emitter is the computing end of a group. It hands results to a reader that
// waits for them or, with yield, to one that it calls, or leaves them unread to a
// keeper.
type emitter struct {
	run   *run
	steps chan<- *batch
	batch *batch    // computed, not handed over yet; nil: nothing is
	size  int       // points in batch
	since time.Time // when batch was begun
	yield func(*Result) bool
	keep  *keeper
	brief bool  // what it computes at a time is short, and may wait for its end
	own   *desk // without keep; nil as long as it has not been wanted
}

// desk is the memory in which one result after the other is computed, and handed to a
// reader who is called: what was made for one has ended when the next begins.
type desk struct {
	lone   lone
	direct direct
	rest   points.Block
}

// lone is the row of a group of one series, in one piece of memory, because very many
// are made.
type lone struct {
	rows  rows
	begun begunFaces
}

// desk is the memory of an emitter that keeps nothing.
func (o *emitter) desk() *desk {
	if o.own == nil {
		o.own = new(desk)
	}
	return o.own
}

// lone is memory for the next group of one series.
func (o *emitter) lone() *lone {
	if o.keep != nil {
		return new(lone)
	}
	return &o.desk().lone
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
		if err := o.hand(ctx, s); err != nil {
			return closing(err, in)
		}
	}
}

// hand puts a step behind those that wait to be handed over. They go when they
// are worth it, or have waited, or more of a result comes that is not brief.
func (o *emitter) hand(ctx context.Context, s step) error {
	if o.batch == nil {
		o.batch, o.size, o.since = o.run.newBatch(), 0, time.Now()
	}
	o.batch.steps = append(o.batch.steps, s)
	if s.block != nil {
		o.size += s.block.Len()
	}
	if (o.brief || s.result != nil) && o.size < points.BlockSize && len(o.batch.steps) < mostTogether && time.Since(o.since) < gather {
		return nil
	}
	return o.pass(ctx)
}

// pass hands over what waits.
func (o *emitter) pass(ctx context.Context) error {
	if o.batch == nil {
		return nil
	}
	b := o.batch
	o.batch = nil
	select {
	case o.steps <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end hands over what waits and how the computation failed, nil if it did not. No
// step comes after. What could not be handed over since ctx has ended is no end of the
// group: the reader is told that by ctx.
func (o *emitter) end(ctx context.Context, err error) {
	if err != nil {
		err = o.hand(ctx, step{err: err})
	}
	if err == nil && o.pass(ctx) == nil {
		close(o.steps)
	}
}

// newBatch is an empty batch.
func (r *run) newBatch() *batch {
	if b, ok := r.batches.Get().(*batch); ok {
		return b
	}
	return new(batch)
}

// inbox is where the steps of a job arrive.
type inbox struct {
	run   *run
	steps <-chan *batch
	batch *batch // received, not yet read to its end; nil: none is
	next  int    // the first step of it that is not read
	held  int64  // what is charged for what may wait
}

// leave gives back what is charged: nobody receives any more.
func (i *inbox) leave() {
	i.run.use.giveAhead(i.held)
	i.held = 0
}

// receive is the next step, or the context's error as one; false: there are no
// more.
func (i *inbox) receive(ctx context.Context) (step, bool) {
	if i.batch == nil {
		select {
		case b, ok := <-i.steps:
			if !ok {
				i.leave()
				return step{}, false
			}
			i.batch, i.next = b, 0
		case <-ctx.Done():
			return step{err: ctx.Err()}, true
		}
	}
	s := i.batch.steps[i.next]
	if i.next++; i.next == len(i.batch.steps) {
		clear(i.batch.steps)
		i.batch.steps = i.batch.steps[:0]
		i.run.batches.Put(i.batch)
		i.batch = nil
	}
	return s, true
}
