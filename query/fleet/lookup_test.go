package fleet

import (
	"context"
	"sync/atomic"
	"testing"

	"aion/storage"
	"aion/storage/catalog"
)

// twofold is a store that counts how often its records are read as they are, and how
// often as they were a moment ago.
type twofold struct {
	storage.Store
	exact, recent atomic.Int64
}

// Records are the store's records, counted.
func (s *twofold) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return twofoldRecords{keeper.Records(), s}
}

// twofoldRecords are the records of a twofold store.
type twofoldRecords struct {
	storage.Records
	s *twofold
}

// Record counts.
func (r twofoldRecords) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	r.s.exact.Add(1)
	return r.Records.Record(ctx, kind, id)
}

// Recent counts.
func (r twofoldRecords) Recent(ctx context.Context, kind, id string) (storage.Record, error) {
	r.s.recent.Add(1)
	return r.Records.Record(ctx, kind, id)
}

// TestLately: what is asked for lately is read as it was a moment ago alone, and
// everything else as it is alone: what is changed, what names are taken, and what
// contexts and access types come to, which is kept for longer.
func TestLately(t *testing.T) {
	y := newYard(t)
	store := &twofold{Store: y.store}
	var asked, askedLately atomic.Int64 // how organizations share the store
	counted := func(n *atomic.Int64) func(context.Context) (Tenancy, error) {
		return func(ctx context.Context) (Tenancy, error) {
			n.Add(1)
			return y.tenancy(ctx)
		}
	}
	f := y.fleet(func(c *Config) {
		c.Catalog, _ = catalog.New(store)
		c.Tenancy, c.Lately = counted(&asked), counted(&askedLately)
	})
	ctx, l := t.Context(), f.Lately()
	if _, err := f.CreateProfile(ctx, "", Profile{Name: "P", Properties: []Property{{Name: "temp", Access: "private"}}}); err != nil {
		t.Fatal(err)
	}
	d, err := f.Create(ctx, "", Device{ID: "d", Name: "name", Aliases: []string{"alias"}, Profile: "P"})
	if err != nil {
		t.Fatal(err)
	}
	app, err := f.CreateApp(ctx, "", App{Devices: []string{"d"}})
	if err != nil {
		t.Fatal(err)
	}
	resolve := func(l Lookup, ref string) func() error {
		return func() error {
			found, err := l.Resolve(ctx, "", ref, Manner{AnyCase: true})
			if err == nil && found.ID != "d" {
				t.Errorf("%s: got %s, want d", ref, found.ID)
			}
			return err
		}
	}
	for _, tt := range []struct {
		name         string
		ask          func() error
		late, tenant int64 // records and tenancies that are read as they were
	}{
		{"id", resolve(l, "d"), 1, 1},
		{"alias", resolve(l, "alias"), 3, 1},
		{"name in any case", resolve(l, "NAME"), 3, 1},
		{"identifier", resolve(l, d.Identifiers().Hex), 4, 1},
		{"device", func() error { _, err := l.Device(ctx, "", "d"); return err }, 1, 1},
		{"app", func() error { _, err := l.App(ctx, "", app.ID); return err }, 1, 1},
		{"place", func() error { _, err := l.Place(ctx, &d, "temp"); return err }, 1, 1},
		{"selection", func() error { _, err := l.Selection(ctx, "", "d"); return err }, 0, 1},
		{"as it is", resolve(f.Lookup, "name"), 0, 0},
		{"reach", func() error { _, err := f.Reach(ctx, "", "app", []string{app.ID}); return err }, 0, 0},
		{"veil", func() error { _, err := f.Veil(ctx, Viewer{Owner: "alias", Devices: []string{"d"}}); return err }, 0, 0},
		{"change", func() error {
			_, err := f.Change(ctx, "", "alias", func(*Device) error { return nil })
			if err == nil {
				t.Error("a device was changed by its alias")
			}
			_, err = f.Change(ctx, "", "d", func(d *Device) error { d.Aliases = []string{"other"}; return nil })
			return err
		}, 0, 0},
		{"create", func() error { _, err := f.Create(ctx, "", Device{ID: "alias", Name: "name"}); return err }, 0, 0},
		{"delete", func() error { return f.Delete(ctx, "", "d", true) }, 0, 0},
	} {
		for _, n := range []*atomic.Int64{&store.exact, &store.recent, &asked, &askedLately} {
			n.Store(0)
		}
		if err := tt.ask(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		exact := store.exact.Load() + asked.Load()
		if late, tenant := store.recent.Load(), askedLately.Load(); late != tt.late || tenant != tt.tenant || (exact == 0) != (tenant != 0) {
			t.Errorf("%s: got %d records and %d tenancies as they were and %d as they are, want %d and %d", tt.name, late, tenant, exact, tt.late, tt.tenant)
		}
	}
}
