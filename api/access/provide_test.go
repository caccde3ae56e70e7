package access_test

import (
	"strings"
	"testing"
	"time"

	"aion/api/access"
)

// TestProvideStays: what is the operator's does not become the home's by a plan
// that names it, nor anything another organization's; who names none leaves it.
func TestProvideStays(t *testing.T) {
	h, ctx := open(t), operator(t)
	for _, id := range []string{"home", "acme"} {
		if _, err := h.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	for _, organization := range []string{"", "home", "acme"} {
		h.key(t, access.KeyRecord{ID: "of-" + organization, Secret: "secret-of-it", Organization: organization})
		user := access.UserRecord{Name: "user-of-" + organization, Password: "secret-of-it", Organization: organization}
		if _, err := h.Users.Create(ctx, user); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ is, want, problem string }{
		{"", "", ""}, {"home", "home", ""}, {"acme", "acme", ""}, {"home", "", ""},
		{"", "home", "is the operator's, of no organization, and stays so"},
		{"", "acme", "is the operator's, of no organization, and stays so"},
		{"home", "acme", `is of "home", and stays there`},
		{"acme", "home", `is of "acme", and stays there`},
		{"acme", "", `is of "acme", and stays there`},
	} {
		_, _, key := h.Keys.Provide(ctx, "of-"+tt.is, "", func(r *access.KeyRecord) error { r.Organization = tt.want; return nil })
		_, _, user := h.Users.Provide(ctx, access.UserRecord{Name: "user-of-" + tt.is, Organization: tt.want})
		for what, err := range map[string]error{"key": key, "user": user} {
			if (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%s of %q wanted in %q: got %v, want %q", what, tt.is, tt.want, err, tt.problem)
			}
		}
	}
}

// TestProvideAgain: a key that was made as it is wanted is wanted just so the next
// time, too, whatever of it records keep otherwise, or whoever asks may not give.
func TestProvideAgain(t *testing.T) {
	h, ctx := open(t), operator(t)
	ends := h.clock.Now().Add(24 * time.Hour)
	by := h.key(t, access.KeyRecord{Role: access.Admin, RateLimit: 100, Expires: &ends, Limits: access.Limits{Series: 10}})
	bounded, err := h.Login(ctx, by.ID, by.Secret)
	if err != nil {
		t.Fatal(err)
	}
	exact := ends.Add(-time.Hour + 123456*time.Nanosecond)
	for _, tt := range []struct {
		name   string
		as     *access.Principal
		change func(*access.KeyRecord)
	}{
		{"an end within a millisecond", access.Everyone(), func(r *access.KeyRecord) { at := exact; r.Expires = &at }},
		{"no end", bounded, func(r *access.KeyRecord) { r.Expires = nil }},
		{"any number of calls", bounded, func(r *access.KeyRecord) { r.RateLimit = -1 }},
		{"no limits", bounded, func(r *access.KeyRecord) { r.Limits = access.Limits{} }},
	} {
		id := "of " + tt.name
		id = strings.ReplaceAll(id, " ", "-")
		for i, want := range []access.Provided{access.Created, access.Unchanged, access.Unchanged} {
			_, done, err := h.Keys.Provide(access.With(ctx, tt.as), id, "secret-of-it", func(r *access.KeyRecord) error {
				tt.change(r)
				return nil
			})
			if err != nil || done != want {
				t.Errorf("%s, for the time %d: got %s %v, want %s", tt.name, i, done, err, want)
			}
		}
	}
}

// TestPromotedMeanwhile: who gives a user a password while the user becomes more than
// he is himself, gets nothing of it.
func TestPromotedMeanwhile(t *testing.T) {
	h, ctx := open(t), operator(t)
	admin := h.key(t, access.KeyRecord{Organization: "acme", Role: access.Admin})
	by, err := h.Login(ctx, admin.ID, admin.Secret)
	if err != nil {
		t.Fatal(err)
	}
	do := map[string]func(name string) error{
		"password": func(name string) error {
			_, err := h.Users.Password(access.With(ctx, by), name, "a new one")
			return err
		},
		"plan": func(name string) error {
			_, _, err := h.Users.Provide(access.With(ctx, by), access.UserRecord{Name: name, Password: "a new one", Organization: "acme"})
			return err
		},
	}
	for what, do := range do {
		for _, role := range []access.Role{access.Member, access.Root} {
			name := what + "-" + string(role)
			if _, err := h.Users.Create(ctx, access.UserRecord{Name: name, Password: "the old one", Organization: "acme"}); err != nil {
				t.Fatal(err)
			}
			h.CountHashes(func(n int) {
				if n > 0 {
					if _, _, err := h.Users.Provide(ctx, access.UserRecord{Name: name, Organization: "acme", Role: role}); err != nil {
						t.Error(err)
					}
				}
			})
			err := do(name)
			h.CountHashes(func(int) {})
			if (err == nil) != (role == access.Member) {
				t.Errorf("%s of one who becomes %s: got %v", what, role, err)
			}
			if got := h.login(t, name, "a new one"); (got == 200) != (role == access.Member) {
				t.Errorf("the new password of one who became %s: got %d", role, got)
			}
		}
	}
}
