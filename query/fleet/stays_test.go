package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// TestStays: what was closed does not open because its definition goes, or its device,
// its app or its profile, until there is nothing of it any more, or it is defined anew.
func TestStays(t *testing.T) {
	ctx := t.Context()
	change := func(id string, change func(*Device)) func(*Fleet) error {
		return func(f *Fleet) error {
			_, err := f.Change(ctx, "", id, func(d *Device) error { change(d); return nil })
			return err
		}
	}
	profile := func(list ...Property) func(*Fleet) error {
		return func(f *Fleet) error {
			_, err := f.ChangeProfile(ctx, "", "box", func(p *Profile) error { p.Properties = list; return nil })
			return err
		}
	}
	all := func(steps ...func(*Fleet) error) func(*Fleet) error {
		return func(f *Fleet) error {
			for _, step := range steps {
				if err := step(f); err != nil {
					return err
				}
			}
			return nil
		}
	}
	gone := func(id string, data bool) func(*Fleet) error {
		return func(f *Fleet) error { return f.Delete(ctx, "", id, data) }
	}
	create := func(d Device) func(*Fleet) error {
		return func(f *Fleet) error { _, err := f.Create(ctx, "", d); return err }
	}
	move := func(id, to string) func(*Fleet) error {
		return change(id, func(d *Device) { d.Profile = to })
	}
	noProfile := func(f *Fleet) error { return f.DeleteProfile(ctx, "", "box") }
	noApp := func(f *Fleet) error { return f.DeleteApp(ctx, "", "a1") }
	undefined := change("d2", func(d *Device) { d.Properties = nil })
	again := func(access string) func(*Fleet) error {
		return change("d2", func(d *Device) { d.Properties = []Property{{Name: "Pin", Access: access}} })
	}
	const (
		begun   = "pin{device=d1,profile=else} pin{device=d9}"
		of1     = "pin{device=d1,profile=box} pin{device=d1,profile=else} pin{device=d1} pin{device=d9}"
		bare1   = "pin{device=d1,profile=else} pin{device=d1} pin{device=d9}"
		tagged1 = "pin{device=d1,profile=box} pin{device=d1,profile=else} pin{device=d9}"
		of2     = "pin{device=d1,profile=else} pin{device=d2,profile=odd} pin{device=d2} pin{device=d9}"
		ofApp   = "pin{device=a1} pin{device=d1,profile=else} pin{device=d9}"
	)
	for _, tt := range []struct {
		name   string
		change func(*Fleet) error
		want   string
	}{
		{"nothing", all(), begun},
		{"a device's definition goes", undefined, begun},
		{"and is public again", all(undefined, again("")), of2},
		{"and goes as a public one", all(undefined, again("public"), undefined), of2},
		{"and is closed again", all(undefined, again("private")), begun},
		{"the device goes", gone("d2", false), begun},
		{"and comes back", all(gone("d2", false), create(Device{ID: "d2"})), begun},
		{"and has it as a public one", all(gone("d2", false), create(Device{ID: "d2", Properties: []Property{{Name: "pin"}}})), of2},
		{"and gets a profile", all(gone("d2", false), create(Device{ID: "d2", Profile: "open"})), begun},
		{"the device of a profile goes", gone("d1", false), begun},
		{"and comes back with another one", all(gone("d1", false), create(Device{ID: "d1", Profile: "open"})), begun},
		{"and then the profile", all(gone("d1", false), noProfile), begun},
		{"and comes back with other properties", all(gone("d1", false), noProfile, func(f *Fleet) error {
			_, err := f.CreateProfile(ctx, "", Profile{Name: "BOX", Properties: []Property{{Name: "temp"}}})
			return err
		}), begun},
		{"and comes back with a public one", all(gone("d1", false), noProfile, func(f *Fleet) error {
			_, err := f.CreateProfile(ctx, "", Profile{Name: "BOX", Properties: []Property{{Name: "PIN"}}})
			return err
		}), tagged1},
		{"a profile's definition goes", profile(), begun},
		{"and is public again", all(profile(), profile(Property{Name: "pin"})), of1},
		{"a profile's definition is public", profile(Property{Name: "pin"}), of1},
		{"a device leaves its profile", move("d1", ""), begun},
		{"and then that is public", all(move("d1", ""), profile(Property{Name: "pin"})), tagged1},
		{"a device has another profile", move("d1", "open"), begun},
		{"and goes", all(move("d1", "open"), gone("d1", false)), begun},
		{"and is back", all(move("d1", "open"), move("d1", "box"), profile(Property{Name: "pin"})), of1},
		{"and has one of its own", all(move("d1", "open"), change("d1", func(d *Device) { d.Properties = []Property{{Name: "pin"}} })), bare1},
		{"an app goes", noApp, begun},
		{"and a device is called so", all(noApp, create(Device{ID: "a1"})), begun},
		{"an app's definition goes", func(f *Fleet) error {
			_, err := f.ChangeApp(ctx, "", "a1", func(a *App) error { a.Properties = nil; return nil })
			return err
		}, begun},
		{"an app's is public", func(f *Fleet) error {
			_, err := f.ChangeApp(ctx, "", "a1", func(a *App) error { a.Properties = []Property{{Name: "pin"}}; return nil })
			return err
		}, ofApp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			y := newYard(t)
			f, other := y.fleet(), y.fleet()
			stayYard(t, y, f)
			if got := pins(t, other, y); got != begun {
				t.Fatalf("got %s, want %s", got, begun)
			}
			if err := tt.change(f); err != nil {
				t.Fatal(err)
			}
			for name, at := range map[string]*Fleet{"here": f, "there": other, "later": y.fleet()} {
				if got := pins(t, at, y); got != tt.want {
					t.Errorf("%s: got\n%s, want\n%s", name, got, tt.want)
				}
			}
		})
	}
}

// stayYard gives a fleet profiles, devices and an app, some of whose pins are private,
// and points of all of them.
func stayYard(t *testing.T, y *yard, f *Fleet) {
	t.Helper()
	ctx, closed := t.Context(), []Property{{Name: "Pin", Access: "private"}}
	_, err := f.CreateProfile(ctx, "", Profile{Name: "Box", Properties: closed})
	if err == nil {
		_, err = f.CreateProfile(ctx, "", Profile{Name: "open", Properties: []Property{{Name: "pin"}, {Name: "temp"}}})
	}
	for _, d := range []Device{{ID: "d1", Profile: "box"}, {ID: "d2", Properties: closed}} {
		if err == nil {
			_, err = f.Create(ctx, "", d)
		}
	}
	if err == nil {
		_, err = f.CreateApp(ctx, "", App{ID: "a1", Properties: closed})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range []string{
		"pin{device=d1}", "pin{device=d1,profile=box}", "pin{device=d1,profile=else}", "pin{device=d2}", "pin{device=d2,profile=odd}",
		"pin{device=a1}", "pin{device=d9}", "temp{device=d1}",
	} {
		write(t, y.store, series, 1)
	}
}

// pins are the series of pins that somebody sees.
func pins(t *testing.T, f *Fleet, y *yard) string {
	t.Helper()
	var all []string
	for _, line := range strings.Split(through(t, f, y.store, Viewer{}), "; ") {
		if series, _, _ := strings.Cut(line, " "); strings.HasPrefix(series, "pin{") {
			all = append(all, series)
		}
	}
	return strings.Join(all, " ")
}

// TestStaysEnd: what stays is gone when there are no points of it any more, however
// they went, and there is nothing of it where there were none.
func TestStaysEnd(t *testing.T) {
	ctx := t.Context()
	for name, change := range map[string]func(y *yard, f *Fleet) error{
		"with its data": func(_ *yard, f *Fleet) error { return f.Delete(ctx, "", "d2", true) },
		"its data later": func(_ *yard, f *Fleet) error {
			if err := f.Delete(ctx, "", "d2", false); err != nil {
				return err
			}
			return f.DeleteData(ctx, "", "d2")
		},
		"by others": func(y *yard, f *Fleet) error {
			if err := f.Delete(ctx, "", "d2", false); err != nil {
				return err
			}
			s, err := f.Selection(ctx, "", "d2")
			if err == nil {
				err = y.store.Delete(ctx, s, points.Always)
			}
			if err != nil {
				return err
			}
			return f.Sweep(ctx)
		},
		"there were none": func(_ *yard, f *Fleet) error {
			if _, err := f.Create(ctx, "", Device{ID: "d5", Properties: []Property{{Name: "pin", Access: "private"}}}); err != nil {
				return err
			}
			if err := f.Delete(ctx, "", "d5", false); err != nil {
				return err
			}
			return f.Delete(ctx, "", "d2", true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t)
			f := y.fleet()
			stayYard(t, y, f)
			if err := change(y, f); err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{kindDeviceStays, kindProfileStays} {
				if left, err := f.c.Catalog.List(ctx, kind, "", "", 10); err != nil || len(left) != 0 {
					t.Errorf("got %v %v, want nothing that stays", left, err)
				}
			}
			for _, series := range []string{"pin{device=d2}", "pin{device=d5}"} {
				write(t, y.store, series, 2)
			}
			if got := pins(t, f, y); !strings.Contains(got, "pin{device=d2} pin{device=d5}") {
				t.Errorf("got %s, want what comes then to be seen", got)
			}
		})
	}
}

// TestStaysPlaces: what stays is no property that anybody but the device may write,
// which would define it anew.
func TestStaysPlaces(t *testing.T) {
	y := newYard(t)
	f, other := y.fleet(), y.fleet()
	stayYard(t, y, f)
	pins(t, other, y) // nobody has it look again
	if err := f.Delete(t.Context(), "", "d2", false); err != nil {
		t.Fatal(err)
	}
	d, err := f.Create(t.Context(), "", Device{ID: "d2"})
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]*Fleet{"here": f, "there": other, "later": y.fleet()} {
		p, err := at.Place(t.Context(), &d, "PIN")
		if err != nil || p.Known || !p.Property.Private() || p.Metric != "pin" {
			t.Errorf("%s: got %+v %v, want a private one that nothing defines", name, p, err)
		}
	}
}

// TestStaysText: what stays is read as it was written, and a word that a later release
// may write there closes.
func TestStaysText(t *testing.T) {
	const text = `{"all":{"pin":"private","serial":"protected"},"bare":{"pin":"protected"}}`
	s, err := parseStays([]byte(text))
	if err != nil || s.All["pin"] != storage.Private || s.All["serial"] != storage.Protected || s.Bare["pin"] != storage.Protected {
		t.Errorf("got %v %v, want what %s says", s, err, text)
	}
	if got, err := json.Marshal(s); err != nil || string(got) != text {
		t.Errorf("got %s %v, want %s", got, err, text)
	}
	if s, err = parseStays([]byte(`{"all":{"pin":"secret"}}`)); err != nil || s.All["pin"] != storage.Private {
		t.Errorf("got %v %v, want it private", s, err)
	}
	if _, err = parseStays([]byte(`{"all":1}`)); !errors.Is(err, points.ErrCorrupt) {
		t.Errorf("got %v, want it corrupt", err)
	}
}

// TestStaysBeside: what is about to lose its definition stays closed, whoever looks in
// between what has to stay, though the server that changes it ends before it has told.
func TestStaysBeside(t *testing.T) {
	for name, between := range map[string]func(f, other *Fleet) error{
		"a sweep elsewhere": func(_, other *Fleet) error { return other.Sweep(t.Context()) },
		"a sweep here":      func(f, _ *Fleet) error { return f.Sweep(t.Context()) },
		"another change": func(_, other *Fleet) error {
			p := &passage{f: other, of: thing{kindDevice, "", "d2"}}
			return p.during(t.Context(), func(context.Context) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, y := t.Context(), newYard(t)
			f, other := y.fleet(), y.fleet()
			stayYard(t, y, f)
			before := pins(t, other, y) // other has looked at what is guarded
			was, revision, err := f.load(ctx, "", "d2")
			if err != nil {
				t.Fatal(err)
			}
			is := was
			is.Properties = nil
			p, err := f.passage(ctx, "", &was, &is)
			if err == nil {
				err = p.begin(ctx)
			}
			if err == nil {
				err = between(f, other)
			}
			if err == nil {
				err = f.swap(ctx, "", &was, revision, &is)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, later := range []time.Duration{0, 2 * passingTime} {
				y.pass(later)
				if err := other.settle(ctx); err != nil {
					t.Fatal(err)
				}
				if got := pins(t, other, y); got != before {
					t.Errorf("after %v: got\n%s, want\n%s", later, got, before)
				}
			}
		})
	}
}
