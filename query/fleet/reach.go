package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Reach is what a context comes to: the values that the device tag may have for
// whoever may work on these things, device or app, of an organization. A device
// is named by its id, an alias or an identifier, an app by its id. What no device
// is called by yet stands for itself; an app that is not there comes to nothing. Whoever keeps the answer asks again when
// Config.Changed was called.
func (f *Fleet) Reach(ctx context.Context, organization, kind string, ids []string) ([]string, error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return nil, err
	}
	var list []string
	switch kind {
	case "device":
		list, err = f.ids(ctx, tenant, ids)
	case "app":
		list, err = f.reachApps(ctx, tenant, ids)
	default:
		return nil, fmt.Errorf("got a context of type %q, want device or app", kind)
	}
	if err != nil {
		return nil, err
	}
	return slices.Compact(slices.Sorted(slices.Values(list))), nil
}

// ids are the ids of devices that are named by ids, aliases or identifiers.
func (f *Fleet) ids(ctx context.Context, tenant string, refs []string) ([]string, error) {
	list := make([]string, len(refs))
	for i, ref := range refs {
		d, err := f.resolve(ctx, tenant, ref, Manner{Unnamed: true})
		switch {
		case errors.Is(err, ErrUnknown):
			list[i] = ref
		case err != nil:
			return nil, err
		default:
			list[i] = d.ID
		}
	}
	return list, nil
}

// reachApps are the ids of apps, for their own properties, and of the devices in
// them. An id that a device has is not the app's.
func (f *Fleet) reachApps(ctx context.Context, tenant string, ids []string) ([]string, error) {
	var list []string
	for _, id := range ids {
		app, revision, err := f.apps().find(ctx, tenant, id)
		if err != nil {
			return nil, err
		}
		if revision == 0 {
			continue
		}
		devices, err := f.ids(ctx, tenant, app.Devices)
		if err != nil {
			return nil, err
		}
		list = append(list, devices...)
		_, revision, err = f.load(ctx, tenant, id)
		if err != nil {
			return nil, err
		}
		if revision == 0 {
			list = append(list, id)
		}
	}
	return list, nil
}
