package connio

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"slices"

	"aion/api/access"
	"aion/query/fleet"
)

// deviceView is a device as it is shown.
type deviceView struct {
	ID           string      `json:"id"`
	AccountID    string      `json:"accountId"`
	Name         string      `json:"name"`
	FriendlyName any         `json:"friendlyName"`
	ProfileID    *string     `json:"profileId"`
	Apps         []string    `json:"apps"`
	Description  any         `json:"description,omitempty"`
	Tags         any         `json:"tags,omitempty"`
	Status       string      `json:"status"`
	Period       any         `json:"period"`
	CustomIDs    any         `json:"customIds,omitempty"`
	Timezone     any         `json:"timezone,omitempty"`
	Location     any         `json:"location,omitempty"`
	WithLocation any         `json:"annotateWithLoc"`
	WithMeta     any         `json:"annotateWithMeta"`
	Locked       bool        `json:"locked"`
	Created      string      `json:"dateCreated"`
	Modified     string      `json:"dateModified"`
	Key          *apikeyView `json:"apikey,omitempty"` // of a new device
}

// devices are the calls about devices.
func devices() []route {
	return []route{
		{http.MethodGet, "devices", access.ReadDevice, (*call).listDevices},
		{http.MethodPost, "devices", access.CreateDevice, whole((*call).createDevices)},
		{http.MethodPost, "devices/bulk", access.CreateDevice, whole((*call).createDevices)},
		{http.MethodGet, "devices/{device}", access.ReadDevice, onDevice((*call).showDevice)},
		{http.MethodPut, "devices/{device}", access.ChangeDevice, onDevice((*call).changeDevice)},
		{http.MethodDelete, "devices/{device}", access.DeleteDevice, whole(deletion(onDevice((*call).deleteDevice)))},
		{http.MethodGet, "devices/{device}/properties", access.ReadDevice, onDevice((*call).listProperties)},
	}
}

// onDevice is something that is done with the device, or the app, of the path, for
// who has the scope of the call.
func onDevice(serve func(*call, *object) error) func(*call) error {
	return func(c *call) error {
		o, err := c.located()
		if err != nil {
			return err
		}
		if err := access.Check(c.ctx(), c.route.scope); err != nil {
			return err
		}
		return serve(c, o)
	}
}

// attribute is what is kept of a device beside what the record itself has.
func (o *object) attribute(name string, usual any) any {
	if v, ok := o.Attributes[name]; ok {
		return v
	}
	return usual
}

// view is a device as it is shown. apps are those that it is in.
func (c *call) view(o *object, apps []string) deviceView {
	name := o.Name
	if name == "" {
		name = o.ID
	}
	v := deviceView{
		ID: o.name(), AccountID: c.account(), Name: name, FriendlyName: o.attribute("friendlyName", name), Apps: apps,
		Description: o.attribute("description", nil), Tags: o.attribute("tags", nil), Status: string(o.Status),
		Period: o.attribute("period", 0), CustomIDs: o.attribute("customIds", nil), Timezone: o.attribute("timezone", nil),
		Location: o.attribute("location", nil), WithLocation: o.attribute("annotateWithLoc", false),
		WithMeta: o.attribute("annotateWithMeta", false), Created: date(o.Created), Modified: date(o.Modified),
	}
	if o.attribute("debug", false) == true && o.Status == fleet.Enabled {
		v.Status = "debug"
	}
	if o.Profile != "" {
		id := profileID(o.Organization, o.Profile)
		v.ProfileID = &id
	}
	return v
}

// appsOf are the apps that each device is in, by what apps call it, as far as who
// asks may know of the apps.
func (c *call) appsOf() (map[string][]string, error) {
	all := map[string][]string{}
	for a, err := range c.appsWithin() {
		if err != nil {
			return nil, err
		}
		for _, ref := range a.Devices {
			all[ref] = append(all[ref], a.ID)
		}
	}
	return all, nil
}

// among are the apps that a device is in.
func among(d *fleet.Device, all map[string][]string) []string {
	i := d.Identifiers()
	list := []string{}
	for _, ref := range slices.Concat([]string{d.ID, i.Digits, i.Hex, i.UUID}, d.Aliases) {
		list = append(list, all[ref]...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// devices are the devices that who asks may see, by id.
func (c *call) devices() iter.Seq2[*fleet.Device, error] {
	if !c.asker.Narrow() {
		return paged(func(d *fleet.Device) string { return d.ID }, func(after string, limit int) ([]fleet.Device, error) {
			return c.p.Fleet.Devices(c.ctx(), c.asker.Organization, "", after, limit)
		})
	}
	return func(yield func(*fleet.Device, error) bool) {
		for _, id := range c.p.Access.Reached(c.asker) {
			d, err := c.p.Fleet.Device(c.ctx(), c.asker.Organization, id)
			if errors.Is(err, fleet.ErrUnknown) {
				continue
			}
			if !yield(&d, err) || err != nil {
				return
			}
		}
	}
}

// showDevice shows the device of the path.
func (c *call) showDevice(o *object) error {
	apps, err := c.appsOf()
	if err != nil {
		return err
	}
	return c.tell(c.view(o, among(&o.Device, apps)))
}

// createDevices makes the device that the body says, or each one of a list.
func (c *call) createDevices() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	var list []json.RawMessage
	if span := spanOf(text); span.first() != '[' {
		v, err := c.createDevice(text, "")
		if err != nil {
			return err
		}
		return c.tell(v)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return bad("body: it is not JSON")
	}
	made := make([]deviceView, 0, len(list))
	for i, raw := range list {
		v, err := c.createDevice(raw, placeOf(i))
		if err != nil {
			return c.undone(made, err)
		}
		made = append(made, v)
	}
	return c.tell(made)
}

// undone takes devices back that were made before one that cannot be, and answers
// why it cannot.
func (c *call) undone(made []deviceView, why error) error {
	for _, v := range made {
		o, err := c.resolve(v.ID, false)
		if err == nil {
			_, err = c.remove(o)
		}
		if err != nil {
			return errors.Join(why, err)
		}
	}
	return why
}

// createDevice makes a device, and its key. at is where its object stands in the
// body.
func (c *call) createDevice(raw json.RawMessage, at string) (v deviceView, err error) {
	m, err := membersOf(raw, at)
	if err != nil {
		return v, err
	}
	d := fleet.Device{Attributes: map[string]any{}}
	if err := c.describe(&d, m); err != nil {
		return v, err
	}
	if d.ID = d.Name; d.ID == "" {
		d.ID = freshID("dev")
	} else if err := c.unused(d.Name, ""); err != nil {
		return v, err
	}
	if err := c.mayInherit(d.ID); err != nil {
		return v, err
	}
	made, err := c.p.Fleet.Create(c.ctx(), c.asker.Organization, d)
	if err != nil {
		return v, refused(m.wrong(err))
	}
	o := &object{Device: made}
	var key access.KeyRecord
	if err = c.plug(o, m); err == nil {
		key, err = c.newKey(deviceKey(o))
	}
	if err != nil {
		_, undone := c.remove(o)
		return v, errors.Join(err, undone)
	}
	apps, err := c.appsOf()
	if err != nil {
		return v, err
	}
	v = c.view(o, among(&o.Device, apps))
	shown := c.keyView(&key).of(o)
	v.Key = &shown
	return v, c.p.Access.Audit.Note(c.ctx(), "device.create", made.Organization, made.ID)
}

// unused tells, as an error, that a name is that of another device than the one of
// an id, or has the form of ids, by which it could pass for an app or a key's owner.
func (c *call) unused(name, id string) error {
	if idForm(name) {
		return bad("name: got %q, which has the form of ids", shortened(name))
	}
	d, err := c.p.Fleet.Resolve(c.ctx(), c.asker.Organization, name, fleet.Manner{AnyCase: true})
	switch {
	case errors.Is(err, fleet.ErrUnknown), err == nil && d.ID == id:
		return nil
	case err == nil, errors.Is(err, fleet.ErrAmbiguous):
		return &Fault{http.StatusConflict, "name: another device is called so"}
	}
	return err
}

// changeDevice changes what the body names of the device of the path.
func (c *call) changeDevice(o *object) error {
	m, err := c.said()
	if err != nil {
		return err
	}
	name, err := m.text("name")
	if err != nil {
		return err
	}
	if err := c.mayRename(o, m, name); err != nil {
		return err
	}
	if name != "" {
		if err := c.unused(name, o.ID); err != nil {
			return err
		}
	}
	changed, err := c.p.Fleet.Change(c.ctx(), o.Organization, o.ID, func(d *fleet.Device) error { return c.describe(d, m) })
	if err != nil {
		return refused(err)
	}
	o.Device = changed
	if err := c.plug(o, m); err != nil {
		return err
	}
	apps, err := c.appsOf()
	if err != nil {
		return err
	}
	return c.noted("device.change", o.ID, c.view(o, among(&o.Device, apps)))
}

// mayRename tells, as an error, that an object would have a device be called
// otherwise, or be of another profile, which is the account's to say: answers would
// tell what names and profiles there are outside the context.
func (c *call) mayRename(o *object, m members, name string) error {
	if !c.asker.Narrow() {
		return nil
	}
	renamed := m.mentioned("name") && name != o.Name
	for _, member := range []string{"customIds", "profile", "profileId"} {
		renamed = renamed || m.mentioned(member)
	}
	if renamed {
		return denied("the name, the customIds and the profile of a device are the account's to say")
	}
	return nil
}

// deleteDevice takes the device of the path away, and its key. Its points stay.
func (c *call) deleteDevice(o *object) error {
	n, err := c.remove(o)
	if err != nil {
		return refused(err)
	}
	if err := c.p.Access.Audit.Note(c.ctx(), "device.delete", o.Organization, o.ID); err != nil {
		return err
	}
	return c.deleted(n)
}

// remove takes a device away, and its key.
func (c *call) remove(o *object) (n int, err error) {
	if err := c.revoke(o.owns); err != nil {
		return 0, err
	}
	return 1, c.p.Fleet.Delete(context.WithoutCancel(c.ctx()), o.Organization, o.ID, false)
}
