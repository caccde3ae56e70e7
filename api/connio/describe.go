package connio

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// placeOf is where an element of a body's list stands.
func placeOf(i int) string { return "[" + strconv.Itoa(i) + "]" }

// further are the members of devices that are kept as they are, and how each one
// begins: a text, a list, an object, a number, true or false.
func further() map[string]string {
	return map[string]string{
		"friendlyName": `"`, "description": `"`, "timezone": `"`, "tags": "[", "customIds": "{", "location": "{",
		"period": "-0123456789", "annotateWithLoc": "tf", "annotateWithMeta": "tf",
	}
}

// describe has a device say what the members of an object say. One that is null is
// unset.
func (c *call) describe(d *fleet.Device, m members) error {
	name, err := m.text("name")
	if err != nil {
		return err
	}
	if m.mentioned("name") {
		d.Name = name
	}
	if err := c.profiled(d, m); err != nil {
		return err
	}
	if err := stated(d, m); err != nil {
		return err
	}
	was := customs(d)
	if err := m.keep(&d.Attributes, further()); err != nil {
		return err
	}
	d.Aliases = slices.DeleteFunc(d.Aliases, func(a string) bool { return slices.Contains(was, a) })
	d.Aliases = append(d.Aliases, customs(d)...)
	return nil
}

// wrong is what is wrong with a device that the members of an object describe, by
// their names. Its id is no member: it is as its name is.
func (m members) wrong(err error) error {
	invalid := new(points.InvalidError)
	if !errors.As(err, &invalid) {
		return err
	}
	var told []string
	for _, problem := range invalid.Problems {
		if !strings.HasPrefix(problem, "id: ") {
			told = append(told, m.at+problem)
		}
	}
	if told == nil {
		return err
	}
	return &points.InvalidError{Problems: told}
}

// keep keeps members of an object as they are, those that are null not any more.
// begins says how the value of each begins.
func (m members) keep(into *map[string]any, begins map[string]string) error {
	for name, first := range begins {
		raw, ok := m.very(name)
		if !ok {
			continue
		}
		if *into == nil {
			*into = map[string]any{}
		}
		if !present(raw) {
			delete(*into, name)
			continue
		}
		var v any
		if !slices.Contains([]byte(first), raw[0]) || json.Unmarshal(raw, &v) != nil {
			return bad("%s%s: got %s, which it cannot be", m.at, name, shown(raw))
		}
		(*into)[name] = v
	}
	return nil
}

// customs are the identifiers that users have given a device, such as its serial
// number.
func customs(d *fleet.Device) []string {
	var list []string
	ids, _ := d.Attributes["customIds"].(map[string]any)
	for _, v := range ids {
		if text, ok := v.(string); ok && text != "" {
			list = append(list, text)
		}
	}
	return list
}

// stated has a device have the status that an object names.
func stated(d *fleet.Device, m members) error {
	status, err := m.text("status")
	if err != nil {
		return err
	}
	if status != "" {
		delete(d.Attributes, "debug")
	}
	switch status {
	case "":
	case "enabled", "disabled":
		d.Status = fleet.Status(status)
	case "debug":
		d.Status = fleet.Enabled
		if d.Attributes == nil {
			d.Attributes = map[string]any{}
		}
		d.Attributes["debug"] = true
	default:
		return bad("%sstatus: got %q, want enabled, disabled or debug", m.at, shortened(status))
	}
	return nil
}

// profiled has a device be of the profile that an object names, by its name or id.
func (c *call) profiled(d *fleet.Device, m members) error {
	was := d.Profile
	if err := c.remodel(d, m); err != nil || strings.EqualFold(was, d.Profile) || !c.asker.Confined() {
		return err
	}
	p, err := c.profileOf(was)
	if err != nil && !errors.Is(err, fleet.ErrUnknown) {
		return err
	}
	closed := func(x fleet.Property) bool { return x.Access == "private" || x.Access == "protected" }
	if slices.ContainsFunc(p.Properties, closed) {
		return denied("the profile has properties that are not public, which the device would have no more")
	}
	return nil
}

// remodel has a device be of the profile that an object names.
func (c *call) remodel(d *fleet.Device, m members) error {
	for _, name := range []string{"profile", "profileId"} {
		ref, err := m.text(name)
		if err != nil {
			return err
		}
		switch {
		case ref != "":
			p, err := c.profileOf(ref)
			if errors.Is(err, fleet.ErrUnknown) {
				return bad("%s%s: there is no profile %q", m.at, name, shortened(ref))
			}
			if err != nil {
				return err
			}
			d.Profile = p.Name
		case m.mentioned(name):
			d.Profile = ""
		}
	}
	return nil
}

// plug has a device be in the apps that an object names, and in no others. Who may
// not change apps names none.
func (c *call) plug(o *object, m members) error {
	if !m.mentioned("apps") {
		return nil
	}
	refs, err := m.texts("apps")
	if err != nil {
		return err
	}
	if c.asker.Narrow() {
		return denied("the context of the key is not the account")
	}
	if err := access.Check(c.ctx(), "app:modify"); err != nil {
		return err
	}
	var wanted []string
	for i, ref := range refs {
		a, err := c.app(ref)
		if errors.Is(err, fleet.ErrUnknown) {
			return bad("%sapps[%d]: there is no app %q", m.at, i, shortened(ref))
		}
		if err != nil {
			return refused(err)
		}
		wanted = append(wanted, a.ID)
	}
	for a, err := range c.apps() {
		if err != nil {
			return err
		}
		if err := c.plugInto(o, a, slices.Contains(wanted, a.ID)); err != nil {
			return refused(err)
		}
	}
	return nil
}

// plugInto has a device be in an app, or not.
func (c *call) plugInto(o *object, a *fleet.App, in bool) error {
	is := func(ref string) bool { return called(&o.Device, ref) == byID }
	if slices.ContainsFunc(a.Devices, is) == in {
		return nil
	}
	_, err := c.p.Fleet.ChangeApp(c.ctx(), a.Organization, a.ID, func(a *fleet.App) error {
		a.Devices = slices.DeleteFunc(a.Devices, is)
		if in {
			a.Devices = append(a.Devices, o.ID)
		}
		return nil
	})
	return err
}
