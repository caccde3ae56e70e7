package load

import (
	"context"
	"sync"
	"time"
)

// pace says when the requests of a piece of work are due, for clients that share
// it.
type pace struct {
	mu    sync.Mutex
	gap   time.Duration // between two requests; 0: each when the one before is answered
	next  time.Time
	until time.Time // zero: there is no end
	taken bool
}

// newPace begins now and ends after that time, or never if it is 0. A rate of 0
// asks as fast as answers come.
func newPace(rate float64, length time.Duration) *pace {
	p := &pace{next: time.Now()}
	if rate > 0 {
		p.gap = time.Duration(float64(time.Second) / rate)
	}
	if length > 0 {
		p.until = p.next.Add(length)
	}
	return p
}

// take is when the next request is due; without a rate that is now. The first is
// always due, and none after the end.
func (p *pace) take() (due time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	due = p.next
	if p.gap == 0 {
		due = time.Now()
	}
	if p.taken && !p.until.IsZero() && !due.Before(p.until) {
		return due, false
	}
	p.taken, p.next = true, p.next.Add(p.gap)
	return due, true
}

// missed tells whether it is too late to send what was due: the time is up.
func (p *pace) missed(now time.Time) bool {
	return p.gap > 0 && !p.until.IsZero() && now.After(p.until)
}

// pauseAfterFailure keeps a client without a rate from running into a wall at
// full speed.
const pauseAfterFailure = 100 * time.Millisecond

// wait waits until then or until ctx ends, and tells whether ctx goes on.
func wait(ctx context.Context, until time.Time) bool {
	d := time.Until(until)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
