package access_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"aion/api/access"
)

// TestShare: so many queries of one key run at once; others of it wait for their
// turn, those of other keys do not, and who leaves waits no longer.
func TestShare(t *testing.T) {
	h := open(t, func(c *access.Config) { c.Queries = 2 })
	enter := func(k access.KeyRecord) context.Context {
		p, err := h.Login(t.Context(), k.ID, k.Secret)
		if err != nil {
			t.Fatal(err)
		}
		return access.With(t.Context(), p)
	}
	key := h.key(t, access.KeyRecord{})
	ctx, other := enter(key), enter(h.key(t, access.KeyRecord{}))
	var now, most atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			release, err := access.Turn(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			for n, was := now.Add(1), most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
			}
			now.Add(-1)
			release()
		})
	}
	all.Wait()
	if most.Load() > 2 {
		t.Errorf("got %d at once, want 2 at most", most.Load())
	}
	for range 2 {
		if _, err := access.Turn(ctx); err != nil {
			t.Fatal(err)
		}
	}
	left, leave := context.WithCancel(ctx)
	leave()
	if _, err := access.Turn(left); !errors.Is(err, context.Canceled) {
		t.Errorf("who has left: got %v, want it cancelled", err)
	}
	for _, c := range []context.Context{other, t.Context(), access.With(t.Context(), access.Everyone())} {
		release, err := access.Turn(c)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	if _, err := h.Keys.Change(operator(t), key.ID, func(r *access.KeyRecord) error { r.Name = "x"; return nil }); err != nil {
		t.Fatal(err)
	}
	again, stop := context.WithCancel(enter(key)) // known anew, with the same share
	stop()
	if _, err := access.Turn(again); !errors.Is(err, context.Canceled) {
		t.Errorf("after a change: got %v, want no turn", err)
	}
}

// TestSharesOfRoles: tokens of one subject whose roles have different limits take
// turns within these, however they are mixed.
func TestSharesOfRoles(t *testing.T) {
	h := open(t, func(c *access.Config) {
		c.Limits = func(r access.Role) access.Limits {
			if r == access.Viewer {
				return access.Limits{Queries: 1}
			}
			return access.Limits{Queries: 2}
		}
	})
	left, leave := context.WithCancel(t.Context())
	leave()
	running := 0
	for range 4 {
		for _, role := range []string{"viewer", "member"} {
			p, err := h.Bearer(t.Context(), access.Claims{Subject: "ann", Role: role})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := access.Turn(access.With(left, p)); err == nil {
				running++
			}
		}
	}
	if running != 3 {
		t.Errorf("got %d queries at once, want 1 as a viewer and 2 as a member", running)
	}
}
