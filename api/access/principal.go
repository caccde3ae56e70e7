// Package access says who asks and what they may do. A request's Principal is
// found out once, by the server's middleware; everything below asks it for a
// scope and takes its store from Store, which shows what the principal may see
// and nothing else. Where nobody was found out, nothing is permitted.
package access

import (
	"context"
	"slices"
	"time"

	"aion/storage"
)

// Kind is what a principal has shown.
type Kind string

// The kinds of principals.
const (
	Open  Kind = "open"  // nothing: the server asks nobody
	Key   Kind = "key"   // an API key
	User  Kind = "user"  // a user's name and password
	Token Kind = "token" // a signed token

	// Whole is nothing, either: what runs for an organization without a request.
	Whole Kind = "organization"
)

// Reach is the kind of things that a context lists.
type Reach string

// The kinds of contexts.
const (
	Account Reach = "account" // the whole organization
	App     Reach = "app"     // apps, and the devices in them
	Device  Reach = "device"  // devices
)

// shared is the kind without memory of its own.
func (r Reach) shared() Reach {
	for _, known := range [...]Reach{Account, App, Device} {
		if r == known {
			return known
		}
	}
	return r
}

// Context is what a principal works on: the things of one kind with these ids.
// The zero value is the whole organization.
type Context struct {
	Type Reach    `json:"type"`
	IDs  []string `json:"ids"`
}

// Whole tells whether c is the whole organization.
func (c Context) Whole() bool { return c.Type == "" || c.Type == Account }

// Principal is who asks. It does not change once it is made.
type Principal struct {
	Kind         Kind
	ID           string // of the key; the user's name; the token's subject
	Organization string // the home organization's for who names none; empty while there is none
	Home         bool   // the organization is the home organization, whose data need no tag
	Role         Role
	Scopes       []Scope   // nil: those that the role has; empty: none
	Context      Context   // as it was given
	Owner        string    // the device, user or client that a key belongs to; empty: nobody's
	RateLimit    int       // calls a minute; -1: any number
	Limits       Limits    // of what he asks; zero members: the server's
	Expires      time.Time // zero: never

	// Constraint is what the organization and the context come to: the series
	// that the principal may read and write.
	Constraint storage.Constraint

	confined bool   // although it is Whole
	own      Limits // those that its record says
	unnamed  bool   // its record or token names no organization: it is the operator's

	proof string  // the hash of what was shown, to tell whether it still holds
	calls *bucket // of the key, user or token; nil: nobody counts
}

// Everyone is who asks where the server asks nobody: all is permitted.
func Everyone() *Principal { return &Principal{Kind: Open, Role: Root, Home: true, RateLimit: -1} }

// May tells whether the principal has a scope. The role bounds what the scopes
// list; where there is no list the scopes are the role's.
func (p *Principal) May(s Scope) bool {
	if p == nil || !p.Role.has(s) {
		return false
	}
	return p.Scopes == nil || slices.ContainsFunc(p.Scopes, func(have Scope) bool { return have.plain() == s.plain() })
}

// Own is the organization of what the principal makes where nothing else is said:
// none for the operator's, whose records name none.
func (p *Principal) Own() string {
	if p.unnamed {
		return ""
	}
	return p.Organization
}

// Governs tells whether the principal may change keys and users whose records
// name an organization. Those that name none are the operator's and no tenant's,
// not even the home's.
func (p *Principal) Governs(organization string) bool {
	return p.Administers(p.Own()) && (p.Role == Root || p.Own() == organization)
}

// Administers tells whether the principal may change devices and what else belongs
// to the data of an organization; the empty name is the home's. Who lists scopes
// does not: there is none for that.
func (p *Principal) Administers(organization string) bool {
	if p == nil || !p.Context.Whole() || p.Scopes != nil {
		return false
	}
	own := p.Organization == organization || p.Home && organization == ""
	return p.Role == Root || p.Role == Admin && own
}

// Limited tells whether the principal's own record bounds what its queries take.
func (p *Principal) Limited() bool { return p.own != Limits{} }

// Narrow tells whether the principal sees a part of its organization only.
func (p *Principal) Narrow() bool { return p == nil || !p.Context.Whole() }

// who is the key of a principal in a context.
type who struct{}

// Confined tells whether the access types of properties apply to the principal: it
// sees nothing of private properties and only reads protected ones. They apply to
// every key, user and token but those who administer their organization, which
// takes the role admin or root without a list of scopes and without a context; a
// device's own key is free of them at that device, and nowhere else. They do not
// apply where the server asks nobody, nor to what runs for an organization, or for a
// device that has shown its secret, unless Confine has made it so.
func (p *Principal) Confined() bool {
	return p == nil || p.confined || p.Kind != Open && p.Kind != Whole && !p.Administers(p.Organization)
}

// With is ctx for a request of p.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, who{}, p)
}

// From is who asks, nil where nobody was found out.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(who{}).(*Principal)
	return p
}
