package access_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestOperatorsRecords: keys and users that name no organization are the
// operator's: the first tenant has the data that name none, and his own records
// alone.
func TestOperatorsRecords(t *testing.T) {
	h, ctx := open(t), operator(t)
	who := func(r access.KeyRecord) *access.Principal {
		t.Helper()
		r = h.key(t, r)
		p, err := h.Login(t.Context(), r.ID, r.Secret)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	operators := h.key(t, access.KeyRecord{Name: "operator's", Role: access.Member})
	if _, err := h.Users.Create(ctx, access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	acmes := h.key(t, access.KeyRecord{Name: "acme's", Organization: "acme"})
	if !strings.Contains(h.log.String(), "organization=acme") || !strings.Contains(h.log.String(), "home of all series") {
		t.Errorf("got %s, want it said that acme is the home now", h.log)
	}
	tenant, own := who(access.KeyRecord{Organization: "acme", Role: access.Admin}), who(access.KeyRecord{Role: access.Admin})
	root := who(access.KeyRecord{Role: access.Root})
	if !tenant.Home || !own.Home {
		t.Error("want the data of the home for both")
	}
	for _, tt := range []struct {
		name        string
		by          *access.Principal
		acmes, none bool
	}{{"tenant", tenant, true, false}, {"operator", own, false, true}, {"root", root, true, true}} {
		ctx := access.With(t.Context(), tt.by)
		for _, key := range []struct {
			id  string
			may bool
		}{{acmes.ID, tt.acmes}, {operators.ID, tt.none}} {
			_, err := h.Keys.Show(ctx, key.id)
			if (err == nil) != key.may || !key.may && status(err) != 404 {
				t.Errorf("%s shows %s: got %v, want it %t", tt.name, key.id, err, key.may)
			}
			_, err = h.Keys.Change(ctx, key.id, func(*access.KeyRecord) error { return nil })
			if (err == nil) != key.may {
				t.Errorf("%s changes %s: got %v, want it %t", tt.name, key.id, err, key.may)
			}
			listed, err := h.Keys.List(ctx, access.Page{})
			has := slices.ContainsFunc(listed, func(r access.KeyRecord) bool { return r.ID == key.id })
			if err != nil || has != key.may {
				t.Errorf("%s lists %s: got %t %v, want %t", tt.name, key.id, has, err, key.may)
			}
		}
		_, err := h.Users.Password(ctx, "ann", "another horse")
		if (err == nil) != tt.none {
			t.Errorf("%s gives ann a password: got %v, want it %t", tt.name, err, tt.none)
		}
		entries, err := h.Audit.List(ctx, access.Page{})
		has := slices.ContainsFunc(entries, func(e access.Entry) bool { return e.Organization == "" })
		if err != nil || has != tt.none {
			t.Errorf("%s sees the operator's audit: got %t %v, want %t", tt.name, has, err, tt.none)
		}
		made, err := h.Keys.Create(ctx, access.KeyRecord{Name: "made"})
		if want := map[bool]string{true: "", false: "acme"}[tt.none]; err != nil || made.Organization != want {
			t.Errorf("%s makes a key of %q %v, want one of %q", tt.name, made.Organization, err, want)
		}
	}
}

// TestTenancyIsTold: who looks between the moment at which there are several
// organizations and the end of the making of the second is bound as after it.
func TestTenancyIsTold(t *testing.T) {
	store := &unfinished{Store: memory.New(memory.Config{})}
	h := beside(t, store, &clock{at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)})
	other := beside(t, store, h.clock)
	key := h.key(t, access.KeyRecord{Organization: "acme"})
	if got := other.login(t, key.ID, key.Secret); got != 200 {
		t.Fatalf("got %d, want 200", got)
	}
	store.refuses = "organization"
	if _, err := h.Organizations.Create(operator(t), access.Organization{ID: "globex"}); err == nil {
		t.Fatal("an organization was made that is not stored")
	}
	h.clock.pass(time.Second)
	globex := tagged("organization", "globex")
	if p, err := other.Login(t.Context(), key.ID, key.Secret); err != nil || p.Constraint.Permits(&globex) {
		t.Errorf("got %+v %v, want acme's bound", p, err)
	}
}

// unfinished is a store that takes no records of one kind.
type unfinished struct {
	storage.Store
	refuses string
}

// Records are the store's records.
func (u *unfinished) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](u.Store)
	return &refusing{keeper.Records(), u}
}

// refusing are records of which some are not taken.
type refusing struct {
	storage.Records
	of *unfinished
}

// Put stores a value, unless it is of the kind that is not taken.
func (r *refusing) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	if kind == r.of.refuses {
		return 0, points.ErrUnavailable
	}
	return r.Records.Put(ctx, kind, id, value, was)
}

// TestTenancyWithinASecond: how organizations share the store is known at once where
// it was changed and within a second elsewhere, and is not read again until then.
func TestTenancyWithinASecond(t *testing.T) {
	store := &counting{Store: memory.New(memory.Config{})}
	clock := &clock{at: time.Now()}
	here, there := beside(t, store, clock), beside(t, store, clock)
	is := func(by *house, home string, several bool) {
		t.Helper()
		if h, s, err := by.Tenancy(t.Context()); h != home || s != several || err != nil {
			t.Errorf("got home %q, several %t, %v, want %q, %t", h, s, err, home, several)
		}
	}
	create := func(id string) {
		t.Helper()
		if _, err := here.Organizations.Create(operator(t), access.Organization{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	is(there, "", false)
	create("home")
	is(here, "home", false)
	clock.pass(time.Second)
	is(there, "home", false)
	create("acme")
	is(here, "home", true)
	before := store.reads.Load()
	is(here, "home", true)
	is(there, "home", false)
	if n := store.reads.Load() - before; n != 0 {
		t.Errorf("got %d readings of what was known, want none", n)
	}
	clock.pass(time.Second)
	is(there, "home", true)
}
