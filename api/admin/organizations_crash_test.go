package admin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/query/fleet"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// crashing is a store that goes away after so many changes.
type crashing struct {
	storage.Store
	left int
}

// change is one change more.
func (c *crashing) change() error {
	if c.left--; c.left < 0 {
		return points.ErrUnavailable
	}
	return nil
}

// Delete deletes, while the store is there.
func (c *crashing) Delete(ctx context.Context, s storage.Selection, r points.Range) error {
	if err := c.change(); err != nil {
		return err
	}
	return c.Store.Delete(ctx, s, r)
}

// Records are the records, while the store is there.
func (c *crashing) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](c.Store)
	return &crashingRecords{keeper.Records(), c}
}

// crashingRecords are the records of a store that goes away.
type crashingRecords struct {
	storage.Records
	store *crashing
}

// Put stores, while the store is there.
func (r *crashingRecords) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	if err := r.store.change(); err != nil {
		return 0, err
	}
	return r.Records.Put(ctx, kind, id, value, was)
}

// Remove removes, while the store is there.
func (r *crashingRecords) Remove(ctx context.Context, kind, id string, was int64) error {
	if err := r.store.change(); err != nil {
		return err
	}
	return r.Records.Remove(ctx, kind, id, was)
}

// process is what a process knows that works on a store.
type process struct {
	t       *testing.T
	store   storage.Store
	guard   *access.Guard
	fleet   *fleet.Fleet
	records *catalog.Catalog
	texts   storage.Services
	handler http.Handler
}

// begun is a new process on a store.
func begun(t *testing.T, store storage.Store) *process {
	t.Helper()
	p := &process{t: t, store: store}
	p.records, _ = catalog.New(store)
	p.texts, _ = catalog.Services(store, nil)
	p.guard = access.New(access.Config{Catalog: p.records, Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1}})
	p.fleet = fleet.New(fleet.Config{Store: store, Catalog: p.records, Tenancy: func(ctx context.Context) (fleet.Tenancy, error) {
		home, several, err := p.guard.Organizations.Tenancy(ctx)
		return fleet.Tenancy{Home: home, Several: several}, err
	}})
	config := admin.Config{Access: p.guard, Fleet: p.fleet, Catalog: p.records, Texts: p.texts, Kinds: []string{"client"}}
	p.handler = api.New(api.Config{Protocols: []api.Protocol{admin.New(config)}}).Handler()
	return p
}

// ask sends a request as whoever may do everything.
func (p *process) ask(method, path, body string) (int, string) {
	rec := httptest.NewRecorder()
	p.handler.ServeHTTP(rec, httptest.NewRequest(method, admin.Prefix+path, strings.NewReader(body)).WithContext(p.t.Context()))
	return rec.Code, rec.Body.String()
}

// fill gives an organization one of everything.
func (p *process) fill(organization string) {
	p.t.Helper()
	for path, body := range map[string]string{
		"/keys":  `{"id":"key-of-` + organization + `","secret":"secret-of-` + organization + `","organization":"` + organization + `"}`,
		"/users": `{"organization":"` + organization + `","name":"ann-of-` + organization + `","password":"correct horse"}`,
	} {
		if status, text := p.ask("POST", path, body); status != 201 {
			p.t.Fatalf("%s: got %d %s", path, status, text)
		}
	}
	for path, body := range map[string]string{
		"/profiles?organization=" + organization: `{"name":"p","properties":[{"name":"m","access":"private"}]}`, "/apps?organization=" + organization: `{"id":"a"}`,
		"/devices": `{"organization":"` + organization + `","id":"d","name":"n","aliases":["x"],"retentionPolicy":"retention30days","properties":[{"name":"m","access":"private"}]}`,
	} {
		if status, text := p.ask("POST", path, body); status != 201 {
			p.t.Fatalf("%s: got %d %s", path, status, text)
		}
	}
	p.keep(organization)
}

// keep stores what other protocols keep of an organization.
func (p *process) keep(organization string) {
	p.t.Helper()
	ctx, t := p.t.Context(), p.t
	own := catalog.Namespace(p.texts, organization)
	tasks := rollup.New(rollup.Config{Texts: p.texts, Catalog: p.records})
	var batch storage.Batch
	var block points.Block
	block.AppendInt(1, 1)
	batch.Put(points.Key{Metric: "m", Tags: points.TagsOf(map[string]string{"organization": organization, "device": "d", "profile": "p"}), Type: points.TypeLong}, block, 0)
	for _, err := range []error{
		own.Set(ctx, "s", "k", "a", "private of "+organization), own.Set(ctx, "s", "gone", "b", ""), own.Remove(ctx, "s", "gone", "b"),
		tasks.Own(ctx, "t1 of "+organization, rollup.Owner{Organization: organization}),
		tasks.Own(ctx, "t2 of "+organization, rollup.Owner{Organization: organization, Kind: "key", ID: "k"}),
		tasks.Book().Put(ctx, "t1 of "+organization, "{}"), tasks.Book().Put(ctx, "t2 of "+organization, "{}"),
		p.texts.Set(ctx, "_Rollups", "Status", "t1 of "+organization, "{}"),
		p.records.Update(ctx, "rollup", "t1 of "+organization, func([]byte) ([]byte, error) { return []byte("{}"), nil }),
		p.records.Update(ctx, "client", organization+"/c", func([]byte) ([]byte, error) { return []byte("{}"), nil }),
		p.store.Write(ctx, &batch),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// tells are the records that still name an organization.
func (p *process) tells(organization string) (all []string) {
	p.t.Helper()
	for _, kind := range []string{
		"organization", "organization-home", "key", "key-secret", "user", "access-name", "device", "device-alias", "device-rule", "profile", "app",
		"service", "service-modified", "rollup", "rollup-owner", "client", "property-guarded", "property-stays-device", "property-stays-profile",
	} {
		for r, err := range p.records.All(p.t.Context(), kind, "") {
			if err != nil {
				p.t.Fatal(err)
			}
			if strings.Contains(r.ID+string(r.Value), organization) {
				all = append(all, kind+" "+r.ID)
			}
		}
	}
	return all
}

// TestOrganizationDeleteIsFinished: whatever an organization has goes with it, what
// its keys, its roll-ups and its metadata are included, and wherever the deletion
// is cut off, saying it again finishes it.
func TestOrganizationDeleteIsFinished(t *testing.T) {
	const had = `"keys":1,"users":1,"devices":1,"apps":1,"profiles":1,"series":1,"rollups":2,"metadata":1`
	for changes, done := 0, false; !done; changes++ {
		synctest.Test(t, func(t *testing.T) {
			store := &crashing{memory.New(memory.Config{}), 1 << 30}
			p := begun(t, store)
			for _, id := range []string{"first", "acme"} {
				if status, text := p.ask("POST", "/organizations", `{"id":"`+id+`"}`); status != 201 {
					t.Fatalf("got %d %s", status, text)
				}
				p.fill(id)
			}
			before := len(p.tells("first"))
			store.left = changes
			status, text := p.ask("DELETE", "/organizations/acme?data=true", "")
			if done = status == 200; done && !strings.Contains(text, had) {
				t.Errorf("got %s, want %s deleted", text, had)
			}
			store.left = 1 << 30
			again := begun(t, store)
			if status, text := again.ask("DELETE", "/organizations/acme?data=true", ""); status != 200 && status != 404 {
				t.Errorf("cut off after %d changes: got %d %s, want it finished", changes, status, text)
			}
			if left := again.tells("acme"); len(left) > 0 {
				t.Errorf("cut off after %d changes: got %q left", changes, left)
			}
			for _, method := range []string{"POST", "DELETE"} {
				if status, text := again.ask(method, "/organizations"+map[string]string{"DELETE": "/acme"}[method], `{"id":"acme"}`); status >= 300 {
					t.Errorf("cut off after %d changes: got %d %s from %s, want nothing there", changes, status, text, method)
				}
			}
			if got := len(again.tells("first")); got != before {
				t.Errorf("got %d records of the other organization, want %d", got, before)
			}
		})
		if changes > 200 {
			t.Fatal("the deletion never ends")
		}
	}
}
