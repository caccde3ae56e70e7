package fleet

import (
	"context"
	"fmt"
)

// keeping is what the record of a device or an app says of guarded metrics.
type keeping struct {
	own     levels // also of public ones, which count instead of the profile's
	profile string // as the tag has it
	stays   stays
}

// keeping is what the record of a device or an app says of guarded metrics.
func (f *Fleet) keeping(ctx context.Context, g *guards, tenant, id string) (keeping, error) {
	name := key(tenant, id)
	if g.changing(kindDevice, name) {
		return f.kept(ctx, g, tenant, id)
	}
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

// keepingMost is how many devices each half of what guards keep has at most.
const keepingMost = 1 << 16

// kept is keeping by the records.
func (f *Fleet) kept(ctx context.Context, g *guards, tenant, id string) (keeping, error) {
	d, err := f.described(ctx, tenant, id)
	if err != nil {
		return keeping{}, err
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
	if t := (thing{kindDevice, tenant, id}); g.stays || g.changing(t.kind, t.record()) {
		k.stays, err = f.stayed(ctx, t)
	}
	return k, err
}

// described is the device of an id, or the app as a device that has its properties.
func (f *Fleet) described(ctx context.Context, tenant, id string) (Device, error) {
	d, revision, err := f.load(ctx, tenant, id)
	if err != nil {
		return d, fmt.Errorf("find the properties of a device: %w", err)
	}
	if revision != 0 {
		return d, nil
	}
	a, _, err := f.apps().find(ctx, tenant, id)
	if err != nil {
		return d, fmt.Errorf("find the properties of an app: %w", err)
	}
	return Device{Properties: a.Properties}, nil
}

// profileLevels are the levels of a profile's properties that are not public, of
// which the profile need not be there any more.
func (f *Fleet) profileLevels(ctx context.Context, g *guards, tenant, name string) (levels, error) {
	id := key(tenant, folded(name))
	if g.changing(kindProfile, id) {
		return f.profileSays(ctx, tenant, name)
	}
	g.mu.RLock()
	found, ok := g.profiles[id]
	g.mu.RUnlock()
	if ok {
		return found, nil
	}
	found, err := f.profileSays(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.profiles) >= keepingMost {
		clear(g.profiles)
	}
	g.profiles[id] = found
	return found, nil
}

// profileSays is profileLevels by the records.
func (f *Fleet) profileSays(ctx context.Context, tenant, name string) (levels, error) {
	p, _, err := f.profiles().find(ctx, tenant, folded(name))
	if err != nil {
		return nil, fmt.Errorf("find the properties of a profile: %w", err)
	}
	s, err := f.stayed(ctx, thing{kindProfile, tenant, folded(name)})
	if err != nil {
		return nil, err
	}
	return merged(closed(p.Properties), undefined(s.All, p.Properties)), nil
}
