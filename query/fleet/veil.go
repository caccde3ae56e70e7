package fleet

import (
	"context"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// Viewer is somebody to whom the access types of properties apply.
type Viewer struct {
	Organization string
	Everywhere   bool     // he sees all organizations
	Owner        string   // whose key he has, the device's or the app's, if it is one's
	Devices      []string // that he works on alone, as the device tag has them; nil: all
}

// Veil is what a viewer does not see, and must not change, of the series that he may
// reach: those of private properties not at all, those of protected ones he only
// reads. Of the device or the app whose own key he has he may everything. Series that
// carry the tag of a profile are as the profile has their property; others, and those
// of the device's own profile, as the device has it. What it knows of the devices
// that he works on alone costs no reading from the store, nor does what was asked of
// others before, until something changes; then it is as the records are within a
// second.
func (f *Fleet) Veil(ctx context.Context, v Viewer) (storage.Veil, error) {
	tenant, err := f.tenant(ctx, v.Organization)
	if err != nil {
		return nil, err
	}
	g, err := f.guarding(ctx)
	if err != nil {
		return nil, err
	}
	made := &veil{f: f, tenant: tenant, everywhere: v.Everywhere}
	if v.Owner != "" {
		if made.own, err = f.ownedBy(ctx, tenant, v.Owner); err != nil {
			return nil, err
		}
	}
	if len(g.metrics[tenant]) == 0 {
		return made, nil
	}
	for _, id := range v.Devices {
		k, err := f.keeping(ctx, g, tenant, id)
		if err == nil && k.profile != "" {
			_, err = f.profileLevels(ctx, g, tenant, k.profile)
		}
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

// ownedBy is the id of the device or the app that the owner of a key is. Identifiers
// that users have given a device name no owner.
func (f *Fleet) ownedBy(ctx context.Context, tenant, owner string) (string, error) {
	_, revision, err := f.load(ctx, tenant, owner)
	if err != nil || revision != 0 {
		return owner, err
	}
	d, ok, err := f.owner(ctx, tenant, owner)
	if err != nil || !ok || d.Given(owner) {
		return owner, err
	}
	return d.ID, nil
}

// Owned tells whether a key with that owner is the device's own.
func (d *Device) Owned(owner string) bool {
	i := d.Identifiers()
	called := owner != "" && (slices.Contains([]string{i.Digits, i.Hex, i.UUID}, owner) || slices.Contains(d.Aliases, owner))
	return owner == d.ID || called && !d.Given(owner)
}

// Given tells whether users have given the device a text as one of its identifiers:
// as one of Connio's customIds, or as what Yggio keeps in an attribute. Such a text
// names no owner of keys, or whoever may change a device could make it of anybody's
// key.
func (d *Device) Given(text string) bool {
	custom, _ := d.Attributes["customIds"].(map[string]any)
	for _, all := range []map[string]any{d.Attributes, custom} {
		for _, value := range all {
			if value == any(text) {
				return true
			}
		}
	}
	return false
}

// veil is the Veil of a viewer.
type veil struct {
	f           *Fleet
	tenant, own string
	everywhere  bool
}

// Any tells whether anything is guarded in the viewer's organization.
func (v *veil) Any() bool {
	g := v.f.guards.Load()
	if g == nil || !v.everywhere {
		return g != nil && len(g.metrics[v.tenant]) != 0
	}
	return len(g.metrics) != 0
}

// Covers tells whether there is a guarded property of that name.
func (v *veil) Covers(metric string) bool {
	g := v.f.guards.Load()
	if g == nil || !v.everywhere {
		return g != nil && g.metrics[v.tenant][metric]
	}
	for _, of := range g.metrics {
		if of[metric] {
			return true
		}
	}
	return false
}

// Access is what the viewer may do with a series.
func (v *veil) Access(ctx context.Context, k *points.Key) (storage.Access, error) {
	g := v.f.guards.Load()
	id, ok := k.Tags.Value(v.f.c.DeviceTag)
	if !ok || g == nil {
		return storage.Open, nil
	}
	organization, _ := k.Tags.Value(v.f.c.OrganizationTag)
	tenant := g.owner(organization)
	if id == v.own && tenant == v.tenant || !g.metrics[tenant][k.Metric] {
		return storage.Open, nil
	}
	profile, _ := k.Tags.Value(ProfileTag)
	return v.f.level(ctx, g, tenant, id, k.Metric, profile)
}

// Tags are those of the device, of its organization and of a property's profile.
func (v *veil) Tags() []string {
	return []string{v.f.c.DeviceTag, v.f.c.OrganizationTag, ProfileTag}
}
