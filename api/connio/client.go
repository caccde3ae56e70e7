package connio

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"aion/api/access"
	"aion/storage/catalog"
)

// ClientKind is the kind of the records of what api clients are called. That there
// is a client says its key.
const ClientKind = "api-client"

// client is what is kept of an api client beside its key.
type client struct {
	Attributes map[string]any `json:"attributes"`
}

// clientView is an api client as it is shown.
type clientView struct {
	ID           string      `json:"id"`
	AccountID    string      `json:"accountId"`
	Name         string      `json:"name"`
	FriendlyName any         `json:"friendlyName"`
	Description  any         `json:"description,omitempty"`
	Tags         any         `json:"tags,omitempty"`
	Locked       bool        `json:"locked"`
	Created      string      `json:"dateCreated"`
	Modified     string      `json:"dateModified"`
	Key          *apikeyView `json:"apikey,omitempty"` // of a new client
}

// clients are the calls about api clients.
func clients() []route {
	return []route{
		{http.MethodGet, "apiclients", readClient, whole((*call).listClients)},
		{http.MethodPost, "apiclients", createClient, whole((*call).createClient)},
		{http.MethodGet, "apiclients/{client}", readClient, whole((*call).showClient)},
		{http.MethodPut, "apiclients/{client}", changeClient, whole((*call).changeClient)},
		{http.MethodDelete, "apiclients/{client}", deleteClient, whole(deletion((*call).deleteClient))},
	}
}

// isClient tells whether a key's owner is an api client.
func isClient(owner string) bool { return strings.HasPrefix(owner, "_api_") }

// clientOf is the key of the api client that a reference means: its very id, its name
// in any case, or its id in another case, the first of them that one has.
func (c *call) clientOf(ref string) (*access.KeyRecord, error) {
	if ref == this {
		ref = c.asker.Owner
	}
	var found, likely *access.KeyRecord
	for r, err := range c.keys() {
		switch {
		case err != nil:
			return nil, err
		case !isClient(r.Owner):
		case r.Owner == ref, found == nil && strings.EqualFold(r.Name, ref):
			found = r
		case likely == nil && sameID(r.Owner, ref):
			likely = r
		}
	}
	if found = cmp.Or(found, likely); found == nil {
		return nil, missing("api client", ref)
	}
	return found, nil
}

// clientOwner is the api client of the path.
func (c *call) clientOwner() (owner *keyOwner, err error) {
	err = whole(func(c *call) error {
		r, err := c.clientOf(c.value("client"))
		if err == nil {
			owner = &keyOwner{ref: r.Owner, is: func(k *access.KeyRecord) bool { return k.Owner == r.Owner }}
		}
		return err
	})(c)
	return owner, err
}

// clientView is an api client as it is shown. One without a name is called as its id.
func (c *call) clientView(r *access.KeyRecord) (clientView, error) {
	v := clientView{ID: r.Owner, AccountID: c.account(), Name: cmp.Or(r.Name, r.Owner), Created: date(r.Created), Modified: date(r.Modified)}
	kept, err := c.p.client(c, r.Owner)
	if err != nil {
		return v, err
	}
	v.Description, v.Tags = kept.Attributes["description"], kept.Attributes["tags"]
	if v.FriendlyName = kept.Attributes["friendlyName"]; v.FriendlyName == nil {
		v.FriendlyName = v.Name
	}
	return v, nil
}

// client is what is kept of an api client.
func (p *Protocol) client(c *call, id string) (k client, err error) {
	name := c.clientRecord(id)
	if p.Catalog == nil || len(name) > catalog.MaxName {
		return k, nil
	}
	r, err := p.Catalog.Record(c.ctx(), ClientKind, name)
	if err == nil && r.Revision != 0 {
		err = json.Unmarshal(r.Value, &k)
	}
	return k, err
}

// clientRecord is the name of the record of an api client: two organizations may have
// clients of one id. The home organization has no name there.
func (c *call) clientRecord(id string) string {
	if c.asker.Home {
		return "/" + id
	}
	return url.PathEscape(c.asker.Organization) + "/" + id
}

// listClients lists the api clients of the account.
func (c *call) listClients() error {
	return listed(c, func(yield func(clientView, error) bool) {
		for r, err := range c.keys() {
			if err == nil && !isClient(r.Owner) {
				continue
			}
			var v clientView
			if err == nil {
				v, err = c.clientView(r)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	})
}

// showClient shows the api client of the path.
func (c *call) showClient() error {
	r, err := c.clientOf(c.value("client"))
	if err != nil {
		return err
	}
	v, err := c.clientView(r)
	if err != nil {
		return err
	}
	return c.tell(v)
}

// createClient makes an api client, and its key.
func (c *call) createClient() error {
	m, err := c.said()
	if err != nil {
		return err
	}
	r := access.KeyRecord{Owner: freshID("api"), Role: access.Member, RateLimit: -1, Scopes: []access.Scope{}, Context: access.Context{Type: access.Account}}
	if r.Name, err = c.clientName(m, r.Owner); err != nil {
		return err
	}
	if err := c.empower(&r, m, nil); err != nil {
		return err
	}
	member := access.Principal{Role: access.Member}
	for _, s := range r.Scopes {
		if s.Known() && !member.May(s) {
			r.Role = access.Admin
		}
	}
	if err := c.mayGive(&r); err != nil {
		return err
	}
	if err := c.keepClient(r.Owner, m); err != nil {
		return err
	}
	made, err := c.newKey(r)
	if err != nil {
		return err
	}
	v, err := c.clientView(&made)
	if err != nil {
		return err
	}
	shown := c.keyView(&made)
	v.Key = &shown
	return c.noted("apiclient.create", r.Owner, v)
}

// clientName is the name that an object gives the api client of an id; no other
// client is called so.
func (c *call) clientName(m members, id string) (string, error) {
	name, err := m.text("name")
	if err != nil || name == "" {
		return name, err
	}
	for r, err := range c.keys() {
		if err != nil {
			return "", err
		}
		if isClient(r.Owner) && r.Owner != id && strings.EqualFold(r.Name, name) {
			return "", &Fault{http.StatusConflict, "name: another api client is called so"}
		}
	}
	return name, nil
}

// keepClient keeps what the members of an object say of an api client.
func (c *call) keepClient(id string, m members) error {
	begins := map[string]string{"friendlyName": `"`, "description": `"`, "tags": "["}
	var checked map[string]any
	if err := m.keep(&checked, begins); err != nil || c.p.Catalog == nil {
		return err
	}
	return c.p.Catalog.Update(c.ctx(), ClientKind, c.clientRecord(id), func(value []byte) ([]byte, error) {
		var k client
		if value != nil {
			if err := json.Unmarshal(value, &k); err != nil {
				return nil, err
			}
		}
		if err := m.keep(&k.Attributes, begins); err != nil {
			return nil, err
		}
		return json.Marshal(k)
	})
}

// changeClient changes what the body names of the api client of the path.
func (c *call) changeClient() error {
	r, err := c.clientOf(c.value("client"))
	if err != nil {
		return err
	}
	m, err := c.said()
	if err != nil {
		return err
	}
	name, err := c.clientName(m, r.Owner)
	if err != nil {
		return err
	}
	if err := c.keepClient(r.Owner, m); err != nil {
		return err
	}
	changed := *r
	if name != "" && name != r.Name {
		changed, err = c.p.Access.Keys.Change(access.With(c.ctx(), c.operator()), r.ID, func(k *access.KeyRecord) error {
			k.Name = name
			return nil
		})
		if err != nil {
			return refused(err)
		}
	}
	v, err := c.clientView(&changed)
	if err != nil {
		return err
	}
	return c.noted("apiclient.change", r.Owner, v)
}

// deleteClient takes the api client of the path away, and its key.
func (c *call) deleteClient() error {
	r, err := c.clientOf(c.value("client"))
	if err != nil {
		return err
	}
	if err := c.revoke(func(k *access.KeyRecord) bool { return k.Owner == r.Owner }); err != nil {
		return err
	}
	if c.p.Catalog != nil {
		if err := c.p.Catalog.Update(c.ctx(), ClientKind, c.clientRecord(r.Owner), func([]byte) ([]byte, error) { return nil, nil }); err != nil {
			return err
		}
	}
	return c.noted("apiclient.delete", r.Owner, map[string]int{"nrOfItems": 1})
}
