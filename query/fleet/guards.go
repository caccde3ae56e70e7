package fleet

import (
	"context"
	"fmt"
	"sync"

	"aion/storage"
)

// guards are the metrics that properties which are not public have, and what was
// found out about single devices, as of a revision of the record that is changed
// with every such property.
type guards struct {
	revision int64
	tenancy  Tenancy
	metrics  map[string]map[string]bool // of each tenant
	stays    bool                       // there is something that stays of properties
	begun    []begun                    // changes that may be under way
	hot      map[thing]bool             // the things of these, by their records' ids, of which nothing is kept

	mu             sync.RWMutex
	recent, before map[string]keeping // by the key of a device or an app
	profiles       map[string]levels  // by the key of a profile
}

// owner is the tenant whose series those with a value of the organization tag are.
func (g *guards) owner(organization string) string {
	if !g.tenancy.Several || organization == g.tenancy.Home {
		return ""
	}
	return organization
}

// level is what may be done with series of a metric of a device that have a tag for
// their profile, or an empty one: a profile's own are as the profile says, and those
// that stand at the device's property as that says.
func (f *Fleet) level(ctx context.Context, g *guards, tenant, id, metric, tag string) (storage.Access, error) {
	level := storage.Open
	if tag != "" {
		said, err := f.profileLevels(ctx, g, tenant, tag)
		if err != nil {
			return storage.Private, err
		}
		level = said[metric]
	}
	device, err := f.keeping(ctx, g, tenant, id)
	if err != nil {
		return storage.Private, err
	}
	if own, ok := device.own[metric]; ok {
		return max(level, own), nil
	}
	if level = max(level, device.stays.All[metric]); tag != "" {
		return level, nil // one of another profile is as that one says
	}
	if level = max(level, device.stays.Bare[metric]); device.profile == "" {
		return level, nil
	}
	said, err := f.profileLevels(ctx, g, tenant, device.profile)
	return max(level, said[metric]), err
}

// changing tells whether a thing, by the id of its record, may be about to guard
// something else.
func (g *guards) changing(kind, record string) bool {
	return g != nil && g.hot[thing{kind: kind, id: record}]
}

// guarding are the guards as the records are now.
func (f *Fleet) guarding(ctx context.Context) (*guards, error) {
	f.guard.Lock()
	defer f.guard.Unlock()
	t, err := f.c.Tenancy(ctx)
	if err != nil {
		return nil, err
	}
	r, err := f.c.Catalog.Record(ctx, kindGuarding, "1")
	if err == nil && r.Revision == 0 {
		if err = f.guardAll(ctx); err == nil {
			r, err = f.c.Catalog.Record(ctx, kindGuarding, "1")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("find the guarded properties: %w", err)
	}
	if was := f.guards.Load(); was != nil && was.revision == r.Revision && was.tenancy == t {
		return was, nil
	}
	g, err := f.asOf(ctx, r, t)
	if err == nil {
		f.guards.Store(g)
	}
	return g, err
}

// current are the guards as the records are, also where nobody asks here to whom
// access types apply, for whom they are looked up; known: those that are known are
// enough. Nobody waits here for somebody who asks, too, unless they have changed.
func (f *Fleet) current(ctx context.Context, known bool) (*guards, error) {
	g := f.guards.Load()
	if g != nil && known {
		return g, nil
	}
	r, err := f.c.Catalog.Record(ctx, kindGuarding, "1")
	if err != nil {
		return nil, fmt.Errorf("find the guarded properties: %w", err)
	}
	if g == nil || g.revision != r.Revision {
		return f.guarding(ctx)
	}
	return g, nil
}

// asOf are the guards as of a revision of the record of changes.
func (f *Fleet) asOf(ctx context.Context, r storage.Record, t Tenancy) (*guards, error) {
	g := &guards{
		revision: r.Revision, tenancy: t, metrics: map[string]map[string]bool{}, begun: parsePassing(r.Value).Begun, hot: map[thing]bool{},
		recent: map[string]keeping{}, profiles: map[string]levels{},
	}
	for _, b := range g.begun {
		g.hot[thing{kind: b.Kind, id: b.ID}] = true
	}
	for _, kind := range []string{kindDeviceStays, kindProfileStays} {
		some, err := f.c.Catalog.List(ctx, kind, "", "", 1)
		if err != nil {
			return nil, fmt.Errorf("find what stays of properties: %w", err)
		}
		g.stays = g.stays || len(some) != 0
	}
	for r, err := range f.c.Catalog.All(ctx, kindGuarded, "") {
		if err != nil {
			return nil, fmt.Errorf("list the guarded properties: %w", err)
		}
		tenant, metric := split(r.ID)
		if g.metrics[tenant] == nil {
			g.metrics[tenant] = map[string]bool{}
		}
		g.metrics[tenant][metric] = true
	}
	return g, nil
}
