package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"aion/storage"
)

// Place is where the values of a property of a device stand: in series of a
// metric, with a profile's tag or without.
type Place struct {
	Metric   string
	Profile  string   // as the tag profile has it; empty: the property is the device's own, or unknown
	Property Property // what is known of it; unknown: its name alone
	Known    bool     // the device or its profile defines it
}

// QualifiedName is the property's name with its profile's, as Connio writes it:
// profile$property; without a profile device$property.
func (p Place) QualifiedName() string {
	if p.Profile == "" {
		return "device$" + p.Metric
	}
	return p.Profile + "$" + p.Metric
}

// Matchers are the conditions for series of p, beside those for the device. Series
// of a protocol that knows no profiles belong to every profile.
func (p Place) Matchers() []storage.Matcher {
	if p.Profile == "" {
		return nil
	}
	return []storage.Matcher{{Tag: ProfileTag, Values: []string{p.Profile}, Absent: true}}
}

// Places are the properties that a device has by its own and by its profile, its
// own first. One that both define is the device's own. Behind them is what nothing
// defines any more and stays closed, with the access type that it had.
func (l Lookup) Places(ctx context.Context, d *Device) ([]Place, error) {
	var all []Place
	for _, p := range d.Properties {
		all = append(all, Place{Metric: Metric(p.Name), Property: p, Known: true})
	}
	own := len(all)
	profile, err := l.profileOf(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, p := range profile.Properties {
		if has(all[:own], Metric(p.Name)) {
			continue
		}
		all = append(all, Place{Metric: Metric(p.Name), Profile: folded(profile.Name), Property: p, Known: true})
	}
	stay, err := l.remaining(ctx, d)
	for _, metric := range slices.Sorted(maps.Keys(stay)) {
		if !has(all, metric) {
			all = append(all, Place{Metric: metric, Property: Property{Name: metric, Access: word(stay[metric])}})
		}
	}
	return all, err
}

// has tells whether one of some places is that of a metric.
func has(all []Place, metric string) bool {
	return slices.ContainsFunc(all, func(p Place) bool { return p.Metric == metric })
}

// profileOf is the profile that a device has; one that is not there has no properties.
func (l Lookup) profileOf(ctx context.Context, d *Device) (Profile, error) {
	if d.Profile == "" {
		return Profile{}, nil
	}
	p, err := l.Profile(ctx, d.Organization, d.Profile)
	if errors.Is(err, ErrUnknown) {
		return Profile{}, nil
	}
	return p, err
}

// remaining are the levels that stay of properties of a device or an app, by metric.
func (l Lookup) remaining(ctx context.Context, d *Device) (levels, error) {
	f := l.f
	g, err := f.current(ctx, l.lately)
	if err != nil {
		return nil, err
	}
	if !g.stays {
		return nil, nil
	}
	tenant, err := f.tenant(ctx, d.Organization)
	if err != nil {
		return nil, err
	}
	k, err := f.keeping(ctx, g, tenant, d.ID)
	return merged(k.stays.All, k.stays.Bare), err
}

// Place is where the property of a device stands that a reference means: an id, a
// name in any case, or a name behind its profile's and a $. A name that nothing
// defines is that of a metric; one behind another profile's name than the one that
// defines it, and a profile that the device does not have, are UnknownErrors.
func (l Lookup) Place(ctx context.Context, d *Device, ref string) (Place, error) {
	all, err := l.Places(ctx, d)
	if err != nil {
		return Place{}, err
	}
	return Find(all, ref)
}

// Find is the one of a device's places that a reference means, as Place says.
func Find(all []Place, ref string) (Place, error) {
	profile, name, qualified := strings.Cut(ref, "$")
	if !qualified {
		profile, name = "", ref
	}
	defined := false // by another profile than the reference names
	for _, p := range all {
		switch {
		case !qualified && p.Property.ID == ref:
			return p, nil
		case p.Metric != Metric(name):
		case !qualified, folded(profile) == p.Profile, p.Profile == "" && folded(profile) == "device":
			return p, nil
		default:
			defined = true
		}
	}
	if qualified && folded(profile) != "device" || defined || name == "" {
		return Place{}, &UnknownError{"property", ref}
	}
	return Place{Metric: Metric(name), Property: Property{Name: name}}, nil
}
