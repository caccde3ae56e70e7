package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"aion/storage"
	"aion/storage/catalog"
)

// Reacher knows what the contexts of devices and apps come to.
type Reacher interface {
	// Devices are the ids of the devices of a context, as the device tag has
	// them. An id that no device has yet stands for itself.
	Devices(ctx context.Context, organization string, c Context) ([]string, error)
}

// Veil knows what somebody who is confined does not see of the series that his
// Constraint's matchers permit.
type Veil func(ctx context.Context, p *Principal) (storage.Veil, error)

// Config is what a Guard is made of.
type Config struct {
	Catalog         *catalog.Catalog
	OrganizationTag string            // empty: organization
	DeviceTag       string            // empty: device
	Reacher         Reacher           // nil: the ids of contexts stand for themselves
	Veil            Veil              // of who is confined; nil: there is none
	Basic           *Basic            // nil: there is none
	Passwords       PasswordCost      // zero: DefaultCost
	Queries         int               // of one key, user or token that run at once; 0: any number
	Limits          func(Role) Limits // of those for whom nothing else is said; nil: the server's
	Now             storage.Now       // nil: time.Now
	Log             *slog.Logger      // nil: nothing is logged
}

// Basic is the one user of a server whose keys are elsewhere, as a KairosDB 1.2
// has it: a member of the home organization.
type Basic struct{ Name, Password string }

// Guard finds out who asks. It keeps what it has found out until something
// changes, which it looks for within each second while requests come, so that
// what is revoked on one server is worth nothing on any within a second. While
// the store is away, what was found out before remains good. It is safe for
// concurrent use.
type Guard struct {
	Keys          *Keys
	Users         *Users
	Organizations *Organizations
	Audit         *Audit

	*book
	config  Config
	found   *cache
	calls   *limits // per key
	failed  *limits // per address, and per name and network
	feeds   *limits // per device
	uses    *uses
	looking sync.Mutex
	state   atomic.Pointer[state]
	asked   atomic.Bool // since Run last looked
	watched watched
	figures figures
}

// New is a guard over the records of a catalog. Without Run it looks for changes
// when requests come alone.
func New(c Config) *Guard {
	if c.OrganizationTag == "" {
		c.OrganizationTag = "organization"
	}
	if c.DeviceTag == "" {
		c.DeviceTag = "device"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	now := c.Now.Or()
	b := &book{catalog: c.Catalog, now: now, log: c.Log}
	b.audit = &Audit{catalog: c.Catalog, log: c.Log, now: now}
	organizations := &Organizations{b}
	g := &Guard{
		Keys: &Keys{b, organizations}, Users: &Users{b, organizations, newPasswords(c.Passwords)},
		Organizations: organizations, Audit: b.audit,
		book: b, config: c, found: newCache(kept), calls: newLimits(mostKeys), failed: newLimits(mostOrigins), feeds: newLimits(mostKeys), uses: newUses(),
	}
	b.changed = g.forget
	return g
}

// Credentials are what somebody shows: an id or a name, and the secret of it; or
// the secret alone.
type Credentials struct {
	ID, Secret string
	From       netip.Addr // where from; zero: unknown
}

// Login is who shows a key's id and secret, or a user's name and password.
func (g *Guard) Login(ctx context.Context, id, secret string) (*Principal, error) {
	return g.Admit(ctx, Credentials{ID: id, Secret: secret})
}

// wrong is the answer to credentials that are not right, whatever is wrong.
func wrong() *DeniedError {
	return &DeniedError{Status: http.StatusUnauthorized, Reason: "the credentials are not valid"}
}

// Admit is who shows these credentials. The error is a DeniedError if they are
// wrong, or if there are too many calls.
func (g *Guard) Admit(ctx context.Context, c Credentials) (*Principal, error) {
	now, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	mark := markOf(c)
	found, ok := g.found.find(mark)
	if !ok || found.generation != now.generation {
		if found, err = g.identify(ctx, now, c, found); err != nil {
			return nil, err
		}
		g.found.keep(mark, found)
	}
	return g.let(found, c)
}

// let lets somebody in who was found out, unless he calls too often or his time
// is over. What fails counts as a call of the key that it names, as long as where
// it comes from has not failed too often: no address spends more of a key's calls
// than it has failed logins.
func (g *Guard) let(f finding, c Credentials) (*Principal, error) {
	at, p := g.now(), f.principal
	bad := p == nil || f.ends != 0 && at.UnixMilli() >= f.ends
	if bad {
		if after := g.failed.waitAny(c, at); after > 0 {
			return nil, g.figures.tooMany("too many failed logins", after)
		}
	}
	if f.calls != nil && f.rate > 0 {
		if after := f.calls.take(int(f.rate), at); after > 0 {
			return nil, g.figures.tooMany("too many calls with this key", after).of(f.named(c))
		}
	}
	if bad {
		g.failed.takeAll(c, at)
		g.figures.refused.Add(1)
		return nil, wrong().of(f.named(c))
	}
	if f.calls != nil {
		g.uses.note(f.calls, p, at)
	}
	return p, nil
}

// identify finds out who shows these credentials. What was found before, if
// anything, saves the hashing of a password that has not changed.
func (g *Guard) identify(ctx context.Context, now *state, c Credentials, before finding) (finding, error) {
	if p := before.principal; p != nil {
		renewed, err := g.renew(ctx, now, p)
		if err != nil {
			return finding{}, err
		}
		if renewed != nil {
			return finding{generation: now.generation, calls: before.calls, rate: int32(renewed.RateLimit)}.found(renewed), nil
		}
	}
	if after := g.failed.waitAny(c, g.now()); after > 0 {
		return finding{}, g.figures.tooMany("too many failed logins", after)
	}
	f, err := g.verify(ctx, now, c)
	if denied := new(DeniedError); err != nil && !errors.As(err, &denied) {
		return finding{}, fmt.Errorf("check credentials: %w", err)
	}
	return f, err
}

// verify checks credentials against the records. A finding without a principal
// says that they are wrong.
func (g *Guard) verify(ctx context.Context, now *state, c Credentials) (finding, error) {
	f := finding{generation: now.generation}
	if g.isBasic(c) {
		p, err := g.member(ctx, now, c.ID)
		return f.found(p), err
	}
	id, alone := c.ID, c.ID == ""
	if alone {
		var err error
		if id, err = g.Keys.owner(ctx, c.Secret); err != nil {
			return f, err
		}
		if id == "" {
			id = keyPrefix // which no key has
		}
	} else if identifier(id) != nil {
		id = keyPrefix // no record can be called so
	}
	key, right, err := g.Keys.check(ctx, id, c.Secret)
	if err != nil {
		return f, err
	}
	f.key = key != nil
	if f.key && !key.ends(g.now()) {
		f.calls, f.rate = g.calls.bucket(key.ID, key.RateLimit, g.now()), int32(key.RateLimit)
	}
	if right {
		p, err := present(g.ofKey(ctx, now, key))
		return f.found(p), err
	}
	if alone || named(id) {
		return f, nil
	}
	user, err := g.Users.check(ctx, id, c.Secret)
	if err != nil || user == nil {
		return f, err
	}
	f.calls, f.rate = nil, 0 // a user's calls are not those of a key that is called as he is
	p, err := present(g.ofUser(ctx, now, user))
	return f.found(p), err
}

// present is p, nobody where his organization is gone.
func present(p *Principal, err error) (*Principal, error) {
	switch {
	case errors.Is(err, errGone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return p, nil
}

// renew is p as the records are now, nil where what he has shown is worth nothing
// any more.
func (g *Guard) renew(ctx context.Context, now *state, p *Principal) (*Principal, error) {
	switch p.Kind {
	case Key:
		r, err := load[keptKey](ctx, g.book, kindKey, p.ID)
		if err != nil || r == nil || r.Hash != p.proof || r.ends(g.now()) {
			return nil, err
		}
		return present(g.ofKey(ctx, now, r))
	case User:
		if p.proof == "" { // the one of Config
			return g.member(ctx, now, p.ID)
		}
		r, err := load[keptUser](ctx, g.book, kindUser, p.ID)
		if err != nil || r == nil || r.Hash != p.proof {
			return nil, err
		}
		return present(g.ofUser(ctx, now, r))
	case Token, Whole:
		renewed := *p
		return present(&renewed, g.complete(ctx, now, &renewed, Limits{}))
	}
	return p, nil
}
