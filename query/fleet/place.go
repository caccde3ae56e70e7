package fleet

import (
	"context"
	"errors"
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
// own first. One that both define is the device's own.
func (l Lookup) Places(ctx context.Context, d *Device) ([]Place, error) {
	var all []Place
	for _, p := range d.Properties {
		all = append(all, Place{Metric: Metric(p.Name), Property: p, Known: true})
	}
	if d.Profile == "" {
		return all, nil
	}
	profile, err := l.Profile(ctx, d.Organization, d.Profile)
	if errors.Is(err, ErrUnknown) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	own := len(all)
	for _, p := range profile.Properties {
		if slices.ContainsFunc(all[:own], func(x Place) bool { return x.Metric == Metric(p.Name) }) {
			continue
		}
		all = append(all, Place{Metric: Metric(p.Name), Profile: folded(profile.Name), Property: p, Known: true})
	}
	return all, nil
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
