package query

import (
	"context"
	"errors"

	"aion/storage"
)

// admit waits for the query's turn and starts its clock, unless ctx has one that runs
// out before. Its end ends both.
func (e *Engine) admit(ctx context.Context) (_ context.Context, _ turn, err error) {
	ctx, stop := e.clockedOnce(ctx)
	if e.slots == nil {
		return ctx, turn{e, stop}, nil
	}
	if n := e.waiting.Add(1); e.limits.MaxWaiting > 0 && n > int64(e.limits.MaxWaiting+e.limits.MaxConcurrent) {
		e.waiting.Add(-1)
		stop()
		return nil, turn{}, ErrBusy
	}
	if err := e.enter(ctx); err != nil {
		e.waiting.Add(-1)
		stop()
		return nil, turn{}, err
	}
	return ctx, turn{e, stop}, nil
}

// turn is the place of a query among those that run.
type turn struct {
	engine *Engine
	stop   context.CancelFunc // ends all that the query has begun
}

// end ends the query and gives its place to another.
func (t turn) end() {
	t.stop()
	if t.engine.slots != nil {
		<-t.engine.slots
		t.engine.waiting.Add(-1)
	}
}

// shut closes a query's snapshot, when nothing reads it any more: where something has
// panicked, there may be some who would read on.
func (t turn) shut(use *usage, s storage.Snapshot) error {
	t.stop()
	use.running.Wait()
	return s.Close()
}

// enter takes a slot, at once where there is one: what then comes too late is the
// query's own fault.
func (e *Engine) enter(ctx context.Context) error {
	select {
	case e.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case e.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return ErrBusy
	}
}
