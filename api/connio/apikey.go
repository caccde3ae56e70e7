package connio

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"aion/api/access"
)

// apikeyView is a key as it is shown: its secret where it is new, and never again.
// The member stays, since Connio's own kits want it.
type apikeyView struct {
	ID        string         `json:"id"`
	Secret    *string        `json:"secret"`
	OwnerID   string         `json:"ownerId"`
	AccountID string         `json:"accountId"`
	Context   access.Context `json:"context"`
	Scope     []access.Scope `json:"scope"`
	RateLimit int            `json:"rateLimit"`
	Created   string         `json:"dateCreated"`
	Modified  string         `json:"dateModified"`
}

// The scopes of what keys belong to.
const (
	readClient   access.Scope = "apiclient:read"
	createClient access.Scope = "apiclient:create"
	changeClient access.Scope = "apiclient:modify"
	deleteClient access.Scope = "apiclient:delete"
	readUser     access.Scope = "user:read"
	changeUser   access.Scope = "user:modify"
)

// apikeys are the calls about keys.
func apikeys() []route {
	var all []route
	for _, of := range []struct {
		path         string
		read, change access.Scope
		owner        func(*call) (*keyOwner, error)
	}{
		{"devices/{device}/apikey", access.ReadDevice, access.ChangeDevice, (*call).deviceOwner},
		{"apiclients/{client}/apikey", readClient, changeClient, (*call).clientOwner},
		{"users/{user}/apikey", readUser, changeUser, (*call).userOwner},
	} {
		on := func(serve func(*call, *keyOwner) error) func(*call) error {
			return func(c *call) error {
				owner, err := of.owner(c)
				if err != nil {
					return err
				}
				return serve(c, owner)
			}
		}
		all = append(all,
			route{http.MethodGet, of.path, of.read, on((*call).showKey)},
			route{http.MethodPost, of.path, of.change, on((*call).renewKey)},
			route{http.MethodPut, of.path, of.change, on((*call).changeKey)})
	}
	return all
}

// keyOwner is what a key belongs to.
type keyOwner struct {
	ref    string
	is     func(*access.KeyRecord) bool // whether a key is its
	device *object                      // that it is, if it is one
}

// deviceOwner is the device of the path.
func (c *call) deviceOwner() (*keyOwner, error) {
	o, err := c.located()
	if err == nil {
		err = access.Check(c.ctx(), c.route.scope)
	}
	if err != nil {
		return nil, err
	}
	return &keyOwner{o.ID, o.owns, o}, nil
}

// owns tells whether a key is the object's own, and not that of a user or an api
// client who is called as the object is.
func (o *object) owns(r *access.KeyRecord) bool {
	return o.is(r.Owner) && !isClient(r.Owner) && (r.Context.Type == access.Device || connioID(r.Owner))
}

// operator is who asks, as somebody who changes keys: what he may give is checked
// before.
func (c *call) operator() *access.Principal {
	by := *c.asker
	by.Scopes, by.Context = nil, access.Context{}
	if by.Role != access.Root {
		by.Role = access.Admin
	}
	return &by
}

// keyOf is the newest key that an owner has and that is worth something; nil where
// there is none.
func (c *call) keyOf(is func(*access.KeyRecord) bool) (*access.KeyRecord, error) {
	var newest *access.KeyRecord
	for r, err := range c.keys() {
		if err != nil {
			return nil, err
		}
		if is(r) && (newest == nil || newest.Created.Before(r.Created)) {
			newest = r
		}
	}
	return newest, nil
}

// keys are the keys of the account that are worth something, by id.
func (c *call) keys() func(yield func(*access.KeyRecord, error) bool) {
	ctx, now := access.With(c.ctx(), c.operator()), c.p.Now()
	all := paged(func(r *access.KeyRecord) string { return r.ID }, func(after string, limit int) ([]access.KeyRecord, error) {
		return c.p.Access.Keys.List(ctx, access.Page{After: after, Limit: limit})
	})
	ours := func(r *access.KeyRecord) bool {
		return r.Organization == c.asker.Own() || r.Organization == c.asker.Organization
	}
	return func(yield func(*access.KeyRecord, error) bool) {
		for r, err := range all {
			if err == nil && (!ours(r) || r.Revoked != nil || r.Expires != nil && !now.Before(*r.Expires)) {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// keyView is a key as it is shown.
func (c *call) keyView(r *access.KeyRecord) apikeyView {
	v := apikeyView{
		ID: r.ID, OwnerID: r.Owner, AccountID: c.account(), Context: r.Context,
		Scope: scopesOf(r), RateLimit: r.RateLimit, Created: date(r.Created), Modified: date(r.Modified),
	}
	if r.Secret != "" {
		v.Secret = &r.Secret
	}
	if v.Context.Whole() && len(v.Context.IDs) == 0 {
		v.Context = access.Context{Type: access.Account, IDs: []string{c.account()}}
	}
	return v
}

// of has a device's own key call the device as all other answers do; nil: it is of
// no device.
func (v apikeyView) of(o *object) apikeyView {
	if o == nil {
		return v
	}
	if o.is(v.OwnerID) {
		v.OwnerID = o.name()
	}
	v.Context.IDs = slices.Clone(v.Context.IDs)
	for i, id := range v.Context.IDs {
		if o.is(id) {
			v.Context.IDs[i] = o.name()
		}
	}
	return v
}

// showKey shows the key of an owner, without its secret.
func (c *call) showKey(owner *keyOwner) error {
	r, err := c.reached(owner)
	if err != nil {
		return err
	}
	if r == nil {
		return missing("key of", owner.ref)
	}
	return c.tell(c.keyView(r).of(owner.device))
}

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
