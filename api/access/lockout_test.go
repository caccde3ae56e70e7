package access_test

import (
	"net/netip"
	"testing"

	"aion/api/access"
)

// TestOneNameSpace: a user's name is no key's id and the reverse, so that neither
// spends what the other has.
func TestOneNameSpace(t *testing.T) {
	h, ctx := open(t), operator(t)
	if _, err := h.Users.Create(ctx, access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	h.key(t, access.KeyRecord{ID: "dev-1", Secret: "secret-one"})
	if _, err := h.Keys.Create(ctx, access.KeyRecord{ID: "ann", Secret: "another one", RateLimit: 1}); status(err) != 409 {
		t.Errorf("a key called as a user: got %v, want 409", err)
	}
	if _, err := h.Keys.Import(ctx, []access.KeyRecord{{ID: "ann", Secret: "another one"}}); err == nil {
		t.Error("a key called as a user was imported")
	}
	if _, err := h.Users.Create(ctx, access.UserRecord{Name: "dev-1", Password: "correct horse"}); status(err) != 409 {
		t.Errorf("a user called as a key: got %v, want 409", err)
	}
}

// TestKeysCallsAreNoUsers: where a key and a user have one name from before, the
// user's calls are not the key's.
func TestKeysCallsAreNoUsers(t *testing.T) {
	h, ctx := open(t), operator(t)
	h.key(t, access.KeyRecord{ID: "ann", Secret: "another one", RateLimit: 1})
	if err := h.AddUser(ctx, "ann", "correct horse"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := h.login(t, "ann", "correct horse"); got != 200 {
			t.Errorf("got %d, want 200", got)
		}
	}
}

// TestNobodyIsLockedOut: wrong secrets spend a key's calls as far as the address
// may fail, and a name's failures count where they come from.
func TestNobodyIsLockedOut(t *testing.T) {
	h := open(t)
	key := h.key(t, access.KeyRecord{RateLimit: 100})
	if _, err := h.Users.Create(operator(t), access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	try := func(address, id, secret string) int {
		_, err := h.Admit(t.Context(), access.Credentials{ID: id, Secret: secret, From: netip.MustParseAddr(address)})
		return status(err)
	}
	for i := range 500 {
		want := 401
		if i >= 30 {
			want = 429
		}
		if got := try("192.0.2.1", key.ID, "wrong"); got != want {
			t.Fatalf("attempt %d: got %d, want %d", i, got, want)
		}
	}
	for i := range 70 {
		if got := try("192.0.2.2", key.ID, key.Secret); got != 0 {
			t.Fatalf("the owner's call %d: got %d, want it let in", i, got)
		}
	}
	if got := try("192.0.2.2", key.ID, key.Secret); got != 429 {
		t.Errorf("got %d, want 429: failing calls are the key's, too", got)
	}
	for i := range 100 {
		try(netip.AddrFrom4([4]byte{198, 51, byte(i), 1}).String(), "ann", "wrong")
	}
	if got := try("203.0.113.1", "ann", "correct horse"); got != 0 {
		t.Errorf("ann from elsewhere: got %d, want her let in", got)
	}
}
