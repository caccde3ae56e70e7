package connio

import (
	"strings"

	"aion/query/fleet"
)

// propertyView is a property as it is shown: as a profile defines it, or as a
// device has it.
type propertyView struct {
	ID            string            `json:"id"`
	AccountID     string            `json:"accountId"`
	OwnerID       string            `json:"ownerId"`
	Name          string            `json:"name"`
	FriendlyName  string            `json:"friendlyName"`
	QualifiedName string            `json:"qualifiedName"`
	Type          string            `json:"type,omitempty"` // none before the first value
	Access        string            `json:"access"`
	Publish       string            `json:"publish"`
	Boundaries    *fleet.Boundaries `json:"boundaries,omitempty"`
	Retention     fleet.Retention   `json:"retention"`
	Inherited     bool              `json:"inherited"`
	Locked        bool              `json:"locked"`
	Created       string            `json:"dateCreated,omitempty"`
	Modified      string            `json:"dateModified,omitempty"`
}

// propertyView is a property of an owner as it is shown.
func (c *call) propertyView(p *fleet.Place, owner, created, modified string) propertyView {
	v := propertyView{
		ID: p.Property.ID, AccountID: c.account(), OwnerID: owner, Name: p.Property.Name, FriendlyName: p.Property.Name,
		QualifiedName: p.QualifiedName(), Type: p.Property.Type, Access: p.Property.Access, Publish: "never",
		Boundaries: p.Property.Boundaries, Created: created, Modified: modified,
	}
	if p.Property.Retention != nil {
		v.Retention = *p.Property.Retention
	}
	if v.Retention.Type == "" {
		v.Retention.Type = "historical"
	}
	if v.Retention.Type != mostRecent {
		if v.Retention.Lifetime == "" {
			v.Retention.Lifetime = "unlimited"
		}
		if v.Retention.Condition == nil {
			v.Retention.Condition = &fleet.Condition{When: "always"}
		}
	}
	return v
}

// listProperties lists the properties that a device, or an app, has, but not the
// private ones for whom the access types of properties apply to, unless it is itself.
func (c *call) listProperties(o *object) error {
	places, err := c.p.Fleet.Places(c.ctx(), &o.Device)
	if err != nil {
		return err
	}
	return listed(c, func(yield func(propertyView, error) bool) {
		for i := range places {
			owner := o.name()
			if profile := places[i].Profile; profile != "" {
				owner = profileID(o.Organization, profile)
			}
			if !places[i].Known || !o.mayRead(&places[i].Property) && c.asker.Confined() {
				continue
			}
			if !yield(c.propertyView(&places[i], owner, "", ""), nil) {
				return
			}
		}
	})
}

// define has a property say what the members of an object say. One that is null is
// unset.
func (m members) define(p *fleet.Property) error {
	for name, into := range map[string]*string{"name": &p.Name, "type": &p.Type, "access": &p.Access} {
		text, err := m.text(name)
		if err != nil {
			return err
		}
		if m.mentioned(name) {
			*into = text
		}
	}
	if kind := strings.ToLower(p.Type); kind == "blob" || kind == "file" {
		return bad("%stype: values of the type %s are not kept here", m.at, kind)
	}
	if m.mentioned("boundaries") {
		if err := m.bound(p); err != nil {
			return err
		}
	}
	if m.mentioned("retention") {
		if err := m.retain(p); err != nil {
			return err
		}
	}
	if m.mentioned("retention") || m.mentioned("type") {
		return m.agree(p)
	}
	return nil
}

// agree checks that a property's rule is one for its type, if it has one.
func (m members) agree(p *fleet.Property) error {
	r := p.Retention
	if r == nil || r.Condition == nil || r.Condition.When != "changedx" || p.Type == "" || strings.EqualFold(p.Type, typeNumber) {
		return nil
	}
	return bad("%sretention.condition.when: changedx is for numbers, and the property's type is %s", m.at, shortened(p.Type))
}

// bound has a property have the boundaries that an object names.
func (m members) bound(p *fleet.Property) error {
	at, raw := m.find("boundaries")
	if p.Boundaries = nil; raw == nil {
		return nil
	}
	b, err := membersOf(raw, at)
	if err != nil {
		return err
	}
	p.Boundaries = &fleet.Boundaries{}
	for name, into := range map[string]**float64{
		"min": &p.Boundaries.Min, "max": &p.Boundaries.Max,
		"lat": &p.Boundaries.Lat, "lon": &p.Boundaries.Lon, "radius": &p.Boundaries.Radius,
	} {
		v, there, err := b.number(name)
		if err != nil {
			return err
		}
		if there {
			*into = &v
		}
	}
	if p.Boundaries.Size, _, err = b.whole("size", 1); err != nil {
		return err
	}
	if inside, err := b.flag("inside"); err != nil {
		return err
	} else if b.has("inside") {
		p.Boundaries.Inside = &inside
	}
	return b.enumerate(p.Boundaries)
}

// enumerate has boundaries have the set that an object names, in enum or by itself.
func (m members) enumerate(b *fleet.Boundaries) error {
	at, raw := m.find("enum")
	if raw == nil && !m.has("set") {
		return nil
	}
	if raw != nil {
		var err error
		if m, err = membersOf(raw, at); err != nil {
			return err
		}
	}
	at, items, err := m.list("set")
	if err != nil {
		return err
	}
	b.Enum = &fleet.Items{Set: []any{}}
	for i, item := range items {
		if text, ok := textOf(item); ok {
			b.Enum.Set = append(b.Enum.Set, text)
		} else if v, ok := numberOf(item); ok {
			b.Enum.Set = append(b.Enum.Set, v)
		} else {
			return bad("%s%s: got %s, want a text or a number", at, placeOf(i), shown(item))
		}
	}
	return nil
}

// retain has a property have the rule that an object names. What it leaves out
// bounds nothing.
func (m members) retain(p *fleet.Property) error {
	at, raw := m.find("retention")
	if p.Retention = nil; raw == nil {
		return nil
	}
	of, err := membersOf(raw, at)
	if err != nil {
		return err
	}
	r := &fleet.Retention{}
	if r.Type, err = of.text("type"); err != nil {
		return err
	}
	if r.Lifetime, err = of.text("lifetime"); err != nil {
		return err
	}
	if r.Capacity, _, err = of.whole("capacity", 0); err != nil {
		return err
	}
	r.Condition, err = of.condition()
	p.Retention = r
	return err
}

// condition is the condition that an object names. nil: there is none.
func (m members) condition() (*fleet.Condition, error) {
	at, raw := m.find("condition")
	if raw == nil {
		return nil, nil
	}
	of, err := membersOf(raw, at)
	if err != nil {
		return nil, err
	}
	c := &fleet.Condition{}
	if c.When, err = of.text("when"); err != nil {
		return nil, err
	}
	c.Value, _, err = of.number("value")
	return c, err
}
