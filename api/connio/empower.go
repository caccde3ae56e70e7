package connio

import (
	"net/http"
	"slices"
	"strings"

	"aion/api/access"
)

// within tells whether a context lists nothing that another one does not.
func within(inner, outer access.Context) bool {
	return inner.Type == outer.Type && !slices.ContainsFunc(inner.IDs, func(id string) bool { return !slices.Contains(outer.IDs, id) })
}

// empower has a key have the context and the scopes that the members of an object
// say. device is what the key belongs to, if that is one.
func (c *call) empower(r *access.KeyRecord, m members, device *object) error {
	if m.mentioned("scope") {
		list, err := m.texts("scope")
		if err != nil {
			return err
		}
		r.Scopes = []access.Scope{}
		for _, s := range list {
			r.Scopes = append(r.Scopes, access.Scope(s))
		}
	}
	at, raw := m.find("context")
	if raw == nil {
		return nil
	}
	of, err := membersOf(raw, at)
	if err != nil {
		return err
	}
	kind, err := of.text("type")
	if err != nil {
		return err
	}
	ids, err := of.texts("ids")
	if err != nil {
		return err
	}
	r.Context = access.Context{Type: access.Reach(kind), IDs: ids}
	return c.contextual(r, at, device)
}

// contextual checks the context of a key, and names what it lists by ids.
func (c *call) contextual(r *access.KeyRecord, at string, device *object) error {
	kind := r.Context.Type
	switch {
	case kind != access.Account && kind != access.App && kind != access.Device:
		return bad("%s.type: got %q, want account, app or device", at, shortened(string(kind)))
	case kind != access.Account && len(r.Context.IDs) == 0:
		return bad("%s.ids: they are missing", at)
	case device != nil && kind != access.Device:
		return bad("%s.type: the key of a device has a context of devices", at)
	case device != nil && len(r.Context.IDs) > 1 && !strings.EqualFold(device.Profile, "gateway"):
		return bad("%s.ids: several are for devices of the profile Gateway", at)
	}
	for i, ref := range r.Context.IDs {
		if kind == access.Account {
			if !c.accountIs(ref) {
				return bad("%s.ids[%d]: got %q, which is not this account", at, i, shortened(ref))
			}
			continue
		}
		o, err := c.resolve(ref, kind == access.App)
		if fault, ok := err.(*Fault); ok && fault.Status == http.StatusNotFound {
			return bad("%s.ids[%d]: there is no %s %q", at, i, kind, shortened(ref))
		}
		if err != nil {
			return err
		}
		r.Context.IDs[i] = o.ID
	}
	if kind == access.Account {
		r.Context.IDs = nil
	}
	return nil
}
