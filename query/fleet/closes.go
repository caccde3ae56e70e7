package fleet

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"aion/storage"
)

// Closes tells whether a device keeps anything from those to whom the access types of
// properties apply: by properties of its own or of its profile that are not public,
// or as ClosesPoints does.
func (f *Fleet) Closes(ctx context.Context, organization, id string) (bool, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return false, err
	}
	d, err := f.described(ctx, tenant, id)
	if err != nil || len(closed(d.Properties)) != 0 {
		return err == nil, err
	}
	if d.Profile != "" {
		said, err := f.profileSays(ctx, tenant, d.Profile)
		if err != nil || len(said) != 0 {
			return err == nil, err
		}
	}
	return f.ClosesPoints(ctx, organization, id)
}

// ClosesPoints tells whether there are series of a device, which need not be there,
// that are kept from those to whom the access types of properties apply, or that they
// only read.
func (f *Fleet) ClosesPoints(ctx context.Context, organization, id string) (bool, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return false, err
	}
	g, err := f.guarding(ctx)
	if err != nil || len(g.metrics[tenant]) == 0 {
		return false, err
	}
	sel, err := f.Selection(ctx, organization, id)
	if err != nil {
		return false, err
	}
	sel.Metrics = slices.Sorted(maps.Keys(g.metrics[tenant]))
	for s, err := range f.c.Store.Select(ctx, sel) {
		if err != nil {
			return false, fmt.Errorf("look for what a device keeps from others: %w", err)
		}
		k := s.Key()
		profile, _ := k.Tags.Value(ProfileTag)
		if level, err := f.level(ctx, g, tenant, id, k.Metric, profile); err != nil || level != storage.Open {
			return err == nil, err
		}
	}
	return false, nil
}
