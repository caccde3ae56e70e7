package fleet

import (
	"context"
	"slices"
	"strings"
	"testing"

	"aion/storage"
)

// through prints what a viewer sees of a store, by its veil alone.
func through(t *testing.T, f *Fleet, s storage.Store, v Viewer) string {
	t.Helper()
	veil, err := f.Veil(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return held(t, storage.Narrowed(s, storage.Constraint{Veil: veil}))
}

// guardedYard is a yard with a profile, devices with it and without, an app, and
// points of all.
func guardedYard(t *testing.T) (*yard, *Fleet) {
	t.Helper()
	y := newYard(t)
	f := y.fleet()
	ctx := t.Context()
	_, err := f.CreateProfile(ctx, "", Profile{Name: "Box", Properties: []Property{{Name: "Pin", Access: "private"}, {Name: "serial", Access: "protected"}, {Name: "temp"}}})
	for _, d := range []Device{
		{ID: "d1", Profile: "box", Aliases: []string{"one", "eins", "uno"}, Attributes: map[string]any{"customIds": map[string]any{"x": "eins"}, "tag": "uno"}},
		{ID: "d2"},
		{ID: "d3", Profile: "BOX", Properties: []Property{{Name: "pin", Access: "public"}, {Name: "temp", Access: "Private"}}},
	} {
		if err == nil {
			_, err = f.Create(ctx, "", d)
		}
	}
	if err == nil {
		_, err = f.CreateApp(ctx, "", App{ID: "a1", Properties: []Property{{Name: "pin", Access: "private"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range []string{
		"pin{device=d1}", "pin{device=d1,profile=box}", "pin{device=d1,profile=else}", "pin{device=d2}", "pin{device=d2,profile=box}",
		"pin{device=d3}", "pin{device=d3,profile=box}", "temp{device=d3,profile=box}", "temp{device=d1}", "pin{device=a1}", "pin{}", "PIN{device=d1}",
	} {
		write(t, y.store, series, 1)
	}
	return y, f
}

// TestVeil: what is private where it is defined shows to the object itself alone.
func TestVeil(t *testing.T) {
	y, f := guardedYard(t)
	const rest = "PIN{device=d1} 1; pin{device=d1,profile=else} 1; pin{device=d2} 1; pin{device=d3} 1; pin{} 1; temp{device=d1} 1"
	with := func(more ...string) string {
		all := append(strings.Split(rest, "; "), more...)
		slices.Sort(all)
		return strings.Join(all, "; ")
	}
	own := with("pin{device=d1} 1", "pin{device=d1,profile=box} 1")
	for _, tt := range []struct {
		name string
		v    Viewer
		want string
	}{
		{"anybody", Viewer{}, rest},
		{"everywhere", Viewer{Everywhere: true}, rest},
		{"of devices", Viewer{Devices: []string{"d1", "d3"}}, rest},
		{"a user", Viewer{Owner: "alice"}, rest},
		{"the device", Viewer{Owner: "d1", Devices: []string{"d1"}}, own},
		{"the device by its alias", Viewer{Owner: "one"}, own},
		{"called so by a user", Viewer{Owner: "eins"}, rest},
		{"called so in an attribute", Viewer{Owner: "uno"}, rest},
		{"another device", Viewer{Owner: "d3"}, with("pin{device=d3,profile=box} 1", "temp{device=d3,profile=box} 1")},
		{"the app", Viewer{Owner: "a1"}, with("pin{device=a1} 1")},
	} {
		if got := through(t, f, y.store, tt.v); got != tt.want {
			t.Errorf("%s: got\n%s, want\n%s", tt.name, got, tt.want)
		}
	}
}

// TestVeilAccess: who sees a property may not write it for that.
func TestVeilAccess(t *testing.T) {
	_, f := guardedYard(t)
	for series, want := range map[string]storage.Access{
		"serial{device=d1}": storage.Protected, "serial{device=d2}": storage.Open, "serial{device=d2,profile=box}": storage.Protected,
		"serial{device=new}": storage.Open, "serial{}": storage.Open, "pin{device=d1}": storage.Private, "temp{device=d3}": storage.Private,
	} {
		veil, err := f.Veil(t.Context(), Viewer{})
		k := keyOf(series)
		got, wrong := veil.Access(t.Context(), &k)
		if err != nil || wrong != nil || got != want {
			t.Errorf("%s: got %v %v %v, want %v", series, got, err, wrong, want)
		}
	}
}

// TestVeilFollows: what is defined otherwise counts at once, and on another server
// when it next looks.
func TestVeilFollows(t *testing.T) {
	y, f := guardedYard(t)
	told := 0
	other := y.fleet(func(c *Config) { c.Changed = func(context.Context) error { told++; return nil } })
	ctx := t.Context()
	pins := func(f *Fleet) string {
		shown := strings.Split(through(t, f, y.store, Viewer{Devices: []string{"d1", "d2", "d3"}}), "; ")
		return strings.Join(slices.DeleteFunc(shown, func(line string) bool { return !strings.HasPrefix(line, "pin{device=d") }), "; ")
	}
	const begun = "pin{device=d1,profile=else} 1; pin{device=d2} 1; pin{device=d3} 1"
	steps := []struct {
		name   string
		change func() error
		want   string
	}{
		{"nothing", func() error { return nil }, begun},
		{"a device gets the profile", func() error {
			_, err := other.Change(ctx, "", "d2", func(d *Device) error { d.Profile = "box"; return nil })
			return err
		}, "pin{device=d1,profile=else} 1; pin{device=d3} 1"},
		{"and loses it", func() error {
			_, err := other.Change(ctx, "", "d2", func(d *Device) error { d.Profile = ""; return nil })
			return err
		}, "pin{device=d1,profile=else} 1; pin{device=d3} 1"},
		{"a device has a public one of its own", func() error {
			_, err := other.Change(ctx, "", "d2", func(d *Device) error { d.Properties = []Property{{Name: "pin"}}; return nil })
			return err
		}, begun},
		{"and a private one", func() error {
			_, err := other.Change(ctx, "", "d2", func(d *Device) error {
				d.Properties = []Property{{Name: "PIN", Access: "private"}}
				return nil
			})
			return err
		}, "pin{device=d1,profile=else} 1; pin{device=d3} 1"},
		{"and goes", func() error { return other.Delete(ctx, "", "d2", false) }, "pin{device=d1,profile=else} 1; pin{device=d3} 1"},
		{"and comes back with a public one", func() error {
			_, err := other.Create(ctx, "", Device{ID: "d2", Properties: []Property{{Name: "pin"}}})
			return err
		}, begun},
		{"the profile makes it public", func() error {
			_, err := other.ChangeProfile(ctx, "", "box", func(p *Profile) error { p.Properties[0].Access = "public"; return nil })
			return err
		}, "pin{device=d1,profile=box} 1; pin{device=d1,profile=else} 1; pin{device=d1} 1; pin{device=d2,profile=box} 1; pin{device=d2} 1; pin{device=d3,profile=box} 1; pin{device=d3} 1"},
	}
	for _, s := range steps {
		before := told
		if err := s.change(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if s.name != "nothing" && told == before {
			t.Errorf("%s: nobody was told", s.name)
		}
		for name, at := range map[string]*Fleet{"here": other, "there": f} {
			if got := pins(at); got != s.want {
				t.Errorf("%s, %s: got\n%s, want\n%s", s.name, name, got, s.want)
			}
		}
	}
}

// TestVeilOfOld: what was private before metrics were noted is found, once.
func TestVeilOfOld(t *testing.T) {
	y, f := guardedYard(t)
	for _, kind := range []string{kindGuarded, kindGuarding} {
		for r, err := range f.c.Catalog.All(t.Context(), kind, "") {
			if err == nil {
				err = f.c.Catalog.Remove(t.Context(), kind, r.ID, r.Revision)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := through(t, y.fleet(), y.store, Viewer{}), through(t, f, y.store, Viewer{}); got != want || strings.Contains(got, "pin{device=d1} ") {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestVeilOfTenants: properties of one organization hide nothing of another's, and
// go with it.
func TestVeilOfTenants(t *testing.T) {
	y := newYard(t)
	y.shared(Tenancy{Home: "home", Several: true})
	f := y.fleet()
	for _, organization := range []string{"home", "acme"} {
		d := Device{ID: "d1"}
		if organization == "acme" {
			d.Properties = []Property{{Name: "pin", Access: "private"}}
		}
		if _, err := f.Create(t.Context(), organization, d); err != nil {
			t.Fatal(err)
		}
	}
	for _, series := range []string{"pin{device=d1}", "pin{device=d1,organization=home}", "pin{device=d1,organization=acme}"} {
		write(t, y.store, series, 1)
	}
	const all = "pin{device=d1,organization=acme} 1; pin{device=d1,organization=home} 1; pin{device=d1} 1"
	const home = "pin{device=d1,organization=home} 1; pin{device=d1} 1"
	for organization, want := range map[string]string{"home": all, "acme": home} {
		if got := through(t, f, y.store, Viewer{Organization: organization}); got != want {
			t.Errorf("%s: got %s, want %s", organization, got, want)
		}
	}
	if got := through(t, f, y.store, Viewer{Everywhere: true}); got != home {
		t.Errorf("everywhere: got %s, want %s", got, home)
	}
	if _, err := f.Abandon(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	left, err := f.c.Catalog.List(t.Context(), kindGuarded, "", "", 10)
	if err != nil || len(left) != 0 {
		t.Errorf("got %v %v, want nothing left of what was noted", left, err)
	}
}

// TestVeilCostsNothing: where nothing is guarded a veil is none, and what is known of
// the devices of a viewer is not read again.
func TestVeilCostsNothing(t *testing.T) {
	f := newYard(t).fleet()
	veil, err := f.Veil(t.Context(), Viewer{})
	if err != nil || veil.Any() || veil.Covers("pin") {
		t.Errorf("got %v %v %v, want a veil of nothing", err, veil.Any(), veil.Covers("pin"))
	}
	if c := (storage.Constraint{Veil: veil}); !c.Free() {
		t.Error("a veil of nothing is no constraint")
	}
	_, f = guardedYard(t)
	if veil, err = f.Veil(t.Context(), Viewer{Devices: []string{"d1"}}); err != nil {
		t.Fatal(err)
	}
	f.c.Catalog = nil
	k := keyOf("pin{device=d1}")
	if access, err := veil.Access(t.Context(), &k); err != nil || access != storage.Private {
		t.Errorf("got %v %v, want private without a look at the records", access, err)
	}
}
