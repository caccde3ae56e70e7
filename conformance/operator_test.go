package conformance

import (
	"context"
	"testing"

	"aion/api/access"
	"aion/api/admin"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
)

// reacher finds out what the contexts of keys come to.
type reacher struct{ fleet *fleet.Fleet }

// Devices are the ids of the devices of a context.
func (r *reacher) Devices(ctx context.Context, organization string, c access.Context) ([]string, error) {
	return r.fleet.Reach(ctx, organization, string(c.Type), c.IDs)
}

// estate is who may do what on a store and which devices it has, over records that
// may be others than the store's.
func estate(store storage.Store, records *catalog.Catalog, now storage.Now) admin.Shift {
	reach := &reacher{}
	var guard *access.Guard
	guard = access.New(access.Config{
		Catalog: records, Reacher: reach, Now: now,
		Veil: func(ctx context.Context, p *access.Principal) (storage.Veil, error) {
			v := fleet.Viewer{Organization: p.Organization, Everywhere: p.Role == access.Root, Devices: guard.Reached(p)}
			if p.Kind == access.Key {
				v.Owner = p.Owner
			}
			return reach.fleet.Veil(ctx, v)
		},
		Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1},
	})
	reach.fleet = fleet.New(fleet.Config{
		Store: store, Catalog: records, Now: now, Changed: guard.Tell,
		Tenancy: func(ctx context.Context) (fleet.Tenancy, error) {
			home, several, err := guard.Organizations.Tenancy(ctx)
			return fleet.Tenancy{Home: home, Several: several}, err
		},
	})
	return admin.Shift{Access: guard, Fleet: reach.fleet, Catalog: records}
}

// operating is the operator's API of a store.
func (s *server) operating(t *testing.T) admin.Config {
	t.Helper()
	records, ok := catalog.New(s.store)
	if !ok {
		t.Fatal("the store keeps no records")
	}
	shift := estate(s.store, records, s.clock.now)
	return admin.Config{
		Access: shift.Access, Fleet: shift.Fleet, Catalog: records,
		Shift: func(records *catalog.Catalog) admin.Shift { return estate(s.store, records, s.clock.now) },
	}
}
