package access_test

import (
	"context"
	"slices"
	"testing"

	"aion/api/access"
	"aion/storage/points"
)

// TestTokenOrganizations: a token is of an organization that is there, or of none;
// what it may see is what its organization has.
func TestTokenOrganizations(t *testing.T) {
	h := open(t)
	untagged, globex := points.Key{Metric: "m"}, tagged("organization", "globex")
	bears := func(organization string, want int, sees ...bool) {
		t.Helper()
		for range 2 {
			p, err := h.Bearer(t.Context(), access.Claims{Subject: "ann", Organization: organization, Role: "admin"})
			if status(err) != want {
				t.Errorf("%q: got %v, want %d", organization, err, want)
			}
			if want != 0 {
				continue
			}
			if got := []bool{p.Home, p.Constraint.Permits(&untagged), p.Constraint.Permits(&globex)}; !slices.Equal(got, sees) {
				t.Errorf("%q: got home, untagged, globex's %v, want %v", organization, got, sees)
			}
		}
	}
	bears("evil", 401)
	bears("", 0, true, true, true)
	for i, id := range []string{"acme", "globex"} {
		if i == 1 {
			bears("globex", 401)
		}
		if _, err := h.Organizations.Create(operator(t), access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
		bears("evil", 401)
		if i == 0 {
			bears("acme", 0, true, true, true)
		}
	}
	bears("acme", 0, true, true, false)
	bears("globex", 0, false, false, true)
}

// TestSubjectsOfTwo: who is called alike in two organizations has a share of the
// queries in each.
func TestSubjectsOfTwo(t *testing.T) {
	h := open(t, func(c *access.Config) { c.Queries = 1 })
	left, leave := context.WithCancel(t.Context())
	leave()
	for _, id := range []string{"acme", "globex"} {
		if _, err := h.Organizations.Create(operator(t), access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
		p, err := h.Bearer(t.Context(), access.Claims{Subject: "ann", Organization: id})
		if err != nil {
			t.Fatal(err)
		}
		release, err := access.Turn(access.With(left, p))
		if err != nil {
			t.Fatalf("%s: got %v, want a turn", id, err)
		}
		defer release()
	}
}
