package connio

import (
	"slices"
	"strings"
	"time"

	"aion/api/access"
)

// reached is the key of an owner, for who may work with it: inside a context that is
// the key in use alone. nil: the owner has none.
func (c *call) reached(owner *keyOwner) (*access.KeyRecord, error) {
	r, err := c.keyOf(owner.is)
	if err == nil && c.asker.Narrow() && (r == nil || r.ID != c.asker.ID) {
		return nil, denied("it is not the key in use, and the context of that is not the account")
	}
	return r, err
}

// renewKey gives an owner a new key in the place of the old one, which is worth
// nothing from now on. A device that has none gets its first.
func (c *call) renewKey(owner *keyOwner) error {
	r, err := c.reached(owner)
	if err != nil {
		return err
	}
	if r == nil && owner.device == nil {
		return missing("key of", owner.ref)
	}
	old := r
	if r == nil {
		first := deviceKey(owner.device)
		r = &first
	}
	if err := c.mayGive(r); err != nil {
		return err
	}
	if err := c.mayBecome(owner.device); err != nil {
		return err
	}
	made, err := c.newKey(*r)
	if err != nil {
		return err
	}
	if old != nil {
		if _, err := c.p.Access.Keys.Revoke(access.With(c.ctx(), c.operator()), old.ID); err != nil {
			return err
		}
	}
	return c.tell(c.keyView(&made).of(owner.device))
}

// newKey makes a key that may do what a record says, which has been checked.
func (c *call) newKey(r access.KeyRecord) (access.KeyRecord, error) {
	made, err := c.p.Access.Keys.Create(access.With(c.ctx(), c.operator()), access.KeyRecord{
		Name: r.Name, Organization: c.asker.Own(), Owner: r.Owner, Role: r.Role, Scopes: slices.Clone(r.Scopes), Context: r.Context,
		RateLimit: r.RateLimit, Limits: r.Limits, Expires: r.Expires,
	})
	return made, refused(err)
}

// deviceKey is what the key of a device may do that nobody has said anything else
// of.
func deviceKey(o *object) access.KeyRecord {
	return access.KeyRecord{
		Name: "device " + short(o.name()), Owner: o.ID, Role: access.Member, RateLimit: -1,
		Scopes:  []access.Scope{access.ReadDevice, access.ReadData, access.WriteData, "device:execute", access.ChangeDevice},
		Context: access.Context{Type: access.Device, IDs: []string{o.ID}},
	}
}

// short is a text that a record of a key can hold.
func short(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// revoke has the keys of an owner be worth nothing.
func (c *call) revoke(is func(*access.KeyRecord) bool) error {
	for {
		r, err := c.keyOf(is)
		if err != nil || r == nil {
			return err
		}
		if _, err := c.p.Access.Keys.Revoke(access.With(c.ctx(), c.operator()), r.ID); err != nil {
			return err
		}
	}
}

// changeKey changes what the key of an owner may do.
func (c *call) changeKey(owner *keyOwner) error {
	r, err := c.reached(owner)
	if err != nil {
		return err
	}
	if r == nil {
		return missing("key of", owner.ref)
	}
	m, err := c.said()
	if err != nil {
		return err
	}
	if m.mentioned("rateLimit") {
		return bad("rateLimit: it comes with the plan of the account, and is not changed")
	}
	want := *r
	if err := c.empower(&want, m, owner.device); err != nil {
		return err
	}
	if c.asker.Narrow() && !within(want.Context, c.asker.Context) {
		return denied("nobody gives a context that goes beyond his own")
	}
	want.ID = "" // it is as a new one
	for _, one := range []*access.KeyRecord{r, &want} {
		if err := c.mayGive(one); err != nil {
			return err
		}
	}
	changed, err := c.p.Access.Keys.Change(access.With(c.ctx(), c.operator()), r.ID, func(k *access.KeyRecord) error {
		if m.mentioned("scope") { // what is not stays as others change it meanwhile
			k.Scopes = want.Scopes
		}
		if m.has("context") {
			k.Context = want.Context
		}
		k.Modified = c.p.Now().UTC().Truncate(time.Millisecond)
		return nil
	})
	if err != nil {
		return refused(err)
	}
	return c.tell(c.keyView(&changed).of(owner.device))
}
