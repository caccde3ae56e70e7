package access_test

import (
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
