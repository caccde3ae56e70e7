package connio

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"

	"aion/api/access"
	"aion/query/fleet"
)

// The scopes of profiles of devices.
const (
	readProfile   access.Scope = "deviceprofile:read"
	createProfile access.Scope = "deviceprofile:create"
	changeProfile access.Scope = "deviceprofile:modify"
	deleteProfile access.Scope = "deviceprofile:delete"
)

// profileView is a profile as it is shown.
type profileView struct {
	ID           string `json:"id"`
	AccountID    string `json:"accountId"`
	Name         string `json:"name"`
	FriendlyName string `json:"friendlyName"`
	Locked       bool   `json:"locked"`
	Created      string `json:"dateCreated"`
	Modified     string `json:"dateModified"`
}

// profiles are the calls about profiles and their properties.
func profiles() []route {
	const one, all = "deviceprofiles/{profile}", "deviceprofiles/{profile}/properties"
	return []route{
		{http.MethodGet, "deviceprofiles", readProfile, whole((*call).listProfiles)},
		{http.MethodPost, "deviceprofiles", createProfile, whole((*call).createProfile)},
		{http.MethodGet, one, readProfile, onProfile((*call).showProfile)},
		{http.MethodPut, one, changeProfile, onProfile((*call).changeProfile)},
		{http.MethodDelete, one, deleteProfile, whole(deletion(onProfile((*call).deleteProfile)))},
		{http.MethodGet, all, readProfile, onProfile((*call).listDefinitions)},
		{http.MethodPost, all, changeProfile, onProfile((*call).createDefinition)},
		{http.MethodGet, all + "/{property}", readProfile, onProfile((*call).showDefinition)},
		{http.MethodPut, all + "/{property}", changeProfile, onProfile((*call).changeDefinition)},
		{http.MethodDelete, all + "/{property}", changeProfile, whole(deletion(onProfile((*call).deleteDefinition)))},
	}
}

// onProfile is something that is done with the profile of the path, whose private
// properties are not there for whom the access types of properties apply to.
func onProfile(serve func(*call, *fleet.Profile) error) func(*call) error {
	return whole(func(c *call) error {
		p, err := c.profileOf(c.value("profile"))
		if err == nil {
			p = c.shown(&p)
			err = serve(c, &p)
		}
		return refused(err)
	})
}

// profileID is the id of a profile.
func profileID(organization, name string) string {
	return madeID("dpf", organization, strings.ToLower(name))
}

// profileOf is the profile that a reference means: its name in any case, or its
// id.
func (c *call) profileOf(ref string) (fleet.Profile, error) {
	p, err := c.p.Fleet.Profile(c.ctx(), c.asker.Organization, ref)
	if !errors.Is(err, fleet.ErrUnknown) || !entityID("dpf", strings.ToLower(ref)) {
		return p, err
	}
	for p, err := range c.profiles() {
		if err != nil {
			return fleet.Profile{}, err
		}
		if sameID(profileID(p.Organization, p.Name), ref) {
			return *p, nil
		}
	}
	return p, err
}

// profiles are the profiles of the account, by name.
func (c *call) profiles() iter.Seq2[*fleet.Profile, error] {
	return paged(func(p *fleet.Profile) string { return p.Name }, func(after string, limit int) ([]fleet.Profile, error) {
		return c.p.Fleet.Profiles(c.ctx(), c.asker.Organization, "", after, limit)
	})
}

// profileView is a profile as it is shown.
func (c *call) profileView(p *fleet.Profile) profileView {
	return profileView{
		ID: profileID(p.Organization, p.Name), AccountID: c.account(), Name: p.Name, FriendlyName: p.Name,
		Created: date(p.Created), Modified: date(p.Modified),
	}
}

// listProfiles lists the profiles of the account.
func (c *call) listProfiles() error {
	return listed(c, func(yield func(profileView, error) bool) {
		for p, err := range c.profiles() {
			if err != nil {
				yield(profileView{}, err)
				return
			}
			if !yield(c.profileView(p), nil) {
				return
			}
		}
	})
}

// showProfile shows the profile of the path.
func (c *call) showProfile(p *fleet.Profile) error { return c.tell(c.profileView(p)) }

// createProfile makes a profile, with properties where the body has some.
func (c *call) createProfile() error {
	m, err := c.said()
	if err != nil {
		return err
	}
	p := fleet.Profile{}
	if p.Name, err = m.text("name"); err != nil {
		return err
	}
	at, items, err := m.list("properties")
	if err != nil {
		return err
	}
	for i, raw := range items {
		one, err := membersOf(raw, at+placeOf(i))
		if err != nil {
			return err
		}
		var x fleet.Property
		if err := one.define(&x); err != nil {
			return err
		}
		p.Properties = append(p.Properties, x)
	}
	if err := c.keptClosed(p.Name, p.Properties...); err != nil {
		return err
	}
	made, err := c.p.Fleet.CreateProfile(c.ctx(), c.asker.Organization, p)
	if err != nil {
		return refused(err)
	}
	return c.noted("profile.create", made.Name, c.profileView(&made))
}

// changeProfile changes the profile of the path, whose name stays: it is in the
// tags of what was written.
func (c *call) changeProfile(p *fleet.Profile) error {
	m, err := c.said()
	if err != nil {
		return err
	}
	name, err := m.text("name")
	if err != nil {
		return err
	}
	if name != "" && !strings.EqualFold(name, p.Name) {
		return bad("name: the name of a profile stays")
	}
	return c.tell(c.profileView(p))
}

// deleteProfile takes the profile of the path away, unless devices have it.
func (c *call) deleteProfile(p *fleet.Profile) error {
	if err := c.p.Fleet.DeleteProfile(c.ctx(), p.Organization, p.Name); err != nil {
		return err
	}
	if err := c.p.Access.Audit.Note(c.ctx(), "profile.delete", p.Organization, p.Name); err != nil {
		return err
	}
	return c.deleted(1)
}

// listDefinitions lists the properties of the profile of the path.
func (c *call) listDefinitions(p *fleet.Profile) error {
	return listed(c, func(yield func(propertyView, error) bool) {
		for i := range p.Properties {
			if !yield(c.definition(p, i), nil) {
				return
			}
		}
	})
}

// definition is a property of a profile as it is shown.
func (c *call) definition(p *fleet.Profile, i int) propertyView {
	place := fleet.Place{Metric: fleet.Metric(p.Properties[i].Name), Profile: strings.ToLower(p.Name), Property: p.Properties[i]}
	return c.propertyView(&place, profileID(p.Organization, p.Name), date(p.Created), date(p.Modified))
}

// defined is where the property of the path stands among those of a profile.
func (c *call) defined(p *fleet.Profile) (int, error) { return definedAs(p, c.value("property")) }

// definedAs is where the property that a reference means stands among those of a
// profile.
func definedAs(p *fleet.Profile, ref string) (int, error) {
	profile, name, qualified := strings.Cut(ref, "$")
	if !qualified {
		profile, name = p.Name, ref
	}
	i := slices.IndexFunc(p.Properties, func(x fleet.Property) bool { return x.ID == ref })
	if i < 0 && strings.EqualFold(profile, p.Name) {
		i = slices.IndexFunc(p.Properties, func(x fleet.Property) bool { return fleet.Metric(x.Name) == fleet.Metric(name) })
	}
	if i < 0 {
		i = slices.IndexFunc(p.Properties, func(x fleet.Property) bool { return sameID(x.ID, ref) })
	}
	if i < 0 {
		return i, missing("property", ref)
	}
	return i, nil
}

// showDefinition shows the property of the path.
func (c *call) showDefinition(p *fleet.Profile) error {
	i, err := c.defined(p)
	if err != nil {
		return err
	}
	return c.tell(c.definition(p, i))
}

// createDefinition adds a property to the profile of the path.
func (c *call) createDefinition(p *fleet.Profile) error {
	m, err := c.said()
	if err != nil {
		return err
	}
	return c.addDefinition(p, m)
}

// addDefinition adds the property to a profile that the members of an object define.
func (c *call) addDefinition(p *fleet.Profile, m members) error {
	var x fleet.Property
	if err := m.define(&x); err != nil {
		return err
	}
	if err := x.Check(); err != nil {
		return refused(err)
	}
	if err := c.keptClosed(p.Name, x); err != nil {
		return err
	}
	return c.redefine(c.ctx(), p, x.Name, func(p *fleet.Profile) error {
		same := func(old fleet.Property) bool { return fleet.Metric(old.Name) == fleet.Metric(x.Name) }
		if slices.ContainsFunc(p.Properties, same) {
			return &Fault{http.StatusConflict, "name: there is a property called so already"}
		}
		p.Properties = append(p.Properties, x)
		return nil
	})
}

// changeDefinition changes what the body names of the property of the path.
func (c *call) changeDefinition(p *fleet.Profile) error {
	if _, err := c.defined(p); err != nil {
		return err
	}
	m, err := c.said()
	if err != nil {
		return err
	}
	name := ""
	return c.redefine(c.ctx(), p, "", func(p *fleet.Profile) error {
		i, err := c.defined(p)
		if err != nil {
			return err
		}
		was := p.Properties[i]
		name = was.Name
		if err := m.define(&p.Properties[i]); err != nil {
			return err
		}
		if c.asker.Confined() && !public(&was) && public(&p.Properties[i]) {
			return denied("the property is not public, which is the account's to change")
		}
		if fleet.Metric(p.Properties[i].Name) != fleet.Metric(name) {
			return bad("name: the name of a property stays")
		}
		return refused(p.Properties[i].Check())
	})
}

// redefine changes a profile and answers one of its properties: the one of a name,
// or the one of the path.
func (c *call) redefine(ctx context.Context, p *fleet.Profile, name string, change func(*fleet.Profile) error) error {
	changed, err := c.p.Fleet.ChangeProfile(ctx, p.Organization, p.Name, change)
	if err != nil {
		return err
	}
	if name == "" {
		name = c.value("property")
	}
	i, err := definedAs(&changed, name)
	if err != nil {
		return err
	}
	return c.noted("profile.change", changed.Name, c.definition(&changed, i))
}

// deleteDefinition takes the property of the path away. Its points stay.
func (c *call) deleteDefinition(p *fleet.Profile) error {
	if _, err := c.defined(p); err != nil {
		return err
	}
	changed, err := c.p.Fleet.ChangeProfile(c.ctx(), p.Organization, p.Name, func(p *fleet.Profile) error {
		i, err := c.defined(p)
		if err == nil {
			p.Properties = slices.Delete(p.Properties, i, i+1)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.noted("profile.change", changed.Name, map[string]int{"nrOfItems": 1})
}
