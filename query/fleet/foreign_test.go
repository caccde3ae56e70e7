package fleet

import "testing"

// TestForeignOrganization: what an organization has that is not the home reaches
// nothing of the home's, also while there is one organization, or none.
func TestForeignOrganization(t *testing.T) {
	for _, share := range []Tenancy{{}, {Home: "acme"}, {Home: "acme", Several: true}} {
		y := newYard(t)
		y.shared(share)
		f, ctx := y.fleet(), t.Context()
		write(t, y.store, "temp{device=d1}", ago(400))
		write(t, y.store, "temp{device=d1,organization=acme,retention_policy=retention2days}", ago(400))
		before := held(t, y.store)
		if _, err := f.Create(ctx, "evil", Device{ID: "d1", RetentionPolicy: "retention2days"}); err != nil {
			t.Fatal(err)
		}
		if err := f.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if err := f.Delete(ctx, "evil", "d1", true); err != nil {
			t.Fatal(err)
		}
		if got := held(t, y.store); got != before {
			t.Errorf("%+v: got %q, want %q", share, got, before)
		}
		if _, err := f.Create(ctx, share.Home, Device{ID: "d1"}); err != nil {
			t.Fatal(err)
		}
		if err := f.Delete(ctx, share.Home, "d1", true); err != nil {
			t.Fatal(err)
		}
		if got := held(t, y.store); got != "" {
			t.Errorf("%+v: got %q, want the home's own deleted", share, got)
		}
	}
}
