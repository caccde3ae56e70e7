package connio

import (
	"net/http"
	"slices"

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
