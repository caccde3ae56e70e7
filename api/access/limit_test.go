package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aion/api/access"
)

// afterOf is how long a refusal says to wait.
func afterOf(err error) int {
	var denied *access.DeniedError
	if errors.As(err, &denied) && denied.Status == 429 {
		return denied.After
	}
	return 0
}

// TestRateLimit: a key has as many calls at once as it has a minute; after that
// one every so often, and who is refused is told when.
func TestRateLimit(t *testing.T) {
	h := open(t)
	key := h.key(t, access.KeyRecord{RateLimit: 4})
	for range 4 {
		if got := h.login(t, key.ID, key.Secret); got != 200 {
			t.Fatalf("got %d, want 200", got)
		}
	}
	_, err := h.Login(t.Context(), key.ID, key.Secret)
	if got := afterOf(err); got != 15 {
		t.Errorf("got %v after %d s, want 429 after 15 s", err, got)
	}
	h.clock.pass(14500 * time.Millisecond)
	if _, err := h.Login(t.Context(), key.ID, key.Secret); afterOf(err) != 1 {
		t.Errorf("got %v after %d s, want 429 after 1 s", err, afterOf(err))
	}
	h.clock.pass(500 * time.Millisecond)
	if got := h.login(t, "", key.Secret); got != 200 {
		t.Errorf("got %d, want 200 for the secret alone", got)
	}
	if got := h.login(t, key.ID, key.Secret); got != 429 {
		t.Errorf("got %d, want 429", got)
	}
	h.clock.pass(2 * time.Minute)
	for range 4 {
		if got := h.login(t, key.ID, key.Secret); got != 200 {
			t.Errorf("after a rest: got %d, want 200", got)
		}
	}
	if got := h.login(t, key.ID, key.Secret); got != 429 {
		t.Errorf("got %d, want 429", got)
	}
	if _, err := h.Keys.Revoke(operator(t), key.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.login(t, key.ID, key.Secret); got != 401 {
		t.Errorf("revoked: got %d, want 401", got)
	}
}

// TestRefusedKey: who writes the audit is told whose key was refused, where there is
// one of the id that was shown, and what was shown is told nobody.
func TestRefusedKey(t *testing.T) {
	h := open(t)
	busy, gone := h.key(t, access.KeyRecord{RateLimit: 1}), h.key(t, access.KeyRecord{})
	if _, err := h.Keys.Revoke(operator(t), gone.ID); err != nil {
		t.Fatal(err)
	}
	h.login(t, busy.ID, busy.Secret)
	for _, tt := range []struct {
		name, id, secret string
		status           int
		want             string
	}{
		{"too many calls", busy.ID, busy.Secret, 429, busy.ID}, {"too many by the secret alone", "", busy.Secret, 429, busy.ID},
		{"revoked", gone.ID, gone.Secret, 401, gone.ID}, {"a wrong secret", gone.ID, busy.Secret, 401, gone.ID},
		{"no such key", "_key_1", busy.Secret, 401, ""}, {"a secret for an id", busy.Secret, busy.ID, 401, ""}, {"no such secret", "", gone.Secret, 401, ""},
	} {
		for range 2 { // found out, and known from then on
			_, err := h.Login(t.Context(), tt.id, tt.secret)
			if denied := new(access.DeniedError); !errors.As(err, &denied) || denied.Status != tt.status || denied.Key != tt.want {
				t.Errorf("%s: got %v of %q, want %d of %q", tt.name, err, denied.Key, tt.status, tt.want)
			}
		}
	}
}

// TestRateLimitCountsFailures: calls that name a key and fail count as its calls.
func TestRateLimitCountsFailures(t *testing.T) {
	h := open(t)
	key := h.key(t, access.KeyRecord{RateLimit: 4})
	for i := range 4 {
		if got := h.login(t, key.ID, "wrong"+strconv.Itoa(i)); got != 401 {
			t.Errorf("got %d, want 401", got)
		}
	}
	if got := h.login(t, key.ID, key.Secret); got != 429 {
		t.Errorf("got %d, want 429", got)
	}
}

// TestRateLimitChanges: a new limit holds within a second.
func TestRateLimitChanges(t *testing.T) {
	h := open(t)
	key := h.key(t, access.KeyRecord{RateLimit: 1})
	h.login(t, key.ID, key.Secret)
	if got := h.login(t, key.ID, key.Secret); got != 429 {
		t.Errorf("got %d, want 429", got)
	}
	_, err := h.Keys.Change(operator(t), key.ID, func(r *access.KeyRecord) error { r.RateLimit = -1; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if got := h.login(t, key.ID, key.Secret); got != 200 {
			t.Fatalf("without a limit: got %d, want 200", got)
		}
	}
}

// TestFailedLogins: who fails too often from one address, or for one name from one
// network, waits, and who was let in before does not.
func TestFailedLogins(t *testing.T) {
	h := open(t)
	key := h.key(t, access.KeyRecord{})
	if got := h.login(t, key.ID, key.Secret); got != 200 {
		t.Fatalf("got %d, want 200", got)
	}
	try := func(address, id, secret string) int {
		_, err := h.Admit(t.Context(), access.Credentials{ID: id, Secret: secret, From: netip.MustParseAddr(address)})
		return status(err)
	}
	for i := range 30 {
		if got := try("192.0.2.1", fmt.Sprint("_key_", i), "wrong"); got != 401 {
			t.Fatalf("attempt %d: got %d, want 401", i, got)
		}
	}
	for _, tt := range []struct {
		name, address, id, secret string
		want                      int
	}{
		{"one more", "192.0.2.1", "_key_99", "wrong", 429},
		{"the same again", "192.0.2.1", "_key_1", "wrong", 429},
		{"mapped", "::ffff:192.0.2.1", "_key_99", "wrong", 429},
		{"another address", "192.0.2.2", "_key_99", "wrong", 401},
		{"who was let in before", "192.0.2.1", key.ID, key.Secret, 0},
	} {
		if got := try(tt.address, tt.id, tt.secret); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	for i := range 30 {
		try(fmt.Sprintf("2001:db8::%x", i+1), fmt.Sprint("_key_", i), "wrong")
	}
	if got := try("2001:db8::ffff", "_key_99", "wrong"); got != 429 {
		t.Errorf("another address of one network: got %d, want 429", got)
	}
	for _, tt := range []struct {
		name, address, id string
		want              int
	}{
		{"one name from many addresses of a network", "198.51.100.200", "ann", 429},
		{"from another network", "203.0.113.1", "ann", 401},
		{"a key from many addresses", "198.51.100.200", "_key_5", 401},
	} {
		for i := range 60 {
			try(fmt.Sprintf("198.51.100.%d", i), tt.id, strconv.Itoa(i))
		}
		if got := try(tt.address, tt.id, "wrong"); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
		h.clock.pass(3 * time.Minute)
	}
	h.clock.pass(3 * time.Minute)
	if got := try("192.0.2.1", "_key_99", "wrong"); got != 401 {
		t.Errorf("after a rest: got %d, want 401", got)
	}
	if f := h.Figures(); f.Refused < 100 || f.Limited < 5 {
		t.Errorf("got %+v, want what was refused", f)
	}
}

// TestPasswordsAtOnce: of 10,000 wrong passwords at most two are hashed at once,
// few wait, and who leaves waits no longer.
func TestPasswordsAtOnce(t *testing.T) {
	h := open(t)
	if _, err := h.Users.Create(operator(t), access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	var now, most, all atomic.Int64
	h.CountHashes(func(n int) {
		if at := now.Add(int64(n)); n > 0 {
			all.Add(1)
			for was := most.Load(); at > was && !most.CompareAndSwap(was, at); was = most.Load() {
			}
		}
	})
	var clients sync.WaitGroup
	var left atomic.Int64
	left.Store(10_000)
	answers := [500]atomic.Int64{}
	for c := range 100 {
		clients.Go(func() {
			for {
				i := left.Add(-1)
				if i < 0 {
					return
				}
				from := netip.AddrFrom4([4]byte{10, byte(i >> 12), byte(i >> 4), byte(c)})
				_, err := h.Admit(t.Context(), access.Credentials{ID: fmt.Sprint("user", i), Secret: "wrong", From: from})
				answers[status(err)].Add(1)
			}
		})
	}
	clients.Wait()
	if most.Load() > 2 || all.Load() == 0 {
		t.Errorf("got %d hashes at once and %d in all, want 2 at most and some", most.Load(), all.Load())
	}
	if got := answers[401].Load() + answers[429].Load(); got != 10_000 || answers[401].Load() != all.Load() {
		t.Errorf("got %d and %d refused of %d hashed, want 10,000 in all", answers[401].Load(), answers[429].Load(), all.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Login(ctx, "bob", "wrong"); !errors.Is(err, context.Canceled) {
		t.Errorf("who has left: got %v, want it cancelled", err)
	}
	if got := h.login(t, "ann", "correct horse"); got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

// TestBounds: nothing that strangers can fill grows without end.
func TestBounds(t *testing.T) {
	if got := access.Findings(5000, 100); got > 200 {
		t.Errorf("got %d findings, want 200 at most", got)
	}
	if got := access.Buckets(5000, 100, strconv.Itoa, time.Now()); got > 200 {
		t.Errorf("got %d buckets, want 200 at most", got)
	}
}

// TestPasswordCost: a hash that was made at another cost is made anew at the next
// login.
func TestPasswordCost(t *testing.T) {
	clock := &clock{at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	h := open(t)
	if _, err := h.Users.Create(operator(t), access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	dearer := beside(t, h.store, clock, func(c *access.Config) { c.Passwords.Time = 2 })
	hashes := 0
	dearer.CountHashes(func(n int) { hashes += max(n, 0) })
	for i, want := range []int{2, 2} { // a check and a new hash; then the login is known
		if got := dearer.login(t, "ann", "correct horse"); got != 200 || hashes != want {
			t.Errorf("login %d: got %d and %d hashes, want 200 and %d", i, got, hashes, want)
		}
	}
	if got := h.login(t, "ann", "correct horse"); got != 200 {
		t.Errorf("got %d, want 200", got)
	}
	for _, hash := range []string{"x", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2i$v=19$m=64,t=1,p=1$AAAA$" + "AAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA"} {
		if right, _, err := h.CheckHash(t.Context(), hash, "x"); right || err == nil {
			t.Errorf("%s: got %t %v, want it refused", hash, right, err)
		}
	}
}
