package access_test

import (
	"strings"
	"testing"

	"aion/api/access"
	"aion/storage/memory"
)

// TestOrganizationsEnd: of an organization that is closed nobody is let in, on any
// server, and nothing can be made in it; it goes with its members, whose names are
// free then.
func TestOrganizationsEnd(t *testing.T) {
	h, ctx := open(t), operator(t)
	there := beside(t, h.store, h.clock)
	for _, id := range []string{"home", "acme"} {
		if _, err := h.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	key := h.key(t, access.KeyRecord{Organization: "acme", Role: access.Admin})
	device := h.key(t, access.KeyRecord{Organization: "acme", ID: "dev-1", Secret: "secret-of-one"})
	others := h.key(t, access.KeyRecord{Organization: "home"})
	if _, err := h.Users.Create(ctx, access.UserRecord{Name: "ann", Password: "correct horse", Organization: "acme"}); err != nil {
		t.Fatal(err)
	}
	claims := access.Claims{Subject: "bob", Organization: "acme", Role: "member"}
	logins := func(want int, by *house) {
		t.Helper()
		by.Look(t.Context())
		for id, secret := range map[string]string{key.ID: key.Secret, device.ID: device.Secret, "ann": "correct horse"} {
			if got := by.login(t, id, secret); got != want {
				t.Errorf("%s: got %d, want %d", id, got, want)
			}
		}
		if _, err := by.Bearer(t.Context(), claims); (err == nil) != (want == 200) {
			t.Errorf("a token: got %v, want %d", err, want)
		}
		if _, err := by.Present(t.Context(), key.ID); (err == nil) != (want == 200) {
			t.Errorf("what runs for the key: got %v, want %d", err, want)
		}
		if _, err := by.Tenant(t.Context(), "acme"); (err == nil) != (want == 200) {
			t.Errorf("what runs for the organization: got %v, want %d", err, want)
		}
		if got := by.login(t, others.ID, others.Secret); got != 200 {
			t.Errorf("another organization's: got %d, want 200", got)
		}
	}
	logins(200, there)
	p, err := there.Login(t.Context(), key.ID, key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	watched, release := there.Watch(t.Context(), p)
	defer release()
	if _, err := h.Organizations.Close(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	logins(401, there)
	logins(401, h)
	if there.Review(t.Context()); watched.Err() == nil {
		t.Error("a request under way goes on")
	}
	if _, err := h.Keys.Create(ctx, access.KeyRecord{Organization: "acme"}); status(err) != 409 {
		t.Errorf("a new key: got %v, want 409", err)
	}
	if err := h.Organizations.Remove(ctx, "home"); err == nil {
		t.Error("an organization that is open was taken away")
	}
	if _, err := h.Organizations.Reopen(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	logins(200, there)
	if _, err := h.Organizations.Close(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	keys, users, err := h.Organizations.Dismiss(ctx, "acme")
	if err != nil || keys != 2 || users != 1 {
		t.Errorf("got %d keys, %d users, %v, want 2 and 1", keys, users, err)
	}
	if err := h.Organizations.Remove(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	logins(401, there)
	if _, err := h.Organizations.Show(ctx, "acme"); status(err) != 404 {
		t.Errorf("got %v, want 404", err)
	}
	h.key(t, access.KeyRecord{Organization: "home", ID: "ann", Secret: "secret-of-ann"}) // the name is free
	entries, err := h.Audit.List(ctx, access.Page{Organization: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	for _, want := range []string{"organization.close", "organization.reopen", "organization.delete", "key.delete", "user.delete"} {
		if !strings.Contains(strings.Join(actions, " "), want) {
			t.Errorf("got the audit %v, want %s in it", actions, want)
		}
	}
}

// TestWhoEndsOrganizations: root does, but not his own, and the home last.
func TestWhoEndsOrganizations(t *testing.T) {
	h, ctx := open(t), operator(t)
	for _, id := range []string{"home", "acme"} {
		if _, err := h.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, id string
		by       access.KeyRecord
		want     int
	}{
		{"an admin his own", "acme", access.KeyRecord{Organization: "acme", Role: access.Admin}, 403},
		{"a root with scopes", "acme", access.KeyRecord{Role: access.Root, Scopes: []access.Scope{access.WriteData}}, 403},
		{"root his own", "acme", access.KeyRecord{Organization: "acme", Role: access.Root}, 409},
		{"the home while there are others", "home", access.KeyRecord{Role: access.Root}, 409},
		{"none", "none", access.KeyRecord{Role: access.Root}, 404},
	} {
		key := h.key(t, tt.by)
		p, err := h.Login(t.Context(), key.ID, key.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Organizations.Close(access.With(t.Context(), p), tt.id); status(err) != tt.want {
			t.Errorf("%s: got %v, want %d", tt.name, err, tt.want)
		}
	}
}

// TestHomeEnds: when the only organization is gone there is no home, and the next
// one is it.
func TestHomeEnds(t *testing.T) {
	h := beside(t, memory.New(memory.Config{}), nil, func(c *access.Config) { c.Now = nil })
	ctx := operator(t)
	for _, id := range []string{"first", "second"} {
		if _, err := h.Organizations.Create(ctx, access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
		home, several, err := h.Organizations.Tenancy(ctx)
		if err != nil || home != id || several {
			t.Errorf("got %q %t %v, want %s alone", home, several, err, id)
		}
		if _, err := h.Organizations.Close(ctx, id); err != nil {
			t.Fatal(err)
		}
		if err := h.Organizations.Remove(ctx, id); err != nil {
			t.Fatal(err)
		}
		if home, _, err := h.Organizations.Tenancy(ctx); err != nil || home != "" {
			t.Errorf("got %q %v, want no home", home, err)
		}
	}
}
