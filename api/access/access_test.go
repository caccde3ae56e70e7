package access_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aion/api/access"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// TestMain finds goroutines that nobody waited for.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// pass lets time pass.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// house is a guard over a store of its own.
type house struct {
	*access.Guard
	clock *clock
	store storage.Store
	log   *bytes.Buffer
}

// cheap is what passwords cost in tests.
var cheap = access.PasswordCost{Time: 1, KiB: 64, Threads: 1}

// open is a guard over an empty store.
func open(t testing.TB, change ...func(*access.Config)) *house {
	t.Helper()
	return beside(t, memory.New(memory.Config{}), &clock{at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}, change...)
}

// beside is a guard over a store that others may have, too.
func beside(t testing.TB, store storage.Store, clock *clock, change ...func(*access.Config)) *house {
	t.Helper()
	records, ok := catalog.New(store)
	if !ok {
		t.Fatal("the store keeps no records")
	}
	h := &house{clock: clock, store: store, log: new(bytes.Buffer)}
	c := access.Config{Catalog: records, Now: clock.Now, Passwords: cheap, Log: slog.New(slog.NewTextHandler(h.log, nil))}
	for _, f := range change {
		f(&c)
	}
	h.Guard = access.New(c)
	return h
}

// operator is the context of somebody who may do everything.
func operator(t testing.TB) context.Context {
	return access.With(t.Context(), access.Everyone())
}

// key makes a key.
func (h *house) key(t testing.TB, r access.KeyRecord) access.KeyRecord {
	t.Helper()
	r, err := h.Keys.Create(operator(t), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// status is the status that an error has; 0: none.
func status(err error) int {
	var s interface{ StatusCode() int }
	if errors.As(err, &s) {
		return s.StatusCode()
	}
	return 0
}

// login is the status of a login, 200 if all is well.
func (h *house) login(t testing.TB, id, secret string) int {
	t.Helper()
	p, err := h.Login(t.Context(), id, secret)
	if err != nil {
		return status(err)
	}
	if p == nil {
		t.Fatal("got nobody and no error")
	}
	return 200
}

// TestKeyLives: a key is made, shown without its secret, used, rotated and
// revoked, and each is so at once.
func TestKeyLives(t *testing.T) {
	h, ctx := open(t), operator(t)
	made := h.key(t, access.KeyRecord{Name: "partner", Scopes: []access.Scope{access.ReadData}})
	if len(made.ID) != len("_key_")+18 || len(made.Secret) != 32 {
		t.Errorf("got id %q and secret %q, want _key_ with 18 digits and 32 hex digits", made.ID, made.Secret)
	}
	shown, err := h.Keys.Show(ctx, made.ID)
	if err != nil || shown.Secret != "" || shown.Role != access.Member || shown.RateLimit != -1 {
		t.Errorf("got %+v %v, want a member's key without secret and limit", shown, err)
	}
	p, err := h.Login(ctx, made.ID, made.Secret)
	if err != nil || p.ID != made.ID || !p.May(access.ReadData) || p.May(access.WriteData) {
		t.Errorf("got %+v %v, want one who may read", p, err)
	}
	rotated, err := h.Keys.Rotate(ctx, made.ID)
	if err != nil || rotated.Secret == made.Secret || len(rotated.Secret) != 32 {
		t.Errorf("got %q %v, want another secret", rotated.Secret, err)
	}
	for _, tt := range []struct {
		id, secret string
		want       int
	}{
		{made.ID, made.Secret, 401}, {made.ID, rotated.Secret, 200}, {"_key_1", rotated.Secret, 401}, {"", rotated.Secret, 200},
		{"", made.Secret, 401}, {made.ID, "", 401}, {"nobody", "nothing", 401},
	} {
		if got := h.login(t, tt.id, tt.secret); got != tt.want {
			t.Errorf("%s with %s: got %d, want %d", tt.id, tt.secret, got, tt.want)
		}
	}
	if _, err := h.Keys.Revoke(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.login(t, made.ID, rotated.Secret); got != 401 {
		t.Errorf("revoked: got %d, want 401", got)
	}
	if _, err := h.Keys.Rotate(ctx, made.ID); err == nil {
		t.Error("a revoked key got a secret")
	}
}

// TestKeyExpires: a key is worth nothing from its end on, also for who has used it
// before.
func TestKeyExpires(t *testing.T) {
	h := open(t)
	end := h.clock.Now().Add(time.Hour)
	key := h.key(t, access.KeyRecord{Expires: &end})
	for _, want := range []int{200, 401} {
		if got := h.login(t, key.ID, key.Secret); got != want {
			t.Errorf("at %s: got %d, want %d", h.clock.Now(), got, want)
		}
		h.clock.pass(time.Hour)
	}
	if _, err := h.Keys.Create(operator(t), access.KeyRecord{Expires: &end}); status(err) != 0 || err == nil {
		t.Errorf("a key that is over: got %v, want it refused", err)
	}
}

// TestSecretsOfSeveral: a secret that several keys have tells nobody apart, until
// one of them has another one.
func TestSecretsOfSeveral(t *testing.T) {
	h := open(t)
	for _, id := range []string{"dev-1", "dev-2"} {
		h.key(t, access.KeyRecord{ID: id, Secret: "the same one"})
	}
	if got := h.login(t, "", "the same one"); got != 401 {
		t.Errorf("two have it: got %d, want 401", got)
	}
	if got := h.login(t, "dev-2", "the same one"); got != 200 {
		t.Errorf("with the id: got %d, want 200", got)
	}
	if _, err := h.Keys.Rotate(operator(t), "dev-1"); err != nil {
		t.Fatal(err)
	}
	p, err := h.Admit(t.Context(), access.Credentials{Secret: "the same one"})
	if err != nil || p.ID != "dev-2" {
		t.Errorf("one has it: got %+v %v, want dev-2", p, err)
	}
}

// TestSecretsOfKeysThatAreGone: keys that were revoked or are over, and ones that
// could not be made, do not keep a secret from the key that has it.
func TestSecretsOfKeysThatAreGone(t *testing.T) {
	h := open(t)
	const secret = "the same one for all"
	end := h.clock.Now().Add(time.Minute)
	h.key(t, access.KeyRecord{ID: "other", Secret: "another secret"})
	for _, r := range []access.KeyRecord{{ID: "revoked"}, {ID: "over", Expires: &end}, {ID: "mine"}} {
		r.Secret = secret
		h.key(t, r)
	}
	if _, err := h.Keys.Revoke(operator(t), "revoked"); err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Hour)
	for _, id := range []string{"other", "mine"} {
		if _, err := h.Keys.Create(operator(t), access.KeyRecord{ID: id, Secret: secret}); status(err) != 409 {
			t.Errorf("%s again: got %v, want that it is there", id, err)
		}
	}
	if p, err := h.Admit(t.Context(), access.Credentials{Secret: secret}); err != nil || p.ID != "mine" {
		t.Errorf("got %+v %v, want mine", p, err)
	}
}

// TestEntriesOfSecrets: a secret has an entry while a key has it, and no longer.
func TestEntriesOfSecrets(t *testing.T) {
	h := open(t)
	records, _ := catalog.New(h.store)
	entries := func(want int) {
		t.Helper()
		all, err := records.List(t.Context(), "key-secret", "", "", 100)
		if err != nil || len(all) != want {
			t.Errorf("got %d entries %v, want %d", len(all), err, want)
		}
	}
	h.key(t, access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one"})
	entries(1)
	if _, err := h.Keys.Create(operator(t), access.KeyRecord{ID: "dev-1", Secret: "secret-two-of-two"}); status(err) != 409 {
		t.Errorf("got %v, want that it is there", err)
	}
	entries(1)
	if _, err := h.Keys.Rotate(operator(t), "dev-1"); err != nil {
		t.Fatal(err)
	}
	entries(1)
	if _, err := h.Keys.Revoke(operator(t), "dev-1"); err != nil {
		t.Fatal(err)
	}
	entries(0)
}
