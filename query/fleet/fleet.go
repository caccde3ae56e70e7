// Package fleet knows the devices whose points a store keeps: what they are
// called, which properties they have, how long their points are kept. A device
// is one record of the catalog, which the protocols see as device, iotnode or
// entity; its id is what the device tag of its series holds, and everything else
// that it is called by is an alias. Apps are records with a list of devices,
// profiles are records with properties. All of it belongs to an organization.
package fleet

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// The kinds of the catalog's records that belong to this package. All but
// secrets and the list of changes are named organization/id.
const (
	kindDevice  = "device"        // a Device
	kindAlias   = "device-alias"  // who is called by a name, see holders and page
	kindSecret  = "device-secret" // which device has a secret, by its hash
	kindRuled   = "device-rule"   // the device has rules of its own for the sweeper
	kindChanges = "device-change" // which devices went last, for all servers
	kindPepper  = "device-pepper" // what secrets are hashed with
	kindProfile = "profile"       // a Profile
	kindApp     = "app"           // an App
	kindSweep   = "sweep"         // the sweeper's lease

	kindGuarded      = "property-guarded"        // by organization and metric: it has properties that are not public
	kindGuarding     = "property-guarded-change" // one, which changes whenever such properties do: passing
	kindDeviceStays  = "property-stays-device"   // what stays of those of a device, or an app
	kindProfileStays = "property-stays-profile"  // what stays of those of a profile
)

// The tags that series carry for their device, if nothing else is set, and
// those that its properties and its policy leave.
const (
	DeviceTag       = "device"
	OrganizationTag = "organization"
	ProfileTag      = "profile"
	PolicyTag       = "retention_policy"
)

// Tenancy is how organizations share the store. While there is only one, its
// devices are those of all series; of several, series without the organization
// tag belong to Home. Whoever names another organization than the home reaches
// series with its tag only, whether there is a record of it or not.
type Tenancy struct {
	Home    string // the first organization; empty: there is none yet
	Several bool
}

// Config is what a Fleet is made of.
type Config struct {
	Store           storage.Store // the points; not what Observe has made of it
	Catalog         *catalog.Catalog
	DeviceTag       string                                 // empty: DeviceTag
	OrganizationTag string                                 // empty: OrganizationTag
	Tenancy         func(context.Context) (Tenancy, error) // nil: one organization without a name
	Lately          func(context.Context) (Tenancy, error) // as Tenancy was at most a second ago, and as this server has made it; nil: Tenancy
	AutoCreate      bool                                   // devices are created by their first point
	Workers         int                                    // devices that are created at once; 0: 32
	Rules           []Rule                                 // the sweeper's, beside those of properties and devices
	Owner           string                                 // this server, as no other one of the store is called
	Every           time.Duration                          // the sweeper's rest; 0: 10 minutes
	Changed         func(context.Context) error            // told of changes of what Reach answers; nil: nobody
	Swept           func(series int)                       // told of how many series the sweeper has deleted points; nil: nobody
	Now             storage.Now
	Log             *slog.Logger // nil: nothing is logged
}

// Fleet is the devices, apps and profiles of a store. It is safe for concurrent
// use. Every change is durable when its method returns; one that is cut off by
// an error is done as a whole or to be seen nowhere but in aliases that are free
// to others again.
type Fleet struct {
	Lookup   // as the records are
	c        Config
	known    *known
	familiar familiar
	queue    *queue
	pepper   pepper
	teller   teller
	brief    brief
	said     struct {
		devices  memo[Device]
		profiles memo[Profile]
		apps     memo[App]
		holders  memo[holders]
	}

	hearing sync.Mutex // held while it is looked which devices went
	heard   heard

	guard  sync.Mutex // held while the guards are looked up
	guards atomic.Pointer[guards]
	edits  edits
}

// New is the fleet of a store.
func New(c Config) *Fleet {
	if c.DeviceTag == "" {
		c.DeviceTag = DeviceTag
	}
	if c.OrganizationTag == "" {
		c.OrganizationTag = OrganizationTag
	}
	if c.Tenancy == nil {
		c.Tenancy = func(context.Context) (Tenancy, error) { return Tenancy{}, nil }
	}
	if c.Lately == nil {
		c.Lately = c.Tenancy
	}
	if c.Workers == 0 {
		c.Workers = 32
	}
	if c.Every == 0 {
		c.Every = 10 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Changed == nil {
		c.Changed = func(context.Context) error { return nil }
	}
	c.Now = c.Now.Or()
	f := &Fleet{c: c, known: newKnown(), queue: newQueue()}
	f.Lookup = Lookup{f: f}
	return f
}

// now is the present, as records hold it.
func (f *Fleet) now() time.Time { return f.c.Now().UTC().Truncate(time.Millisecond) }

// organization is a tenant by its name.
func (f *Fleet) organization(ctx context.Context, tenant string) (string, error) {
	if tenant != "" {
		return tenant, nil
	}
	t, err := f.c.Tenancy(ctx)
	return t.Home, err
}

// key is the id of a record that belongs to a tenant.
func key(tenant, id string) string {
	p := keyParts(tenant, id)
	return p[0] + p[1] + p[2]
}

// keyParts are what key joins.
func keyParts(tenant, id string) [3]string { return [3]string{url.PathEscape(tenant), "/", id} }

// DeleteData deletes all points of devices of an organization, and what stays of
// their properties with them. Without ids it deletes nothing.
func (f *Fleet) DeleteData(ctx context.Context, organization string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	s, err := f.Selection(ctx, organization, ids...)
	if err == nil {
		err = f.c.Store.Delete(ctx, s, points.Always)
	}
	if err != nil {
		return err
	}
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return err
	}
	some := false
	for _, id := range ids {
		less, err := f.trim(ctx, thing{kindDevice, tenant, id}, 0)
		if err != nil {
			return err
		}
		some = some || less
	}
	if !some {
		return nil
	}
	return f.announce(ctx, &edit{})
}
