package connio

import (
	"context"
	"errors"
	"slices"
	"strings"

	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// property is a property of an object and the series that hold its values.
type property struct {
	fleet.Place
	object    *object
	selection storage.Selection
}

// property is the property of an object that the path names, for who may read it.
func (c *call) property(o *object) (*property, error) { return c.propertyOf(o, c.value("property")) }

// propertyOf is the property of an object that a reference means, for who may read
// it. One that no record defines is there if it has points.
func (c *call) propertyOf(o *object, ref string) (*property, error) {
	place, err := c.fleet().Place(c.ctx(), &o.Device, ref)
	if err != nil {
		return nil, refused(err)
	}
	p := &property{Place: place, object: o}
	if !o.mayRead(&p.Property) {
		return nil, denied("the property is private: only the device's own key reads it")
	}
	if p.selection, err = c.selection(o); err != nil {
		return nil, err
	}
	p.selection.Matchers = append(p.selection.Matchers, p.Matchers()...)
	if p.selection.Metrics = []string{p.Metric}; p.Known {
		return p, nil
	}
	for _, name := range []string{p.Metric, strings.TrimPrefix(ref, "device$")} {
		p.selection.Metrics = []string{name}
		for s, err := range c.store().Select(c.ctx(), p.selection) {
			hidden := false
			if err == nil {
				hidden, err = c.p.hides(c.ctx(), o, &p.Place, s.Key().Tags)
			}
			if hidden {
				continue
			}
			p.Metric = name
			return p, err
		}
	}
	return nil, missing("property", ref)
}

// selection is all series of an object.
func (c *call) selection(o *object) (storage.Selection, error) {
	return c.fleet().Selection(c.ctx(), o.Organization, o.ID)
}

// hides tells whether values of a place were private when they were written, and
// are not for who asks: those of a profile that the object does not have any more
// stay as the profile has them.
func (p *Protocol) hides(ctx context.Context, o *object, place *fleet.Place, tags points.Tags) (bool, error) {
	name, ok := tags.Value(fleet.ProfileTag)
	if !ok || name == place.Profile || o.own || o.free {
		return false, nil
	}
	profile, err := p.Fleet.Lately().Profile(ctx, o.Organization, name)
	if errors.Is(err, fleet.ErrUnknown) {
		return false, nil
	}
	return slices.ContainsFunc(profile.Properties, func(x fleet.Property) bool {
		return x.Access == "private" && fleet.Metric(x.Name) == place.Metric
	}), err
}

// mayRead tells whether who asks may read a property of the object.
func (o *object) mayRead(p *fleet.Property) bool {
	return p.Access != "private" || o.own || o.free
}

// mayWrite tells whether who asks may write a property of the object.
func (o *object) mayWrite(p *fleet.Property) bool {
	return p.Access == "public" || p.Access == "" || o.own || o.free
}

// id is what the property is called in answers: by its record, or as its metric.
func (p *property) id() string {
	if p.Property.ID == "" {
		return p.Metric
	}
	return p.Property.ID
}
