package connio

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"

	"aion/api/access"
)

// userView is a user as it is shown. What he logs in as is his name, and his address.
type userView struct {
	ID        string `json:"id"`
	AccountID string `json:"accountId"`
	Email     string `json:"email"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	Role      string `json:"role"`
	Locked    bool   `json:"locked"`
	Created   string `json:"dateCreated"`
	Modified  string `json:"dateModified"`
}

// users are the calls about users. They are made and ended by the operator's own
// means.
func users() []route {
	return []route{
		{http.MethodGet, "users", readUser, whole((*call).listUsers)},
		{http.MethodGet, "users/{user}", readUser, whole((*call).showUser)},
	}
}

// userID is the id of a user of an organization.
func userID(organization, name string) string { return madeID("usr", organization, name) }

// self is what the user is called who asks, with his password or with his key; empty:
// no user does.
func (c *call) self() string {
	if c.asker.Kind == access.User {
		return c.asker.ID
	}
	return c.asker.Owner
}

// governsUsers tells whether who asks may know of all users of the account: by his
// role, or because his key lists the scope.
func (c *call) governsUsers() bool {
	return c.asker.Scopes != nil || c.asker.Role == access.Admin || c.asker.Role == access.Root
}

// users are the users of the account, by name.
func (c *call) users() iter.Seq2[*access.UserRecord, error] {
	ctx := access.With(c.ctx(), c.operator())
	all := paged(func(r *access.UserRecord) string { return r.Name }, func(after string, limit int) ([]access.UserRecord, error) {
		return c.p.Access.Users.List(ctx, access.Page{After: after, Limit: limit})
	})
	return func(yield func(*access.UserRecord, error) bool) {
		for r, err := range all {
			if err == nil && r.Organization != c.asker.Own() && r.Organization != c.asker.Organization {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// userOf is the user of the account that a reference means: his very name or id,
// his name in any case, or his id in another case, the first of them that one has.
// nil: there is none.
func (c *call) userOf(ref string) (*access.UserRecord, error) {
	var found, likely *access.UserRecord
	for r, err := range c.users() {
		if err != nil {
			return nil, err
		}
		switch id := userID(c.asker.Organization, r.Name); {
		case r.Name == ref, id == ref:
			return r, nil
		case found == nil && strings.EqualFold(r.Name, ref):
			found = r
		case likely == nil && sameID(id, ref):
			likely = r
		}
	}
	return cmp.Or(found, likely), nil
}

// userView is a user as it is shown.
func (c *call) userView(r *access.UserRecord) userView {
	roles := map[access.Role]string{access.Viewer: "guest", access.Member: "user", access.Admin: "admin", access.Root: "admin"}
	return userView{
		ID: userID(c.asker.Organization, r.Name), AccountID: c.account(), Email: r.Name, Name: r.Name, Status: "confirmed",
		Role: roles[r.Role], Created: date(r.Created), Modified: date(r.Modified),
	}
}

// listUsers lists the users of the account that who asks may know of: all, or himself.
func (c *call) listUsers() error {
	return listed(c, func(yield func(userView, error) bool) {
		for r, err := range c.users() {
			if err != nil {
				yield(userView{}, err)
				return
			}
			if (c.governsUsers() || r.Name == c.self()) && !yield(c.userView(r), nil) {
				return
			}
		}
	})
}

// showUser shows the user of the path. One whom who asks may not know of is not
// there.
func (c *call) showUser() error {
	ref := c.value("user")
	if ref == this {
		ref = c.self()
	}
	r, err := c.userOf(ref)
	if err != nil {
		return err
	}
	if r == nil || !c.governsUsers() && r.Name != c.self() {
		return missing("user", ref)
	}
	return c.tell(c.userView(r))
}

// userOwner is the user of the path, whose key is one that has his name or his id for
// an owner. An imported key may be that of a user who is none here. One whom who asks
// may not know of is not there.
func (c *call) userOwner() (owner *keyOwner, err error) {
	err = whole(func(c *call) error {
		ref := c.value("user")
		if ref == this {
			ref = c.self()
		}
		names := []string{ref}
		r, err := c.userOf(ref)
		if err != nil {
			return err
		}
		if r != nil {
			names = []string{r.Name, userID(c.asker.Organization, r.Name)}
		}
		if !c.governsUsers() && !slices.Contains(names, c.self()) {
			return missing("user", ref)
		}
		owner = &keyOwner{ref: ref, is: func(k *access.KeyRecord) bool {
			return slices.Contains(names, k.Owner) && k.Owner != "" && k.Context.Whole() && !isClient(k.Owner) && !connioID(k.Owner)
		}}
		return nil
	})(c)
	return owner, err
}
