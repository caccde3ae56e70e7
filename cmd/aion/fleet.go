package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/api/connio"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
)

// devicesSettings are about the records of devices.
type devicesSettings struct {
	AutoCreate bool `default:"true" negatable:"" help:"Create a device with the first point that names it in its device tag."`
	SweepEvery span `default:"10m" help:"Time between looks for points that the rules of properties and devices, and on other engines than pebble --retention, keep no longer. Of several servers on a store one looks."`
}

// deviceWorkers is how many devices are created at once: as many as share a sync
// of the embedded engine, and what Cassandra bears beside its work.
func (s *serveCommand) deviceWorkers() int {
	if s.Storage == "cassandra" {
		return 32
	}
	return 256
}

// reacher finds out what contexts come to.
type reacher struct{ fleet *fleet.Fleet }

// Devices are the ids of the devices of a context, as the device tag has them.
func (r *reacher) Devices(ctx context.Context, organization string, c access.Context) ([]string, error) {
	return r.fleet.Reach(ctx, organization, string(c.Type), c.IDs)
}

// viewerOf is somebody who is confined as the fleet knows him.
func viewerOf(guard *access.Guard, p *access.Principal) fleet.Viewer {
	v := fleet.Viewer{Organization: p.Organization, Everywhere: p.Role == access.Root, Devices: guard.Reached(p)}
	if p.Kind == access.Key {
		v.Owner = p.Owner
	}
	return v
}

// shift is who may do what and which devices there are, over a store.
func (s *serveCommand) shift(store storage.Store, swept *atomic.Int64, log *slog.Logger) (admin.Shift, error) {
	records, ok := catalog.New(store)
	if !ok {
		return admin.Shift{}, fmt.Errorf("--storage: %s keeps no records of keys, users and devices", s.Storage)
	}
	return s.shiftOver(store, records, swept, log), nil
}

// shiftOver is shift over a catalog that may be another one than the store's.
func (s *serveCommand) shiftOver(store storage.Store, records *catalog.Catalog, swept *atomic.Int64, log *slog.Logger) admin.Shift {
	var guard *access.Guard
	reach := &reacher{}
	basic, _ := s.KairosDB.basic() // consistent has told what is wrong
	guard = access.New(access.Config{
		Catalog: records, OrganizationTag: s.Organization.Tag, DeviceTag: s.Device.Tag, Reacher: reach, Basic: basic,
		Veil: func(ctx context.Context, p *access.Principal) (storage.Veil, error) {
			return reach.fleet.Veil(ctx, viewerOf(guard, p))
		},
		Limits: s.limitsOf, Log: log,
	})
	config := fleet.Config{
		Store: store, Catalog: records, OrganizationTag: s.Organization.Tag, DeviceTag: s.Device.Tag,
		AutoCreate: s.Devices.AutoCreate, Workers: s.deviceWorkers(), Every: time.Duration(s.Devices.SweepEvery),
		Owner: s.owner("fleet"), Changed: guard.Tell, Log: log,
		Swept: func(series int) { swept.Add(int64(series)) },
		Tenancy: func(ctx context.Context) (fleet.Tenancy, error) {
			home, several, err := guard.Organizations.Tenancy(ctx)
			return fleet.Tenancy{Home: home, Several: several}, err
		},
		Lately: func(ctx context.Context) (fleet.Tenancy, error) {
			home, several, err := guard.Tenancy(ctx)
			return fleet.Tenancy{Home: home, Several: several}, err
		},
	}
	if s.Storage != "pebble" { // which has rules of its own
		for _, r := range s.Retention {
			config.Rules = append(config.Rules, fleet.Rule(r))
		}
	}
	reach.fleet = fleet.New(config)
	return admin.Shift{Access: guard, Fleet: reach.fleet, Catalog: records}
}

// operating is what the operator's REST API is made of.
func (s *serveCommand) operating(store storage.Store, shift admin.Shift) admin.Config {
	texts, _ := catalog.Services(store, nil)
	return admin.Config{
		Access: shift.Access, Fleet: shift.Fleet, Catalog: shift.Catalog, Texts: texts, Kinds: []string{connio.ClientKind},
		Shift: func(records *catalog.Catalog) admin.Shift {
			return s.shiftOver(store, records, new(atomic.Int64), slog.New(slog.DiscardHandler))
		},
		MaxBody: int64(s.HTTP.MaxBody), MaxIngest: int64(s.HTTP.MaxIngest),
	}
}

// showFleet shows at /metrics what the sweeper has done.
func showFleet(figures *api.Figures, swept *atomic.Int64) {
	figures.Counter("aion_swept_series_total", "Series of which the sweeper has deleted points that a rule keeps no longer.",
		func() float64 { return float64(swept.Load()) })
}

// besideFleet creates devices and sweeps as long as serve takes, and returns when both
// have ended.
func besideFleet(ctx context.Context, devices *fleet.Fleet, serve func(context.Context) error) error {
	running, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		devices.Run(running)
	}()
	err := serve(ctx)
	cancel()
	<-ended
	return err
}
