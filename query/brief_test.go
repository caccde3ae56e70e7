package query

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestBrief: a brief ends as a context with a deadline does, for who asks and for who
// waits, by itself or with the caller's, and starts no timer before.
func TestBrief(t *testing.T) {
	cause := &timeoutError{time.Minute, "query.timeout"}
	for _, tt := range []struct {
		name  string
		until func(t *testing.T, b *brief, cancel context.CancelFunc)
		err   error
		cause error
	}{
		{"asked in time", func(_ *testing.T, _ *brief, _ context.CancelFunc) { time.Sleep(time.Minute - 1) }, nil, nil},
		{"asked too late", func(_ *testing.T, _ *brief, _ context.CancelFunc) { time.Sleep(time.Minute) }, context.DeadlineExceeded, cause},
		{"asked often", func(t *testing.T, b *brief, _ context.CancelFunc) {
			for range 2 * briefly {
				if err := b.Err(); err != nil {
					t.Error(err)
				}
			}
			time.Sleep(time.Minute)
			synctest.Wait() // for the timer, which is due at the same moment
		}, context.DeadlineExceeded, cause},
		{"waited for", func(_ *testing.T, b *brief, _ context.CancelFunc) { <-b.Done() }, context.DeadlineExceeded, cause},
		{"waited for by a child", func(_ *testing.T, b *brief, _ context.CancelFunc) {
			child, cancel := context.WithCancel(b)
			defer cancel()
			<-child.Done()
		}, context.DeadlineExceeded, cause},
		{"the caller has left", func(_ *testing.T, _ *brief, cancel context.CancelFunc) { cancel() }, context.Canceled, context.Canceled},
		{"the caller leaves", func(_ *testing.T, b *brief, cancel context.CancelFunc) {
			time.AfterFunc(time.Second, cancel)
			<-b.Done()
		}, context.Canceled, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				b := newBrief(ctx, cause)
				defer b.release()
				tt.until(t, b, cancel)
				if err := b.Err(); !errors.Is(err, tt.err) || tt.err == nil && err != nil {
					t.Errorf("got %v, want %v", err, tt.err)
				}
				if got := context.Cause(b); got != tt.cause {
					t.Errorf("got the cause %v, want %v", got, tt.cause)
				}
				if at, ok := b.Deadline(); !ok || !at.Equal(b.ends) {
					t.Errorf("got the deadline %v, want %v", at, b.ends)
				}
			})
		})
	}
}

// TestBriefHasNoTimer: who asks a few times pays for no timer.
func TestBriefHasNoTimer(t *testing.T) {
	cause := &timeoutError{time.Minute, "query.timeout"}
	if n := testing.AllocsPerRun(100, func() {
		b := newBrief(t.Context(), cause)
		defer b.release()
		if b.Err() != nil || b.timed.Load() != nil {
			t.Error("ended, or has a timer")
		}
	}); n > 1 {
		t.Errorf("got %v allocations, want 1", n)
	}
}
