package fleet

import (
	"context"
	"errors"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/catalog"
)

// neighbours are two servers on a store: one whose records fail some time, and one
// that has a viewer under way, whose veil it makes anew when it is told of a change.
type neighbours struct {
	*yard
	t     *testing.T
	store *fragile
	one   *Fleet
	other *Fleet
	veil  storage.Veil // the viewer's
}

// newNeighbours are servers on a yard of which the one works for so many calls.
func newNeighbours(t *testing.T, prepare func(*Fleet) error, left int, late bool) *neighbours {
	t.Helper()
	n := &neighbours{yard: newYard(t), t: t}
	n.store = &fragile{Store: n.yard.store, left: -1, late: late}
	records, _ := catalog.New(n.store)
	n.other = n.fleet()
	n.one = n.fleet(func(c *Config) {
		c.Catalog = records
		c.Changed = func(context.Context) error {
			if _, fails := n.store.spend(); fails {
				return errCrash
			}
			n.told()
			return nil
		}
	})
	if err := prepare(n.one); err != nil {
		t.Fatal(err)
	}
	n.access(n.view(n.one))
	n.told()
	n.store.left = left
	return n
}

// told has the viewer look again, at once, as everybody does who is told of a change.
func (n *neighbours) told() {
	n.t.Helper()
	n.veil = n.view(n.other)
	n.access(n.veil)
}

// view is the veil of somebody who sees the organization.
func (n *neighbours) view(f *Fleet) storage.Veil {
	n.t.Helper()
	veil, err := f.Veil(n.t.Context(), Viewer{})
	if err != nil {
		n.t.Fatal(err)
	}
	return veil
}

// access is what a veil says of the series that the tests are about.
func (n *neighbours) access(veil storage.Veil) (all [3]storage.Access) {
	n.t.Helper()
	for i, series := range []string{"pin{device=d1}", "pin{device=d1,profile=box}", "pin{device=a1}"} {
		k := keyOf(series)
		var err error
		if all[i], err = veil.Access(n.t.Context(), &k); err != nil {
			n.t.Fatal(err)
		}
	}
	return all
}

// agree fails where the other server says something else than the records.
func (n *neighbours) agree(when string) {
	n.t.Helper()
	if got, want := n.access(n.veil), n.access(n.view(n.fleet())); got != want {
		n.t.Errorf("%s: got %v on the other server, want %v", when, got, want)
	}
}

// TestGuardedOtherwiseCutOff: wherever a server ends while it changes what is
// guarded, what is stored counts on another one that may have kept what was before,
// and so it does when the change is made again.
func TestGuardedOtherwiseCutOff(t *testing.T) {
	ctx := t.Context()
	pin := func(access string) []Property { return []Property{{Name: "pin", Access: access}} }
	prepare := func(f *Fleet) error {
		_, err := f.CreateProfile(ctx, "", Profile{Name: "box", Properties: pin("public")})
		if err == nil {
			_, err = f.CreateProfile(ctx, "", Profile{Name: "safe", Properties: pin("private")})
		}
		if err == nil {
			_, err = f.Create(ctx, "", Device{ID: "d1", Profile: "box"})
		}
		if err == nil {
			_, err = f.CreateApp(ctx, "", App{ID: "a1"})
		}
		return err
	}
	const open, private = storage.Open, storage.Private
	for name, tt := range map[string]struct {
		change func(f *Fleet) error
		want   [3]storage.Access
	}{
		"a device": {func(f *Fleet) error {
			_, err := f.Change(ctx, "", "d1", func(d *Device) error { d.Properties = pin("private"); return nil })
			return err
		}, [3]storage.Access{private, private, open}},
		"a device's profile": {func(f *Fleet) error {
			_, err := f.Change(ctx, "", "d1", func(d *Device) error { d.Profile = "safe"; return nil })
			return err
		}, [3]storage.Access{private, open, open}},
		"a profile": {func(f *Fleet) error {
			_, err := f.ChangeProfile(ctx, "", "box", func(p *Profile) error { p.Properties = pin("private"); return nil })
			return err
		}, [3]storage.Access{private, private, open}},
		"an app": {func(f *Fleet) error {
			_, err := f.ChangeApp(ctx, "", "a1", func(a *App) error { a.Properties = pin("private"); return nil })
			return err
		}, [3]storage.Access{open, open, private}},
	} {
		t.Run(name, func(t *testing.T) {
			for step := 0; ; step++ {
				n := newNeighbours(t, prepare, step/2, step%2 == 1)
				err := tt.change(n.one)
				if err != nil && !errors.Is(err, errCrash) {
					t.Fatalf("step %d: %v", step, err)
				}
				n.agree("cut off")
				n.store.left = -1
				again := n.one
				if step%3 == 0 {
					again = n.fleet(func(c *Config) { c.Changed = n.one.c.Changed })
				}
				if err := tt.change(again); err != nil {
					t.Fatalf("step %d, again: %v", step, err)
				}
				n.agree("again")
				if got := n.access(n.view(n.other)); got != tt.want {
					t.Errorf("step %d: got %v, want %v", step, got, tt.want)
				}
				if n.pass(2 * time.Minute); n.settledAll() != nil {
					t.Errorf("step %d: got %v", step, n.settledAll())
				}
				if err == nil && step%2 == 1 {
					return
				}
			}
		})
	}
}

// settledAll has the other server end what is over, and tells what is left.
func (n *neighbours) settledAll() []begun {
	n.t.Helper()
	n.view(n.other)
	if err := n.other.settle(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	n.agree("settled")
	return n.other.guards.Load().begun
}

// TestPassingIsBounded: of changes that are cut off so many are noted, and no more
// before a minute has passed; what earlier releases have noted there is nothing.
func TestPassingIsBounded(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	if err := f.c.Catalog.Update(ctx, kindGuarding, "1", func([]byte) ([]byte, error) { return []byte("17"), nil }); err != nil {
		t.Fatal(err)
	}
	full := make([]*edit, mostPassing)
	for i := range full {
		full[i] = &edit{add: &begun{Kind: kindDevice, ID: "/d1", Since: y.time(), Number: int64(i)}}
	}
	if err := f.mark(ctx, full...); err != nil {
		t.Fatal(err)
	}
	one := func() error {
		_, err := f.CreateProfile(ctx, "", Profile{Name: "box", Properties: []Property{{Name: "pin", Access: "private"}}})
		return err
	}
	if err := one(); err == nil {
		t.Error("got one more noted")
	}
	y.pass(2 * time.Minute)
	if err := one(); err != nil {
		t.Error(err)
	}
	if got := f.guards.Load().begun; len(got) != 0 {
		t.Errorf("got %d still noted", len(got))
	}
}

// TestPassingOfWhoLeaves: a change whose client goes away while it is made is made, and
// nothing stays noted of it; there is room for so many that are cut off in a minute.
func TestPassingOfWhoLeaves(t *testing.T) {
	pin := []Property{{Name: "pin", Access: "private"}}
	for name, change := range map[string]func(context.Context, *Fleet) error{
		"a device": func(ctx context.Context, f *Fleet) error {
			_, err := f.Change(ctx, "", "d1", func(d *Device) error { d.Properties = pin; return nil })
			return err
		},
		"a profile": func(ctx context.Context, f *Fleet) error {
			_, err := f.ChangeProfile(ctx, "", "box", func(p *Profile) error { p.Properties = pin; return nil })
			return err
		},
		"a device goes":  func(ctx context.Context, f *Fleet) error { return f.Delete(ctx, "", "d2", false) },
		"a profile goes": func(ctx context.Context, f *Fleet) error { return f.DeleteProfile(ctx, "", "safe") },
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t)
			leave := func() {}
			f := y.fleet(func(c *Config) { c.Changed = func(context.Context) error { leave(); return nil } })
			_, err := f.CreateProfile(t.Context(), "", Profile{Name: "box"})
			if err == nil {
				_, err = f.CreateProfile(t.Context(), "", Profile{Name: "safe", Properties: pin})
			}
			for _, d := range []Device{{ID: "d1", Profile: "box"}, {ID: "d2", Properties: pin}} {
				if err == nil {
					_, err = f.Create(t.Context(), "", d)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			leave = cancel
			if err := change(ctx, f); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if ctx.Err() == nil {
				t.Error("nobody was told")
			}
			if got := f.guards.Load().begun; len(got) != 0 {
				t.Errorf("got %v still noted", got)
			}
			if err := change(ctx, f); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v for who has left", err)
			}
		})
	}
}
