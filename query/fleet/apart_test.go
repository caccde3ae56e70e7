package fleet

import (
	"errors"
	"slices"
	"sync"
	"testing"
)

// TestAppsAndDevicesApart: no app is called as a device of its organization is, and
// no device as an app, however they come to be.
func TestAppsAndDevicesApart(t *testing.T) {
	y := newYard(t)
	y.shared(Tenancy{Home: "acme", Several: true})
	f, ctx := y.fleet(), t.Context()
	s := f.Observe(y.store)
	device(t, f, Device{ID: "g1", Aliases: []string{"SN-1"}})
	for _, id := range []string{"g1", "SN-1"} {
		if _, err := f.CreateApp(ctx, "", App{ID: id, Devices: []string{"zz"}}); !errors.Is(err, ErrTaken) {
			t.Errorf("app %s: got %v, want it taken", id, err)
		}
		if _, err := f.CreateApp(ctx, "globex", App{ID: id}); err != nil {
			t.Errorf("app %s of another organization: got %v", id, err)
		}
	}
	if _, err := f.CreateApp(ctx, "", App{ID: "farm"}); err != nil {
		t.Fatal(err)
	}
	for _, d := range []Device{{ID: "farm"}, {ID: "d2", Aliases: []string{"farm"}}} {
		if _, err := f.Create(ctx, "", d); !errors.Is(err, ErrTaken) {
			t.Errorf("device %s: got %v, want it taken", d.ID, err)
		}
	}
	if _, err := f.Change(ctx, "", "g1", func(d *Device) error { d.Aliases = []string{"farm"}; return nil }); !errors.Is(err, ErrTaken) {
		t.Errorf("got %v, want the alias taken", err)
	}
	there := func() bool {
		t.Helper()
		write(t, s, "temp{device=farm}", 1)
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := f.Device(ctx, "", "farm")
		if err != nil && !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
		return err == nil
	}
	if there() {
		t.Error("a point of the app has created a device")
	}
	if err := f.DeleteApp(ctx, "", "farm"); err != nil {
		t.Fatal(err)
	}
	if f.look(ctx); !there() {
		t.Error("what was an app's id is no device's yet")
	}
}

// TestAppsAndDevicesAtOnce: of an app and a device that are made at once with one
// id at most one is there afterwards.
func TestAppsAndDevicesAtOnce(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	for range 50 {
		var both sync.WaitGroup
		both.Go(func() { _, _ = f.Create(ctx, "", Device{ID: "x"}) })
		both.Go(func() { _, _ = f.CreateApp(ctx, "", App{ID: "x"}) })
		both.Wait()
		device, app := f.Delete(ctx, "", "x", false), f.DeleteApp(ctx, "", "x")
		if device == nil && app == nil {
			t.Fatal("both are there")
		}
	}
}

// TestReachOfApps: an app that is not there reaches nothing, and one whose id a
// device has, as older records may say, not that device.
func TestReachOfApps(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	if _, err := f.CreateApp(ctx, "", App{ID: "g1", Devices: []string{"zz"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateApp(ctx, "", App{ID: "g2", Devices: []string{"zz"}}); err != nil {
		t.Fatal(err)
	}
	if err := f.c.Catalog.Update(ctx, kindDevice, key("", "g1"), func([]byte) ([]byte, error) { return []byte(`{"id":"g1","status":"enabled"}`), nil }); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][]string{"g1": {"zz"}, "g2": {"g2", "zz"}, "none": nil} {
		if got, err := f.Reach(ctx, "", "app", []string{id}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", id, got, err, want)
		}
	}
}
