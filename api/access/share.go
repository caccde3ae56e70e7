package access

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// share is how many queries of one key, user or token run at once: its part of
// what the server can do.
type share struct {
	turns   chan struct{}
	waiting atomic.Int64
	older   *share // of another number of queries; nil: there is none
}

// The bounds of waiting for a turn.
const (
	mostWaiting = 256
	longestWait = 30 * time.Second
)

// shareOf is the share of so many queries at once that all of a bucket's have.
// Those of another number have one of their own: where several tokens of a subject
// differ in their limit, each counts within its own.
func (b *bucket) shareOf(most int) *share {
	for {
		newest := b.share.Load()
		for s := newest; s != nil; s = s.older {
			if cap(s.turns) == most {
				return s
			}
		}
		if fresh := (&share{turns: make(chan struct{}, most), older: newest}); b.share.CompareAndSwap(newest, fresh) {
			return fresh
		}
	}
}

// Turn waits until who asks may run one more query, and answers what gives the
// turn back. Where too many wait already, or for too long, the error is a
// DeniedError.
func Turn(ctx context.Context) (release func(), err error) {
	p := From(ctx)
	if p == nil || p.calls == nil || p.Limits.Queries == 0 {
		return func() {}, nil
	}
	p.calls.touched.Store(time.Now().UnixNano())
	return p.calls.shareOf(p.Limits.Queries).take(ctx)
}

// take waits for a turn.
func (s *share) take(ctx context.Context) (release func(), err error) {
	release = func() { <-s.turns }
	select {
	case s.turns <- struct{}{}:
		return release, nil
	default:
	}
	busy := &DeniedError{Status: http.StatusTooManyRequests, After: 5,
		Reason: fmt.Sprintf("too many queries at once with these credentials: their limit limits.queries is %d", cap(s.turns))}
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
