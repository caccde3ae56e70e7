package cassandra

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
)

// upTo yields the numbers below n, and then an error if there is one.
func upTo(n int, err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

// TestInOrder: results come in the order of the inputs, no more than the width
// at once, and nothing after an error.
func TestInOrder(t *testing.T) {
	failed := errors.New("failed")
	for _, c := range []struct {
		n, width, bad, stop int
		end                 error
		want                string
	}{
		{0, 3, -1, -1, nil, "[] <nil>"},
		{1, 3, -1, -1, nil, "[0] <nil>"},
		{7, 3, -1, -1, nil, "[0 1 2 3 4 5 6] <nil>"},
		{7, 1, -1, -1, nil, "[0 1 2 3 4 5 6] <nil>"},
		{7, 3, 4, -1, nil, "[0 1 2 3] failed"},
		{7, 3, -1, 2, nil, "[0 1 2] <nil>"},
		{3, 2, -1, -1, failed, "[0 1 2] failed"},
	} {
		var running, most atomic.Int64
		do := func(_ context.Context, i int) (int, error) {
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if i == c.bad {
				return 0, failed
			}
			return i, nil
		}
		got := []int{}
		var last error
		for i, err := range inOrder(t.Context(), c.width, upTo(c.n, c.end), do) {
			if last = err; err != nil {
				continue
			}
			got = append(got, i)
			if i == c.stop {
				break
			}
		}
		if text := fmt.Sprint(got, " ", last); text != c.want || int(most.Load()) > c.width || running.Load() != 0 {
			t.Errorf("%d inputs by %d: got %s, %d at once, %d running, want %s", c.n, c.width, text, most.Load(), running.Load(), c.want)
		}
	}
}

// TestInParallel: everything is done, or the first error is the answer and ends
// the others.
func TestInParallel(t *testing.T) {
	failed := errors.New("failed")
	for _, n := range []int{0, 1, 2, 50} {
		done := make([]bool, n)
		err := inParallel(t.Context(), 4, n, func(_ context.Context, i int) error { done[i] = true; return nil })
		if err != nil || slices.Contains(done, false) {
			t.Errorf("%d: got %v %v", n, done, err)
		}
	}
	err := inParallel(t.Context(), 2, 2, func(ctx context.Context, i int) error {
		if i == 0 {
			return failed
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if err != failed {
		t.Errorf("got %v, want %v", err, failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := inParallel(ctx, 2, 9, func(context.Context, int) error { return nil }); err != context.Canceled {
		t.Errorf("cancelled: got %v", err)
	}
}
