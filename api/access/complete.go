package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"aion/storage"
)

// named tells whether an id is one that only keys have.
func named(id string) bool { return strings.HasPrefix(id, keyPrefix) }

// ofKey is the bearer of a key.
func (g *Guard) ofKey(ctx context.Context, now *state, r *keptKey) (*Principal, error) {
	p := &Principal{
		Kind: Key, ID: r.ID, Organization: r.Organization, Role: r.Role.shared(), Scopes: r.Scopes,
		Context: Context{r.Context.Type.shared(), r.Context.IDs},
		Owner:   r.Owner, RateLimit: r.RateLimit, proof: r.Hash,
	}
	if r.Expires != nil {
		p.Expires = *r.Expires
	}
	return p, g.complete(ctx, now, p, r.Limits)
}

// ofUser is a user.
func (g *Guard) ofUser(ctx context.Context, now *state, r *keptUser) (*Principal, error) {
	p := &Principal{Kind: User, ID: r.Name, Organization: r.Organization, Role: r.Role, RateLimit: -1, proof: r.Hash}
	return p, g.complete(ctx, now, p, Limits{})
}

// isBasic tells whether credentials are those of the one user of the configuration.
func (g *Guard) isBasic(c Credentials) bool {
	b := g.config.Basic
	if b == nil {
		return false
	}
	same := func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return subtle.ConstantTimeCompare(x[:], y[:])
	}
	return same(c.ID, b.Name)&same(c.Secret, b.Password) == 1
}

// member is a member of the home organization.
func (g *Guard) member(ctx context.Context, now *state, name string) (*Principal, error) {
	p := &Principal{Kind: User, ID: name, Role: Member, RateLimit: -1}
	return p, g.complete(ctx, now, p, Limits{})
}

// Claims are what a signed token says, whose signature and times are good.
type Claims struct {
	Subject, Organization string
	Role                  string
	Scopes                []Scope
	Context               Context
	Expires               time.Time
}

// Bearer is who shows a token that says so. Without a role it is a member's if it
// lists scopes, and else a viewer's. It is of an organization that is there, or
// of none.
func (g *Guard) Bearer(ctx context.Context, c Claims) (*Principal, error) {
	now, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	p := &Principal{
		Kind: Token, ID: c.Subject, Organization: c.Organization, Role: Role(c.Role), Scopes: c.Scopes,
		Context: c.Context, RateLimit: -1, Expires: c.Expires,
	}
	switch {
	case c.Role == "" && len(c.Scopes) > 0:
		p.Role = Member
	case c.Role == "":
		p.Role = Viewer
	}
	words := errors.Join(text(p.ID, 1), text(p.Organization, 0))
	good := p.Role.rank() >= 0 && p.Context.normal() == nil && words == nil && len(p.Scopes) <= maxList
	if good {
		if good, err = g.there(ctx, now, p.Organization); err != nil {
			return nil, fmt.Errorf("find the organization of a token: %w", err)
		}
	}
	if !good {
		g.figures.refused.Add(1)
		return nil, wrong()
	}
	if err := g.complete(ctx, now, p, Limits{}); err != nil {
		return nil, err
	}
	return p, nil
}

// complete fills in what the organization, the context and the own limits come to.
func (g *Guard) complete(ctx context.Context, now *state, p *Principal, own Limits) error {
	g.bind(now, p)
	if err := g.limit(ctx, now, p, own); err != nil {
		return err
	}
	if p.Narrow() {
		if err := g.narrow(ctx, p); err != nil {
			return err
		}
	}
	if p.Confined() {
		return g.confine(ctx, p)
	}
	return nil
}

// narrow binds p to the devices of its context.
func (g *Guard) narrow(ctx context.Context, p *Principal) error {
	ids := p.Context.IDs
	if g.config.Reacher != nil {
		var err error
		if ids, err = g.config.Reacher.Devices(ctx, p.Organization, p.Context); err != nil {
			return fmt.Errorf("find the devices of a context: %w", err)
		}
	}
	p.Constraint = p.Constraint.Devices(g.config.DeviceTag, ids...)
	return nil
}

// confine hides from p what the access types of properties say.
func (g *Guard) confine(ctx context.Context, p *Principal) (err error) {
	if g.config.Veil == nil {
		return nil
	}
	if p.Constraint.Veil, err = g.config.Veil(ctx, p); err != nil {
		return fmt.Errorf("find the properties that are not public: %w", err)
	}
	return nil
}

// bucketName is the name of the bucket of somebody: a key's is its id, which has
// no spaces; subjects of tokens are called alike in several organizations.
func bucketName(p *Principal) string {
	if p.Kind == Key {
		return p.ID
	}
	return string(p.Kind) + " " + p.ID + "\n" + p.Organization
}

// bind binds p to its organization. Once there is a second one everybody but root
// is bound; who comes from another one than the home always is.
func (g *Guard) bind(now *state, p *Principal) {
	if p.unnamed = p.unnamed || p.Organization == ""; p.unnamed {
		p.Organization = now.Home
	}
	p.calls = g.calls.bucket(bucketName(p), p.RateLimit, g.now())
	p.Home = p.Organization == now.Home
	p.Constraint = storage.Constraint{}
	tag := g.config.OrganizationTag
	switch {
	case p.Role == Root, p.Home && !now.Several:
	case p.Home:
		p.Constraint.Matchers = []storage.Matcher{{Tag: tag, Values: []string{p.Organization}, Absent: true}}
	default:
		p.Constraint = p.Constraint.Organization(tag, p.Organization)
	}
}
