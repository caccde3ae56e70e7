package fleet

import (
	"context"
	"iter"
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
	for p, err := range l.places(ctx, d) {
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

// places yields what Places answers. It reads no further than it is asked to.
func (l Lookup) places(ctx context.Context, d *Device) iter.Seq2[Place, error] {
	return func(yield func(Place, error) bool) {
		for i := range d.Properties {
			if p := &d.Properties[i]; !yield(Place{Metric: Metric(p.Name), Property: *p, Known: true}, nil) {
				return
			}
		}
		profile, err := l.profileOf(ctx, d)
		if err != nil {
			yield(Place{}, err)
			return
		}
		for i := range profile.Properties {
			p := &profile.Properties[i]
			metric := Metric(p.Name)
			if !defines(d.Properties, metric) && !yield(Place{Metric: metric, Profile: folded(profile.Name), Property: *p, Known: true}, nil) {
				return
			}
		}
		stay, err := l.remaining(ctx, d)
		for _, metric := range slices.Sorted(maps.Keys(stay)) {
			if defines(d.Properties, metric) || defines(profile.Properties, metric) {
				continue
			}
			if !yield(Place{Metric: metric, Property: Property{Name: metric, Access: word(stay[metric])}}, nil) {
				return
			}
		}
		if err != nil {
			yield(Place{}, err)
		}
	}
}

// defines tells whether one of some properties is that of a metric.
func defines(all []Property, metric string) bool {
	for i := range all {
		if Metric(all[i].Name) == metric {
			return true
		}
	}
	return false
}

// profileOf is the profile that a device has, which is only looked at: others have
// the same. One that is not there has no properties.
func (l Lookup) profileOf(ctx context.Context, d *Device) (Profile, error) {
	if d.Profile == "" {
		return Profile{}, nil
	}
	tenant, err := l.tenant(ctx, d.Organization)
	if err != nil {
		return Profile{}, err
	}
	p, _, err := l.f.profiles().peek(ctx, l, tenant, folded(d.Profile))
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

// Place is where the property of a device stands that a reference means: an id or a
// name in any case, or a name behind its profile's and a $. A name that nothing
// defines is that of a metric; one behind another profile's name than the one that
// defines it, and a profile that the device does not have, are UnknownErrors.
func (l Lookup) Place(ctx context.Context, d *Device, ref string) (Place, error) {
	s := soughtBy(ref)
	for p, err := range l.places(ctx, d) {
		if err != nil {
			return Place{}, err
		}
		if s.is(&p) {
			return p, nil
		}
	}
	return s.undefined()
}

// Find is the one of a device's places that a reference means, as Place says.
func Find(all []Place, ref string) (Place, error) {
	s := soughtBy(ref)
	for i := range all {
		if s.is(&all[i]) {
			return all[i], nil
		}
	}
	return s.undefined()
}

// sought is the property that a reference means, while it is looked for.
type sought struct {
	ref           string
	profile, name string // profile: folded; empty where the reference names none
	qualified     bool
	defined       bool   // by another profile than the reference names
	likely        *Place // whose id the reference is in another case; nil: there is none
}

// soughtBy is what a reference means.
func soughtBy(ref string) sought {
	profile, name, qualified := strings.Cut(ref, "$")
	if !qualified {
		profile, name = "", ref
	}
	return sought{ref: ref, profile: folded(profile), name: name, qualified: qualified}
}

// is tells whether a place is the one that is sought.
func (s *sought) is(p *Place) bool {
	switch {
	case !s.qualified && p.Property.ID == s.ref:
		return true
	case p.Metric != Metric(s.name):
		if !s.qualified && s.likely == nil && s.ref != "" && strings.EqualFold(p.Property.ID, s.ref) {
			likely := *p
			s.likely = &likely
		}
	case !s.qualified, s.profile == p.Profile, p.Profile == "" && s.profile == "device":
		return true
	default:
		s.defined = true
	}
	return false
}

// undefined is the place where no other one was the one that is sought, by its very
// id or by name.
func (s *sought) undefined() (Place, error) {
	if s.likely != nil {
		return *s.likely, nil
	}
	if s.qualified && s.profile != "device" || s.defined || s.name == "" {
		return Place{}, &UnknownError{"property", s.ref}
	}
	return Place{Metric: Metric(s.name), Property: Property{Name: s.name}}, nil
}
