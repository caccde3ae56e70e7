package query

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// brief is a context with a deadline for work that is mostly done long before: it has
// no timer until somebody waits for its end, or has asked for it often. Whoever asks
// before is told by the clock. It is safe for concurrent use.
type brief struct {
	context.Context // the caller's
	ends            time.Time
	cause           *timeoutError // of its end by the clock
	asked           atomic.Int32
	timed           atomic.Pointer[timedContext] // nil: there is no timer
	once            sync.Once
}

// timedContext is what a brief is once it has a timer.
type timedContext struct {
	context.Context
	cancel context.CancelFunc
}

// briefly is how often a brief looks at the clock before it has a timer, which costs
// as much as many looks.
const briefly = 32

// newBrief is ctx until it has lasted for some time, which ends it with that cause. It
// is released by its maker, when nobody asks it any more.
func newBrief(ctx context.Context, cause *timeoutError) *brief {
	return &brief{Context: ctx, ends: time.Now().Add(cause.after), cause: cause}
}

// release ends the timer, if there is one.
func (b *brief) release() {
	if t := b.timed.Load(); t != nil {
		t.cancel()
	}
}

// time is the brief with a timer.
func (b *brief) time() *timedContext {
	b.once.Do(func() {
		ctx, cancel := context.WithDeadlineCause(b.Context, b.ends, b.cause)
		b.timed.Store(&timedContext{ctx, cancel})
	})
	return b.timed.Load()
}

// Deadline is when the brief ends by the clock, or the caller's context before.
func (b *brief) Deadline() (time.Time, bool) {
	if d, ok := b.Context.Deadline(); ok && d.Before(b.ends) {
		return d, true
	}
	return b.ends, true
}

// Done is closed at the end.
func (b *brief) Done() <-chan struct{} { return b.time().Done() }

// Err tells whether the brief has ended, and by what.
func (b *brief) Err() error {
	t := b.timed.Load()
	if t == nil {
		if b.asked.Add(1) <= briefly && time.Now().Before(b.ends) {
			return b.Context.Err()
		}
		t = b.time()
	}
	return t.Err()
}

// Value is the caller's; of one with a timer its cause can be asked for, too.
func (b *brief) Value(key any) any {
	if t := b.timed.Load(); t != nil {
		return t.Value(key)
	}
	return b.Context.Value(key)
}
