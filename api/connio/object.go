package connio

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"aion/api/access"
	"aion/query/fleet"
)

// this stands in paths for the owner of the key in use.
const this = "_this_"

// object is what properties and their data belong to: a device or an app.
type object struct {
	fleet.Device // of an app, its id, name and properties
	app          bool
	own          bool // who asks is the object itself, by its own key
	free         bool // nobody is asked who he is, and everyone may do everything
}

// located is the object of the path; a short path means the owner of the key in
// use.
func (c *call) located() (*object, error) {
	if ref, ok := c.open("device"); ok {
		return c.resolve(ref, false)
	}
	if ref, ok := c.open("app"); ok {
		return c.resolve(ref, true)
	}
	return c.resolve(this, c.asker.Context.Type == access.App)
}

// fleet is what is known of devices, as it was a moment ago where the call only asks
// for data.
func (c *call) fleet() fleet.Lookup {
	if c.route.scope == access.ReadData || c.route.scope == appScope(access.ReadData) {
		return c.p.Fleet.Lately()
	}
	return c.p.Fleet.Lookup
}

// permitted tells, as an error, whether who asks may do with an object what a scope
// for devices is for, and whether anybody may now.
func (c *call) permitted(o *object, scope access.Scope) error {
	if o.app {
		scope = appScope(scope)
	}
	if err := access.Check(c.ctx(), scope); err != nil {
		return err
	}
	if o.Status == fleet.Disabled {
		return &Fault{http.StatusForbidden, "the device is disabled"}
	}
	return nil
}

// refusal is what somebody is told who may not do with an object what the route does:
// before all else that the path names a property that there is not. None is missing
// where a feed would make it.
func (c *call) refusal(o *object, why error) error {
	feeds := c.route.scope == access.WriteData || c.route.scope == access.WriteAppData
	if _, named := c.open("property"); !named || feeds && o.Profile == "" && c.p.Fleet.AutoCreates() {
		return why
	}
	_, err := c.property(o)
	if fault := new(Fault); errors.As(err, &fault) && fault.Status == http.StatusNotFound {
		return err
	}
	return why
}

// appScope is the scope that does for apps what another one does for devices.
func appScope(scope access.Scope) access.Scope {
	if action, ok := strings.CutPrefix(string(scope), "device:"); ok {
		return access.Scope("app:" + action)
	}
	return scope
}

// resolve is the device or the app that a reference means: an id, an alias or a
// name, in any case. Inside the context of a key nothing else is looked up than
// what the context comes to, so that no answer, and no time that one takes, tells
// whether there is something outside.
func (c *call) resolve(ref string, app bool) (*object, error) {
	if ref == this {
		ref = c.asker.Owner
	}
	o := &object{app: app, free: c.asker.Kind == access.Open}
	var err error
	switch {
	case c.asker.Narrow():
		o.Device, err = c.within(ref, app)
	case ref == "":
		err = missing("device", this)
	case app:
		o.Device, err = c.app(ref)
	default:
		o.Device, err = c.device(ref)
	}
	if err != nil {
		return nil, refused(err)
	}
	o.own = c.asker.Kind == access.Key && o.is(c.asker.Owner)
	return o, nil
}

// device is the device that a reference means to who is asked for no context.
func (c *call) device(ref string) (fleet.Device, error) {
	anyCase := fleet.Manner{AnyCase: true}
	d, err := c.fleet().Resolve(c.ctx(), c.asker.Organization, ref, anyCase)
	if lower := strings.ToLower(ref); lower != ref && idForm(ref) && errors.Is(err, fleet.ErrUnknown) {
		if other, again := c.fleet().Resolve(c.ctx(), c.asker.Organization, lower, anyCase); !errors.Is(again, fleet.ErrUnknown) {
			return other, again
		}
	}
	return d, err
}

// is tells whether the owner of a key is the object. Identifiers that users have
// given a device name no owner.
func (o *object) is(owner string) bool {
	return called(&o.Device, owner) == byID && (owner == o.ID || !o.Given(owner))
}

// match says how well a reference fits what a device is called.
type match int

// The matches, the best one first.
const (
	byID match = iota
	byName
	byFold
	notAtAll
)

// called tells how a reference fits a device.
func called(d *fleet.Device, ref string) match {
	i := d.Identifiers()
	ids := append([]string{d.ID, i.Digits, i.Hex, i.UUID}, d.Aliases...)
	fold := func(text string) bool { return strings.EqualFold(text, ref) }
	switch {
	case ref == "":
		return notAtAll
	case slices.Contains(ids, ref):
		return byID
	case d.Name == ref:
		return byName
	case fold(d.Name), slices.ContainsFunc(ids, fold):
		return byFold
	}
	return notAtAll
}

// within is the device or the app inside the context of who asks that a reference
// means. It reads the records that the context comes to, whatever the reference
// is, but for the one that the context itself names so.
func (c *call) within(ref string, app bool) (fleet.Device, error) {
	ids := c.p.Access.Reached(c.asker)
	if app {
		ids = nil
		if c.asker.Context.Type == access.App {
			ids = c.asker.Context.IDs
		}
	}
	if slices.Contains(ids, ref) {
		return c.record(ref, app)
	}
	best, found := notAtAll, fleet.Device{}
	for _, id := range ids {
		d, err := c.record(id, app)
		var fault *Fault
		if errors.As(err, &fault) || errors.Is(err, fleet.ErrUnknown) {
			continue
		}
		if err != nil {
			return found, err
		}
		switch m := called(&d, ref); {
		case m < best:
			best, found = m, d
		case m == best && m != notAtAll:
			return found, &fleet.AmbiguousError{Ref: ref}
		}
	}
	if best == notAtAll {
		return found, outside()
	}
	return found, nil
}

// record is the device or the app of an id.
func (c *call) record(id string, app bool) (fleet.Device, error) {
	if !app {
		return c.fleet().Device(c.ctx(), c.asker.Organization, id)
	}
	a, err := c.fleet().App(c.ctx(), c.asker.Organization, id)
	return deviceOf(&a), err
}

// deviceOf is an app as the device that its own properties belong to.
func deviceOf(a *fleet.App) fleet.Device {
	return fleet.Device{
		ID: a.ID, Organization: a.Organization, Name: a.Name, Properties: a.Properties, Status: fleet.Enabled,
		Created: a.Created, Modified: a.Modified,
	}
}

// app is the app that a reference means.
func (c *call) app(ref string) (fleet.Device, error) {
	a, err := c.fleet().App(c.ctx(), c.asker.Organization, ref)
	if err == nil || !errors.Is(err, fleet.ErrUnknown) {
		return deviceOf(&a), err
	}
	const page = 100
	best, found, after := notAtAll, fleet.Device{}, ""
	for {
		list, err := c.p.Fleet.Apps(c.ctx(), c.asker.Organization, "", after, page)
		if err != nil {
			return found, err
		}
		for i := range list {
			d := deviceOf(&list[i])
			switch m := called(&d, ref); {
			case m < best:
				best, found = m, d
			case m == best && m != notAtAll:
				return found, &fleet.AmbiguousError{Ref: ref}
			}
		}
		if len(list) < page {
			break
		}
		after = list[page-1].ID
	}
	if best == notAtAll {
		return found, &fleet.UnknownError{Thing: "app", Ref: ref}
	}
	return found, nil
}

// name is what answers call the object: the id that Connio knows, if it has one of
// that form, else its own.
func (o *object) name() string {
	if o.app || connioID(o.ID) {
		return o.ID
	}
	for _, alias := range o.Aliases {
		if connioID(alias) {
			return alias
		}
	}
	return o.Digits()
}

// connioID tells whether a text is a device's id in Connio's form.
func connioID(text string) bool {
	digits, ok := strings.CutPrefix(text, "_dev_")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}
