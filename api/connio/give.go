package connio

import (
	"slices"
	"strings"

	"aion/api/access"
)

// mayGive tells, as an error, that a key may more than who asks: in its role or by
// a scope. Methods, which nobody runs here, may be anybody's.
func (c *call) mayGive(r *access.KeyRecord) error {
	if r.ID != "" && r.ID == c.asker.ID {
		return nil
	}
	roles := []access.Role{access.Viewer, access.Member, access.Admin, access.Root}
	if slices.Index(roles, r.Role) > slices.Index(roles, c.asker.Role) {
		return denied("nobody gives the role " + string(r.Role) + " who does not have it")
	}
	of := access.Principal{Kind: access.Key, Organization: c.asker.Organization, Role: r.Role, Scopes: r.Scopes, Context: r.Context}
	if c.asker.Confined() && !of.Confined() {
		return denied("nobody gives a key that sees what is private who does not")
	}
	for _, s := range scopesOf(r) {
		if s.Known() && !strings.Contains(string(s), ":execute") && !c.asker.May(s) {
			return denied("nobody gives the scope " + string(s) + " who does not have it")
		}
	}
	return nil
}

// mayBecome tells, as an error, that who asks would see, or write, by a device's own
// key what the device keeps from him. nil is no device.
func (c *call) mayBecome(o *object) error {
	if o == nil || o.own || !c.asker.Confined() {
		return nil
	}
	closes, err := c.p.Fleet.Closes(c.ctx(), o.Organization, o.ID)
	if err == nil && closes {
		err = denied("the device has properties that are not public, and its own key is for who sees them")
	}
	return err
}

// mayInherit tells, as an error, that who asks would see, by the own key of a new device
// of an id, what one of that id has left and keeps from him.
func (c *call) mayInherit(id string) error {
	if !c.asker.Confined() {
		return nil
	}
	closes, err := c.p.Fleet.ClosesPoints(c.ctx(), c.asker.Organization, id)
	if err == nil && closes {
		err = denied("a device of that name has left points of properties that are not public")
	}
	return err
}

// scopesOf are the scopes that a key lists or, where it lists none, that its role
// has.
func scopesOf(r *access.KeyRecord) []access.Scope {
	list := []access.Scope{}
	if r.Scopes != nil {
		return append(list, r.Scopes...)
	}
	of := access.Principal{Role: r.Role}
	for _, thing := range []string{"account", "subaccount", "user", "apiclient", "deviceprofile", "device", "appprofile", "app"} {
		for _, action := range []string{"create", "read", "modify", "delete", "read-data", "write-data", "execute"} {
			if s := access.Scope(thing + ":" + action); s.Known() && of.May(s) {
				list = append(list, s)
			}
		}
	}
	return list
}
