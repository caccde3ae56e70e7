package admin

import (
	"slices"

	"aion/api/access"
	"aion/query/fleet"
)

// What is private of points is so of their definitions: whoever is not shown the
// points is not shown that there is such a property either.

// shown are those of some properties that somebody may know of; own says that they
// are those of what has his key.
func shown(by *access.Principal, list []fleet.Property, own bool) []fleet.Property {
	if own || !by.Confined() {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(p fleet.Property) bool { return p.Private() })
}

// owner is what a key of somebody belongs to; empty: he has none, or it is nobody's.
func owner(by *access.Principal) string {
	if by == nil || by.Kind != access.Key {
		return ""
	}
	return by.Owner
}

// deviceShown is a device as it is answered to somebody.
func deviceShown(by *access.Principal, d fleet.Device) deviceAnswer {
	d.Properties = shown(by, d.Properties, d.Owned(owner(by)))
	return deviceAnswered(d)
}

// profileShown is a profile as somebody may know it.
func profileShown(by *access.Principal, p fleet.Profile) fleet.Profile {
	p.Properties = shown(by, p.Properties, false)
	return p
}

// appShown is an app as somebody may know it.
func appShown(by *access.Principal, a fleet.App) fleet.App {
	a.Properties = shown(by, a.Properties, a.ID == owner(by))
	return a
}
