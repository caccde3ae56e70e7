package kairosdb

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"aion/storage/points"
)

// How many ingest requests are worked on at once, for how long one waits for its turn,
// and for how long one may wait for its client before another has its turn. What is
// worked on takes memory, some times that of its text, until the store has it: without
// a bound a store that does not keep up, or a crowd of clients, would fill the memory.
const (
	ingestTurns    = 128
	ingestPatience = 10 * time.Second
	ingestIdle     = 10 * time.Millisecond
)

// errCrowded is answered to a request whose turn does not come.
var errCrowded = fmt.Errorf("more writes come than can be stored, try again: %w", points.ErrUnavailable)

// turns are the places of the requests that are worked on. It is safe for concurrent
// use.
type turns struct {
	places   chan struct{}
	patience time.Duration
}

// newTurns makes so many places.
func newTurns(n int, patience time.Duration) turns {
	return turns{make(chan struct{}, n), patience}
}

// enter waits for a place, in the order in which requests come, up to patience.
func (t *turns) enter(ctx context.Context) error {
	select {
	case t.places <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(t.patience)
	defer wait.Stop()
	select {
	case t.places <- struct{}{}:
		return nil
	case <-wait.C:
		return errCrowded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave gives a place to another request.
func (t *turns) leave() { <-t.places }

// turn is the body of a request that has a place, which goes to another for as long as
// the client is waited for. Its memory is used again by the next request.
type turn struct {
	of   *turns
	ctx  context.Context
	src  io.Reader
	idle *time.Timer // calls yield; nil: there has not been a request

	mu      sync.Mutex
	reading bool
	has     bool // a place
}

// begin makes t the body of a request that has entered.
func (t *turn) begin(ctx context.Context, of *turns, src io.Reader) {
	if t.idle == nil {
		t.idle = time.AfterFunc(time.Hour, t.yield)
		t.idle.Stop()
	}
	t.of, t.ctx, t.src, t.has = of, ctx, src, true
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
	if crowded := t.of.enter(t.ctx); crowded != nil {
		return 0, crowded
	}
	t.has = true
	return n, err
}

// yield gives the place away while the client is waited for. It may be called late, in
// another wait than it was meant for, which does no harm.
func (t *turn) yield() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reading && t.has {
		t.has = false
		t.of.leave()
	}
}

// end gives the place away for good, if there is one, and lets go of the body.
func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.has {
		t.has = false
		t.of.leave()
	}
	t.of, t.ctx, t.src = nil, nil, nil
}
