package connio

import (
	"net/http"
	"strings"

	"aion/api/access"
)

// accountView is an account as it is shown.
type accountView struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	FriendlyName string `json:"friendlyName"`
	Status       string `json:"status"`
	Locked       bool   `json:"locked"`
}

// accounts are the calls about accounts.
func accounts() []route {
	return []route{{http.MethodGet, "accounts/{account}", "account:read", whole((*call).showAccount)}}
}

// showAccount shows the account of who asks. Of other ones nothing is told.
func (c *call) showAccount() error {
	if ref := c.values["account"]; !c.accountIs(ref) {
		return missing("account", ref)
	}
	name := c.accountName()
	return c.tell(accountView{c.account(), name, name, "open", false})
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
	return ref == this || ref == c.account() || strings.EqualFold(ref, c.accountName())
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
