package connio

import (
	"errors"
	"net/http"
	"strings"

	"aion/api/access"
)

// accountView is an account as it is shown. The home has no date before somebody gives
// it a name.
type accountView struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	FriendlyName string      `json:"friendlyName"`
	Plan         accountPlan `json:"plan"`
	Status       string      `json:"status"`
	Locked       bool        `json:"locked"`
	Created      *string     `json:"dateCreated"`
	Modified     *string     `json:"dateModified"`
}

// accountPlan is the plan of an account: trial, or one that is paid for. Here none ends.
type accountPlan struct {
	Type string `json:"type"`
}

// accounts are the calls about accounts.
func accounts() []route {
	return []route{{http.MethodGet, "accounts/{account}", "account:read", whole((*call).showAccount)}}
}

// showAccount shows the account of who asks. Of other ones nothing is told.
func (c *call) showAccount() error {
	if ref := c.value("account"); !c.accountIs(ref) {
		return missing("account", ref)
	}
	name := c.accountName()
	v := accountView{ID: c.account(), Name: name, FriendlyName: name, Plan: accountPlan{"paid"}, Status: "open"}
	if c.asker.Organization == "" {
		return c.tell(v)
	}
	o, err := c.p.Access.Organizations.Show(access.With(c.ctx(), c.operator()), c.asker.Organization)
	if err == nil {
		made := date(o.Created)
		v.Created, v.Modified = &made, &made
	} else if !errors.As(err, new(*access.MissingError)) {
		return err
	}
	return c.tell(v)
}

// accountName is what the account of who asks is called. The home has no name
// before somebody gives it one.
func (c *call) accountName() string {
	if c.asker.Organization == "" {
		return "home"
	}
	return c.asker.Organization
}

// accountIs tells whether a reference means the account of who asks.
func (c *call) accountIs(ref string) bool {
	return ref == this || sameID(c.account(), ref) || strings.EqualFold(ref, c.accountName())
}

// inAccount takes the account that clients may name before an entity off a path.
// Not ok: it is another one.
func inAccount(parts []string, asker *access.Principal) (rest []string, ok bool) {
	if len(parts) < 3 || parts[0] != "accounts" {
		return parts, true
	}
	c := &call{asker: asker}
	return parts[2:], c.accountIs(parts[1])
}
