package cassandra

import (
	"context"
	"iter"
	"sync"
)

// inParallel does count things, up to width at once, and waits for all that it
// began. The first error ends the rest and is the answer.
func inParallel(ctx context.Context, width, count int, do func(ctx context.Context, i int) error) error {
	if count == 1 {
		return do(ctx, 0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan int, count)
	for i := range count {
		work <- i
	}
	close(work)
	var running sync.WaitGroup
	for range min(width, count) {
		running.Go(func() {
			for i := range work {
				if ctx.Err() != nil {
					return
				}
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

// inOrder does something with each input, up to width of them at once, and
// yields what comes of it in the order of the inputs. An error is the last thing
// it yields. When it ends, nothing that it began runs any more.
func inOrder[I, O any](ctx context.Context, width int, in iter.Seq2[I, error], do func(context.Context, I) (O, error)) iter.Seq2[O, error] {
	return func(yield func(O, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		next, stop := iter.Pull2(in)
		defer stop()
		var begun []chan outcome[O]
		for more := true; more || len(begun) > 0; begun = begun[1:] {
			for more && len(begun) < width {
				var input I
				var err error
				if input, err, more = next(); more {
					done := make(chan outcome[O], 1)
					begun = append(begun, done)
					running.Go(func() { done <- outcomeOf(ctx, input, err, do) })
				}
			}
			if len(begun) == 0 {
				return
			}
			if o := <-begun[0]; !yield(o.value, o.err) || o.err != nil {
				return
			}
		}
	}
}

// outcome is what came of one input.
type outcome[O any] struct {
	value O
	err   error
}

// outcomeOf does it, unless the input is an error itself.
func outcomeOf[I, O any](ctx context.Context, input I, err error, do func(context.Context, I) (O, error)) (o outcome[O]) {
	if o.err = err; err == nil {
		o.value, o.err = do(ctx, input)
	}
	return o
}
