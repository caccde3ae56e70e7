package fleet

import (
	"context"
	"fmt"
	"strings"
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

	mu             sync.RWMutex
	recent, before map[string]keeping // by the key of a device or an app
	profiles       map[string]levels  // by the key of a profile
}

// levels are what may be done with the series of metrics.
type levels map[string]storage.Access

// keeping is what the record of a device or an app says of guarded metrics.
type keeping struct {
	own     levels // also of public ones, which count instead of the profile's
	profile string // as the tag has it
}

// keepingMost is how many devices each half of what guards keep has at most.
const keepingMost = 1 << 16

// levelOf is what a property's access type means to whoever is not its device.
func levelOf(p *Property) storage.Access {
	switch strings.ToLower(p.Access) {
	case "private":
		return storage.Private
	case "protected":
		return storage.Protected
	}
	return storage.Open
}

// closed are the levels of those of some properties that are not public.
func closed(list []Property) levels {
	var found levels
	for i := range list {
		if level := levelOf(&list[i]); level != storage.Open {
			if found == nil {
				found = levels{}
			}
			found[Metric(list[i].Name)] = level
		}
	}
	return found
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
	if tag != "" || device.profile == "" {
		return level, nil // one of another profile is as that one says
	}
	said, err := f.profileLevels(ctx, g, tenant, device.profile)
	return max(level, said[metric]), err
}

// keeping is what the record of a device or an app says of guarded metrics.
func (f *Fleet) keeping(ctx context.Context, g *guards, tenant, id string) (keeping, error) {
	name := key(tenant, id)
	g.mu.RLock()
	k, ok := g.recent[name]
	old := !ok
	if old {
		k, ok = g.before[name]
	}
	g.mu.RUnlock()
	if !ok {
		var err error
		if k, err = f.kept(ctx, g, tenant, id); err != nil {
			return k, err
		}
	}
	if old {
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(g.recent) >= keepingMost {
			g.before, g.recent = g.recent, map[string]keeping{}
		}
		g.recent[name] = k
	}
	return k, nil
}

// kept is keeping by the records.
func (f *Fleet) kept(ctx context.Context, g *guards, tenant, id string) (keeping, error) {
	d, revision, err := f.load(ctx, tenant, id)
	if err != nil {
		return keeping{}, fmt.Errorf("find the properties of a device: %w", err)
	}
	if revision == 0 {
		a, _, err := f.apps().find(ctx, tenant, id)
		if err != nil {
			return keeping{}, fmt.Errorf("find the properties of an app: %w", err)
		}
		d = Device{Properties: a.Properties}
	}
	k := keeping{profile: folded(d.Profile)}
	for i := range d.Properties {
		p := &d.Properties[i]
		if metric := Metric(p.Name); g.metrics[tenant][metric] {
			if k.own == nil {
				k.own = levels{}
			}
			k.own[metric] = levelOf(p)
		}
	}
	return k, nil
}

// profileLevels are the levels of a profile's properties that are not public; of one
// that is not there, none.
func (f *Fleet) profileLevels(ctx context.Context, g *guards, tenant, name string) (levels, error) {
	id := key(tenant, folded(name))
	g.mu.RLock()
	found, ok := g.profiles[id]
	g.mu.RUnlock()
	if ok {
		return found, nil
	}
	p, _, err := f.profiles().find(ctx, tenant, folded(name))
	if err != nil {
		return nil, fmt.Errorf("find the properties of a profile: %w", err)
	}
	found = closed(p.Properties)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.profiles) >= keepingMost {
		clear(g.profiles)
	}
	g.profiles[id] = found
	return found, nil
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
	g := &guards{
		revision: r.Revision, tenancy: t, metrics: map[string]map[string]bool{},
		recent: map[string]keeping{}, profiles: map[string]levels{},
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
	f.guards.Store(g)
	return g, nil
}
