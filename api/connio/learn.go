package connio

import (
	"context"
	"errors"
	"slices"

	"aion/query/fleet"
	"aion/storage/points"
)

// learn has a property be of the type of its first value. Not ok: nothing can be
// of that type, or there is no room for one more property.
func (s *sheets) learn(one *sheet, v span) (ok bool, err error) {
	kind, ok := typeOf(v)
	if bounded := boundedType(one.place.Property.Boundaries); bounded != "" {
		kind = bounded
	}
	if !ok || one.place.Property.Boundaries.Sized() && kind != typeString && kind != typeObject {
		return false, nil
	}
	if _, ok := rowOf(kind, v, one.place.Property.Boundaries); !ok {
		return false, nil
	}
	learned, err := s.c.p.learn(s.c.ctx(), s.o, one.place, kind)
	invalid := new(points.InvalidError)
	switch {
	case errors.As(err, &invalid), errors.Is(err, fleet.ErrUnknown):
		return false, nil
	case err != nil:
		return false, err
	}
	one.place.Property, one.place.Known = learned, true
	return true, nil
}

// boundedType is the type of the properties that have such boundaries; empty: there
// are several, or none are bounded.
func boundedType(b *fleet.Boundaries) string {
	switch {
	case b == nil || b.Sized():
		return ""
	case b.Enum != nil:
		return typeEnum
	case b.Fenced():
		return typeWaypoint
	case b.Min != nil || b.Max != nil:
		return typeNumber
	}
	return ""
}

// learn stores the type of a property, unless somebody else has stored one, and
// answers the property as it is by then.
func (p *Protocol) learn(ctx context.Context, o *object, place fleet.Place, kind string) (fleet.Property, error) {
	same := func(x fleet.Property) bool { return fleet.Metric(x.Name) == place.Metric }
	teach := func(list *[]fleet.Property) error {
		at := slices.IndexFunc(*list, same)
		switch {
		case at >= 0 && (*list)[at].Type == "":
			(*list)[at].Type = kind
		case at < 0 && place.Known:
			return &fleet.UnknownError{Thing: "property", Ref: place.Property.Name}
		case at < 0:
			*list = append(*list, fleet.Property{Name: place.Property.Name, Type: kind, Access: place.Property.Access})
		}
		return nil
	}
	list, err := p.define(ctx, o, place.Profile, teach)
	if err != nil {
		return fleet.Property{}, err
	}
	return list[slices.IndexFunc(list, same)], nil
}

// define changes the properties of a profile or, where its name is empty, those
// that an object has by its own, and answers them.
func (p *Protocol) define(ctx context.Context, o *object, profile string, change func(*[]fleet.Property) error) ([]fleet.Property, error) {
	switch {
	case o.app:
		a, err := p.Fleet.ChangeApp(ctx, o.Organization, o.ID, func(a *fleet.App) error { return change(&a.Properties) })
		return a.Properties, err
	case profile != "":
		f, err := p.Fleet.ChangeProfile(ctx, o.Organization, profile, func(f *fleet.Profile) error { return change(&f.Properties) })
		return f.Properties, err
	}
	d, err := p.Fleet.Change(ctx, o.Organization, o.ID, func(d *fleet.Device) error { return change(&d.Properties) })
	return d.Properties, err
}
