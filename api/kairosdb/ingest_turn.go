package kairosdb

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"aion/storage/points"
)

// What ingest requests that are worked on at once may weigh, and one of them, for how
// long one waits for its turn, and for how long one may wait for its client before
// others have its room. What is worked on takes memory, some times its text up to a
// batch, until the store has it: without a bound a store that does not keep up, or a
// crowd of clients, would fill the memory.
const (
	ingestRoom     = 64 << 20
	ingestLeast    = ingestRoom / 512
	ingestMost     = ingestRoom / 16
	ingestPatience = 10 * time.Second
	ingestIdle     = 10 * time.Millisecond
)

// How much a byte of a body weighs, and one of a packed one.
const (
	textWeight   = 4
	packedWeight = 16 * textWeight
)

// errCrowded is answered to a request whose turn does not come.
var errCrowded = fmt.Errorf("more writes come than can be stored, try again: %w", points.ErrUnavailable)

// weightOf is what a request counts for in turns, by the length of its body.
func weightOf(length int64, packed bool) int64 {
	switch {
	case length < 0 || length > ingestMost: // it is not known, or enough
		return ingestMost
	case packed:
		length *= packedWeight
	default:
		length *= textWeight
	}
	return min(max(length, ingestLeast), ingestMost)
}

// turns bound the requests that are worked on at once by their weight. They are for
// many at once.
type turns struct {
	room     *semaphore.Weighted
	patience time.Duration
}

// newTurns makes turns with that room.
func newTurns(room int64, patience time.Duration) turns {
	return turns{semaphore.NewWeighted(room), patience}
}

// enter waits for room, in the order in which requests come, up to patience.
func (t *turns) enter(ctx context.Context, weight int64) error {
	if t.room.TryAcquire(weight) {
		return nil
	}
	waiting, done := context.WithTimeoutCause(ctx, t.patience, errCrowded)
	defer done()
	if t.room.Acquire(waiting, weight) != nil {
		return context.Cause(waiting)
	}
	return nil
}

// leave gives room to others.
func (t *turns) leave(weight int64) { t.room.Release(weight) }

// turn is the body of a request that has room, which goes to others for as long as the
// client is waited for. Its memory is used again by the next request.
type turn struct {
	of     *turns
	ctx    context.Context
	src    io.Reader
	weight int64
	idle   *time.Timer // calls yield; nil: there has not been a request

	mu      sync.Mutex
	reading bool
	has     bool // room
}

// begin makes t the body of a request that has entered with that weight.
func (t *turn) begin(ctx context.Context, of *turns, weight int64, src io.Reader) {
	if t.idle == nil {
		t.idle = time.AfterFunc(time.Hour, t.yield)
		t.idle.Stop()
	}
	t.of, t.ctx, t.weight, t.src, t.has = of, ctx, weight, src, true
}

// Read reads on.
func (t *turn) Read(p []byte) (int, error) {
	t.mu.Lock()
	t.reading = true
	t.mu.Unlock()
	t.idle.Reset(ingestIdle)
	n, err := t.src.Read(p)
	t.idle.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reading = false; t.has {
		return n, err
	}
	if crowded := t.of.enter(t.ctx, t.weight); crowded != nil {
		return 0, crowded
	}
	t.has = true
	return n, err
}

// yield gives the room away while the client is waited for. It may be called late, in
// another wait than it was meant for, which does no harm.
func (t *turn) yield() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reading && t.has {
		t.has = false
		t.of.leave(t.weight)
	}
}

// end gives the room away for good, if there is some, and lets go of the body.
func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.has {
		t.has = false
		t.of.leave(t.weight)
	}
	t.of, t.ctx, t.src = nil, nil, nil
}
