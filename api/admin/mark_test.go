package admin_test

import (
	"strings"
	"testing"

	"aion/storage/catalog"
)

// TestProvisionTenantsAlike: two organizations whose plans say the same word by
// word have a key each, which stays the same one the next time.
func TestProvisionTenantsAlike(t *testing.T) {
	h := openHouse(t)
	const plan = `{"keys": [{"ownerId": "gateway", "secret": "secret-of-the-gateway"}]}`
	for round, want := range []string{"created", "unchanged"} {
		for _, organization := range []string{"acme", "globex"} {
			admin := h.make(t, h.root, `{"organization": "`+organization+`", "role": "admin"}`)
			status, changes, text := h.provision(t, admin, "", plan)
			if status != 200 || changes["key made"] != organization+" "+want {
				t.Errorf("round %d, %s: got %d %s, want it %s", round, organization, status, text, want)
			}
		}
	}
}

// TestProvisionMarksTellNothing: the records of what was provisioned without an
// id are other ones in each store, so that nobody who reads one can try secrets.
func TestProvisionMarksTellNothing(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		h := openHouse(t)
		if status, _, text := h.provision(t, h.root, "", `{"keys": [{"secret": "secret-of-the-gateway"}]}`); status != 200 {
			t.Fatalf("got %d %s", status, text)
		}
		for _, mark := range marks(t, h.catalog) {
			if seen[mark] || strings.Contains(mark, "secret") {
				t.Errorf("got the mark %s twice", mark)
			}
			seen[mark] = true
		}
	}
	if len(seen) != 2 {
		t.Errorf("got %d marks, want 2", len(seen))
	}
}

// marks are the ids of the records of keys that plans name by no id.
func marks(t *testing.T, c *catalog.Catalog) (all []string) {
	t.Helper()
	for r, err := range c.All(t.Context(), "provision-key", "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.ID)
	}
	return all
}
