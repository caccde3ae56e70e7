package access_test

import (
	"strings"
	"sync"
	"testing"

	"aion/api/access"
)

// TestProvideMeanwhile: what somebody else changes while a key is provided stays
// changed, where the plan does not say otherwise, and a key that is revoked then
// is revoked.
func TestProvideMeanwhile(t *testing.T) {
	for _, revoke := range []bool{false, true} {
		h := open(t)
		h.key(t, access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one", RateLimit: 5})
		var once sync.Once
		_, _, err := h.Keys.Provide(operator(t), "dev-1", "secret-two-of-one", func(r *access.KeyRecord) error {
			r.Name = "provided"
			once.Do(func() {
				_, err := h.Keys.Change(operator(t), "dev-1", func(r *access.KeyRecord) error {
					r.RateLimit = 7
					return nil
				})
				if err == nil && revoke {
					_, err = h.Keys.Revoke(operator(t), "dev-1")
				}
				if err != nil {
					t.Error(err)
				}
			})
			return nil
		})
		if revoked := err != nil && strings.Contains(err.Error(), "is revoked"); revoked != revoke || err != nil && !revoke {
			t.Errorf("got %v, revoked meanwhile: %t", err, revoke)
		}
		r, err := h.Keys.Show(operator(t), "dev-1")
		if err != nil || r.RateLimit != 7 || (r.Name == "provided") == revoke {
			t.Errorf("got %+v, %v", r, err)
		}
	}
}

// TestProvideUserMeanwhile: a password that is changed while a user is provided
// stays changed.
func TestProvideUserMeanwhile(t *testing.T) {
	h := open(t)
	if _, err := h.Users.Create(operator(t), access.UserRecord{Name: "ann", Password: "the old password"}); err != nil {
		t.Fatal(err)
	}
	other := beside(t, h.store, h.clock)
	var once sync.Once
	h.CountHashes(func(int) {
		once.Do(func() {
			if _, err := other.Users.Password(operator(t), "ann", "the new password"); err != nil {
				t.Error(err)
			}
		})
	})
	if _, _, err := h.Users.Provide(operator(t), access.UserRecord{Name: "ann", Password: "the old password", Role: access.Viewer}); err != nil {
		t.Fatal(err)
	}
	if p, err := h.Login(t.Context(), "ann", "the new password"); err != nil || p.Role != access.Viewer {
		t.Errorf("got %+v, %v, want the new password and role", p, err)
	}
}
