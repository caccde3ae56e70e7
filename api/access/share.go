package access

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// share is how many queries of one key, user or token run at once: its part of
// what the server can do.
type share struct {
	turns   chan struct{} // nil: any number
	waiting atomic.Int64
}

// The bounds of waiting for a turn.
const (
	mostWaiting = 256
	longestWait = 30 * time.Second
)

// newShare is a share of so many queries at once; 0: any number.
func newShare(most int) *share {
	if most == 0 {
		return &share{}
	}
	return &share{turns: make(chan struct{}, most)}
}

// Turn waits until who asks may run one more query, and answers what gives the
// turn back. Where too many wait already, or for too long, the error is a
// DeniedError.
func Turn(ctx context.Context) (release func(), err error) {
	p := From(ctx)
	if p == nil || p.calls == nil || p.calls.share.turns == nil {
		return func() {}, nil
	}
	p.calls.touched.Store(time.Now().UnixNano())
	return p.calls.share.take(ctx)
}

// take waits for a turn.
func (s *share) take(ctx context.Context) (release func(), err error) {
	release = func() { <-s.turns }
	select {
	case s.turns <- struct{}{}:
		return release, nil
	default:
	}
	busy := &DeniedError{Status: http.StatusTooManyRequests, Reason: "too many queries at once with these credentials", After: 5}
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) > mostWaiting {
		return nil, busy
	}
	late := time.NewTimer(longestWait)
	defer late.Stop()
	select {
	case s.turns <- struct{}{}:
		return release, nil
	case <-late.C:
		return nil, busy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
