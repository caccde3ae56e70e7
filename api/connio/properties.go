package connio

import (
	"errors"
	"net/http"
	"slices"

	"aion/query/fleet"
)

// properties are the calls about properties of profiles by their own ids.
func properties() []route {
	return []route{
		{http.MethodGet, "properties", readProfile, whole((*call).listOwned)},
		{http.MethodPost, "properties", changeProfile, whole((*call).createOwned)},
		{http.MethodGet, "properties/{property}", readProfile, onOwner((*call).showDefinition)},
		{http.MethodPut, "properties/{property}", changeProfile, onOwner((*call).changeDefinition)},
		{http.MethodDelete, "properties/{property}", changeProfile, whole(deletion(onOwner((*call).deleteDefinition)))},
	}
}

// onOwner is something that is done with the profile that has the property of the
// path, whose id that is.
func onOwner(serve func(*call, *fleet.Profile) error) func(*call) error {
	return whole(func(c *call) error {
		ref := c.value("property")
		var likely *fleet.Profile // whose property has the id in another case
		for p, err := range c.profiles() {
			if err != nil {
				return err
			}
			shown := c.shown(p)
			if slices.ContainsFunc(shown.Properties, func(x fleet.Property) bool { return x.ID == ref }) {
				return refused(serve(c, &shown))
			}
			if likely == nil && slices.ContainsFunc(shown.Properties, func(x fleet.Property) bool { return sameID(x.ID, ref) }) {
				likely = &shown
			}
		}
		if likely == nil {
			return missing("property", ref)
		}
		return refused(serve(c, likely))
	})
}

// shown is a profile without the properties that who asks may not know of.
func (c *call) shown(p *fleet.Profile) fleet.Profile {
	shown := *p
	if c.asker.Confined() {
		shown.Properties = slices.DeleteFunc(slices.Clone(p.Properties), func(x fleet.Property) bool { return x.Private() })
	}
	return shown
}

// listOwned lists the properties of all profiles, or of the one that is named their
// owner.
func (c *call) listOwned() error {
	if ref := c.QueryParam("ownerId"); ref != "" {
		p, err := c.profileOf(ref)
		if err != nil {
			return refused(err)
		}
		p = c.shown(&p)
		return c.listDefinitions(&p)
	}
	return listed(c, func(yield func(propertyView, error) bool) {
		for p, err := range c.profiles() {
			if err != nil {
				yield(propertyView{}, err)
				return
			}
			shown := c.shown(p)
			for i := range shown.Properties {
				if !yield(c.definition(&shown, i), nil) {
					return
				}
			}
		}
	})
}

// createOwned adds a property to the profile that the body, or a parameter, names its
// owner.
func (c *call) createOwned() error {
	m, err := c.said()
	if err != nil {
		return err
	}
	ref, err := m.text("ownerId")
	if err != nil {
		return err
	}
	if ref == "" {
		ref = c.QueryParam("ownerId")
	}
	if ref == "" {
		return bad("ownerId: it is missing")
	}
	p, err := c.profileOf(ref)
	if errors.Is(err, fleet.ErrUnknown) {
		return bad("ownerId: there is no profile %q", shortened(ref))
	}
	if err == nil {
		err = c.addDefinition(&p, m)
	}
	return refused(err)
}
