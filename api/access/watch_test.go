package access_test

import (
	"context"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage/memory"
)

// TestRevokedBeforeTheWatching: a request whose key is revoked, and known to be so,
// between the moment at which it was let in and that at which it is watched ends
// all the same.
func TestRevokedBeforeTheWatching(t *testing.T) {
	store := memory.New(memory.Config{})
	now := func(c *access.Config) { c.Now = nil }
	here, there := beside(t, store, &clock{at: time.Now()}, now), beside(t, store, nil, now)
	key := here.key(t, access.KeyRecord{})
	p, err := there.Login(t.Context(), key.ID, key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := here.Keys.Revoke(operator(t), key.ID); err != nil {
		t.Fatal(err)
	}
	there.Look(t.Context())
	there.Review(t.Context())
	under, release := there.Watch(t.Context(), p)
	defer release()
	there.Review(t.Context())
	if status(context.Cause(under)) != 401 {
		t.Errorf("got %v, want the request ended", context.Cause(under))
	}
}

// TestReviewFails: a request that cannot be reviewed is reviewed again.
func TestReviewFails(t *testing.T) {
	store := &counting{Store: memory.New(memory.Config{})}
	here := beside(t, store.Store, &clock{at: time.Now()}, func(c *access.Config) { c.Now = nil })
	there := beside(t, store, nil, func(c *access.Config) { c.Now = nil })
	key := here.key(t, access.KeyRecord{})
	p, err := there.Login(t.Context(), key.ID, key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	under, release := there.Watch(t.Context(), p)
	defer release()
	there.Review(t.Context())
	if _, err := here.Keys.Revoke(operator(t), key.ID); err != nil {
		t.Fatal(err)
	}
	there.Look(t.Context())
	store.away.Store(true)
	there.Review(t.Context())
	if under.Err() != nil {
		t.Errorf("the store is away: got %v, want the request to go on", context.Cause(under))
	}
	store.away.Store(false)
	there.Review(t.Context())
	if status(context.Cause(under)) != 401 {
		t.Errorf("the store is back: got %v, want the request ended", context.Cause(under))
	}
	again, err := here.Keys.Create(operator(t), access.KeyRecord{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = there.Login(t.Context(), again.ID, again.Secret); err != nil {
		t.Fatal(err)
	}
	_, end := there.Watch(t.Context(), p)
	defer end()
	there.Review(t.Context())
	store.reads.Store(0)
	there.Review(t.Context())
	if got := store.reads.Load(); got != 0 {
		t.Errorf("got %d readings for requests that were reviewed, want none", got)
	}
}
