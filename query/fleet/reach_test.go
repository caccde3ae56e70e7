package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProfilesAndApps: both are created, read, changed, listed and deleted, and
// keep the ids of their properties.
func TestProfilesAndApps(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	p, err := f.CreateProfile(ctx, "", Profile{Name: "MySensor", Properties: []Property{{Name: "Temp"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateProfile(ctx, "", Profile{Name: "mysensor"}); !errors.Is(err, ErrTaken) {
		t.Errorf("got %v, want it taken", err)
	}
	y.pass(1e9)
	same, err := f.ChangeProfile(ctx, "", "MYSENSOR", func(p *Profile) error {
		p.Properties = []Property{{Name: "temp"}}
		p.Properties[0].Name = "Temp"
		return nil
	})
	if err != nil || cmp.Diff(same, p) != "" {
		t.Errorf("got %v and %v", err, cmp.Diff(same, p))
	}
	more, err := f.ChangeProfile(ctx, "", "mysensor", func(p *Profile) error { p.Properties = []Property{{Name: "Hum"}, {Name: "TEMP"}}; return nil })
	if err != nil || more.Properties[1].ID != p.Properties[0].ID || !more.Modified.After(more.Created) {
		t.Errorf("got %+v, %v", more, err)
	}
	d, err := f.Create(ctx, "", Device{ID: "d1", Profile: "mySENSOR", Aliases: []string{"SN"}})
	if err != nil || d.Profile != "MySensor" {
		t.Errorf("got %+v, %v", d, err)
	}
	a, err := f.CreateApp(ctx, "", App{Name: "Farm", Devices: []string{"SN", "d9"}})
	if err != nil || !strings.HasPrefix(a.ID, "_app_") || len(a.ID) != 23 {
		t.Fatalf("got %+v, %v", a, err)
	}
	if a, err = f.ChangeApp(ctx, "", a.ID, func(a *App) error { a.Name, a.ID = "Field", "x"; return nil }); err != nil || a.Name != "Field" || a.ID == "x" {
		t.Errorf("got %+v, %v", a, err)
	}
	apps, err := f.Apps(ctx, "", "", "", 5)
	profiles, err2 := f.Profiles(ctx, "", "MY", "", 5)
	if err != nil || err2 != nil || len(apps) != 1 || len(profiles) != 1 {
		t.Errorf("got %v %v, %v %v", apps, err, profiles, err2)
	}
	got, err := f.Reach(ctx, "", "app", []string{a.ID})
	if want := []string{a.ID, "d1", "d9"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if err := errors.Join(f.DeleteApp(ctx, "", a.ID), f.Delete(ctx, "", "d1", false), f.DeleteProfile(ctx, "", "MySensor")); err != nil {
		t.Fatal(err)
	}
	_, one := f.App(ctx, "", a.ID)
	_, two := f.Profile(ctx, "", "mysensor")
	for _, err := range []error{one, two, f.DeleteApp(ctx, "", a.ID), f.DeleteProfile(ctx, "", "x")} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("got %v, want it unknown", err)
		}
	}
}

// TestReach: contexts name devices by ids, aliases and identifiers, but not by
// names; what nobody is called stands for itself; who keeps an answer is told
// when it may change.
func TestReach(t *testing.T) {
	y := newYard(t)
	told := 0
	f, ctx := y.fleet(func(c *Config) { c.Changed = func(context.Context) error { told++; return nil } }), t.Context()
	d, err := f.Create(ctx, "", Device{ID: "d1", Name: "Boiler", Aliases: []string{"SN-1"}})
	if err != nil {
		t.Fatal(err)
	}
	reach := func(tells int, want ...string) {
		t.Helper()
		got, err := f.Reach(ctx, "", "device", []string{"SN-1", d.Identifiers().UUID, "Boiler", "later"})
		if err != nil || !slices.Equal(got, want) || told != tells {
			t.Errorf("got %v, %v, told %d times, want %v, told %d times", got, err, told, want, tells)
		}
	}
	reach(1, "Boiler", "d1", "later")
	if _, err := f.Create(ctx, "", Device{ID: "d2", Name: "later"}); err != nil {
		t.Fatal(err)
	}
	reach(1, "Boiler", "d1", "later")
	for i, aliases := range [][]string{{"later"}, {"later"}, nil} {
		if _, err := f.Change(ctx, "", "d2", func(d *Device) error { d.Aliases = aliases; return nil }); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			reach(2, "Boiler", "d1", "d2")
		}
	}
	reach(3, "Boiler", "d1", "later")
	if err := f.Delete(ctx, "", "d1", false); err != nil {
		t.Fatal(err)
	}
	if told != 4 {
		t.Errorf("told %d times, want 4", told)
	}
	if _, err := f.Reach(ctx, "", "house", nil); err == nil {
		t.Error("got no error for a context of another type")
	}
}

// TestChangedIsToldForMany: whoever changes an alias returns when that was told,
// though many share the telling.
func TestChangedIsToldForMany(t *testing.T) {
	y := newYard(t)
	var told atomic.Int64
	f := y.fleet(func(c *Config) {
		c.Changed = func(context.Context) error { told.Add(1); return nil }
	})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			before := told.Load()
			if _, err := f.Create(t.Context(), "", Device{ID: fmt.Sprint("d", i), Aliases: []string{fmt.Sprint("a", i)}}); err != nil {
				t.Error(err)
			}
			if told.Load() == before {
				t.Error("nothing was told")
			}
		})
	}
	all.Wait()
	if n := told.Load(); n < 1 || n > 50 {
		t.Errorf("told %d times", n)
	}
}
