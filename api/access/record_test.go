package access_test

import (
	"testing"

	"aion/api/access"
)

// TestScopesOfKeys: without a list of scopes a key has those of its role, with an
// empty one it has none, whichever way it is made, and it stays so.
func TestScopesOfKeys(t *testing.T) {
	ways := map[string]func(*house, access.KeyRecord) error{
		"created": func(h *house, r access.KeyRecord) error {
			_, err := h.Keys.Create(operator(t), r)
			return err
		},
		"imported": func(h *house, r access.KeyRecord) error {
			_, err := h.Keys.Import(operator(t), []access.KeyRecord{r})
			return err
		},
		"provided": func(h *house, r access.KeyRecord) error {
			_, _, err := h.Keys.Provide(operator(t), r.ID, r.Secret, func(to *access.KeyRecord) error {
				to.Role, to.Scopes = r.Role, r.Scopes
				return nil
			})
			return err
		},
	}
	for name, do := range ways {
		for _, tt := range []struct {
			scopes []access.Scope
			want   bool
		}{{nil, true}, {[]access.Scope{}, false}} {
			h := open(t)
			if err := do(h, access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one", Role: access.Admin, Scopes: tt.scopes}); err != nil {
				t.Fatal(err)
			}
			change := func(r *access.KeyRecord) error {
				r.Name = "again"
				return nil
			}
			if _, err := h.Keys.Change(operator(t), "dev-1", change); err != nil {
				t.Fatal(err)
			}
			p, err := h.Login(t.Context(), "dev-1", "secret-one-of-one")
			if err != nil {
				t.Fatal(err)
			}
			if got := p.May(access.WriteData); got != tt.want {
				t.Errorf("%s with %#v: writes: got %t, want %t", name, tt.scopes, got, tt.want)
			}
			if got := p.Administers(p.Organization); got != tt.want {
				t.Errorf("%s with %#v: administers: got %t, want %t", name, tt.scopes, got, tt.want)
			}
		}
	}
}

// TestImportTellsScopesApart: a key that has its role's scopes is not the one that
// an import says has none.
func TestImportTellsScopesApart(t *testing.T) {
	h := open(t)
	h.key(t, access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one"})
	none := access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one", Scopes: []access.Scope{}}
	if _, err := h.Keys.Import(operator(t), []access.KeyRecord{none}); err == nil {
		t.Error("got no error, want that there is another key of that id")
	}
}
