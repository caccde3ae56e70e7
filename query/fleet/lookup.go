package fleet

import (
	"context"

	"aion/storage"
)

// Lookup answers which devices, apps and profiles there are. That of a Fleet answers
// as the records are; that of Lately may be a moment behind.
type Lookup struct {
	f      *Fleet
	lately bool
}

// Lately is a Lookup for questions about points. It does not read again what was
// read a moment ago: what another server of the store has changed shows within a
// second, what this one has changed at once. Nothing is decided by it that is kept
// or changed.
func (f *Fleet) Lately() Lookup { return Lookup{f, true} }

// record reads one record.
func (l Lookup) record(ctx context.Context, kind, id string) (storage.Record, error) {
	if l.lately {
		return l.f.c.Catalog.Recent(ctx, kind, id)
	}
	return l.f.c.Catalog.Record(ctx, kind, id)
}

// shared is how organizations share the store.
func (l Lookup) shared(ctx context.Context) (Tenancy, error) {
	if l.lately {
		return l.f.c.Lately(ctx)
	}
	return l.f.c.Tenancy(ctx)
}

// tenant is an organization as records name it: the home organization has no
// name there, so that it keeps what came before anybody named it.
func (l Lookup) tenant(ctx context.Context, organization string) (string, error) {
	tenant, _, err := l.tenancy(ctx, organization)
	return tenant, err
}

// tenancy is an organization as records name it, and its name.
func (l Lookup) tenancy(ctx context.Context, organization string) (tenant, name string, err error) {
	t, err := l.shared(ctx)
	if err != nil || organization == t.Home || organization == "" {
		return "", t.Home, err
	}
	return organization, organization, nil
}

// load is the device of an id, or a revision of 0.
func (l Lookup) load(ctx context.Context, tenant, id string) (d Device, revision int64, err error) {
	if !fits(id) {
		return Device{}, 0, nil
	}
	r, err := l.record(ctx, kindDevice, key(tenant, id))
	if err != nil || r.Revision == 0 {
		return Device{}, 0, err
	}
	d, err = l.f.said.devices.said(r.Value, func([]byte) (Device, error) { return parseDevice(r) })
	return d.copied(), r.Revision, err
}

// called tells whether a holder's device says the same, and answers the device.
func (l Lookup) called(ctx context.Context, tenant string, h holder, r rank) (Device, bool, error) {
	d, revision, err := l.load(ctx, tenant, h.ID)
	if err != nil || revision == 0 {
		return Device{}, false, err
	}
	if h.Name {
		r = byName
	}
	return d, d.has(claim{r, h.Text}), nil
}

// Device is the device with an id, or an UnknownError.
func (l Lookup) Device(ctx context.Context, organization, id string) (Device, error) {
	tenant, name, err := l.tenancy(ctx, organization)
	if err != nil {
		return Device{}, err
	}
	d, revision, err := l.load(ctx, tenant, id)
	if err == nil && revision == 0 {
		err = &UnknownError{"device", id}
	}
	if err != nil {
		return Device{}, err
	}
	d.Organization = name
	return d, nil
}

// App is the app of an id, or an UnknownError.
func (l Lookup) App(ctx context.Context, organization, id string) (App, error) {
	return l.f.apps().one(ctx, l, organization, id)
}

// Profile is the profile of a name, or an UnknownError.
func (l Lookup) Profile(ctx context.Context, organization, name string) (Profile, error) {
	return l.f.profiles().one(ctx, l, organization, folded(name))
}

// Selection is all series of some devices of an organization; without ids, of
// all its devices.
func (l Lookup) Selection(ctx context.Context, organization string, ids ...string) (storage.Selection, error) {
	t, err := l.shared(ctx)
	if err != nil {
		return storage.Selection{}, err
	}
	f := l.f
	device := storage.Matcher{Tag: f.c.DeviceTag, Values: ids}
	if len(ids) == 0 {
		device = storage.Matcher{Tag: f.c.DeviceTag, Absent: true, Not: true}
	}
	s := storage.Selection{Matchers: []storage.Matcher{device}}
	home := organization == "" || organization == t.Home
	if home && !t.Several {
		return s, nil
	}
	owned := storage.Matcher{Tag: f.c.OrganizationTag, Values: []string{organization}}
	if home {
		owned = storage.Matcher{Tag: f.c.OrganizationTag, Values: []string{t.Home}, Absent: true}
	}
	s.Matchers = append(s.Matchers, owned)
	return s, nil
}
