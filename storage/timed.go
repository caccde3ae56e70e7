package storage

import (
	"errors"
	"iter"
	"slices"
	"time"
)

// timed observes one walk over a sequence, without the time of who walks. To read the
// clock takes as long as to find one of many series, so that it is read for some of them
// at once: the first is handed on as it comes, the others when they are so many.
func timed[T any](m Meter, op Op, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		t := &timing[T]{yield: yield, together: 1, begun: time.Now()}
		t.some = t.room[:0]
		seq(t.take)
		t.give()
		m.Observe(op, t.busy+time.Since(t.begun), t.failed)
	}
}

// timedTogether is for how many items the clock is read at once.
const timedTogether = 16

// timing is one walk that is timed.
type timing[T any] struct {
	yield    func(T, error) bool
	together int // how many are handed on at once next
	some     []told[T]
	room     [1]told[T] // of some at first
	begun    time.Time  // when the store began to be busy
	busy     time.Duration
	failed   error
}

// told is what a sequence has yielded.
type told[T any] struct {
	item T
	err  error
}

// take takes what comes next, and tells whether more is wanted.
func (t *timing[T]) take(item T, err error) bool {
	if t.failed = err; errors.Is(err, ErrTooMany) { // as its caller has asked for
		t.failed = nil
	}
	if len(t.some) == cap(t.some) {
		t.some = slices.Grow(t.some, t.together-len(t.some))
	}
	t.some = append(t.some, told[T]{item, err})
	return len(t.some) < t.together || t.give()
}

// give hands on what has been taken, and tells whether more is wanted.
func (t *timing[T]) give() (more bool) {
	t.busy += time.Since(t.begun)
	more = true
	for i := 0; i < len(t.some) && more; i++ {
		more = t.yield(t.some[i].item, t.some[i].err)
	}
	clear(t.some)
	t.some, t.together = t.some[:0], timedTogether
	t.begun = time.Now()
	return more
}
