package access_test

import (
	"strings"
	"testing"

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
