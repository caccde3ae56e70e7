package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"
)

// Proof is what a user who has logged in shows from then on in place of the
// password: the same as long as that is the same, and of no use for finding it out.
// Who has not shown a user's name and password has none, which is a DeniedError.
func (g *Guard) Proof(ctx context.Context, p *Principal) (string, error) {
	if p == nil || p.Kind != User {
		return "", wrong()
	}
	return g.proofOf(ctx, p.ID, p.proof)
}

// proofOf is the proof of a user whose password has a hash; the one of Config has
// none.
func (g *Guard) proofOf(ctx context.Context, name, hash string) (string, error) {
	if b := g.config.Basic; hash == "" && b != nil {
		hash = b.Password
	}
	return g.Keys.Sealed(ctx, "login\x00"+name+"\x00"+hash)
}

// Session is the user who has logged in and was given a proof, until it ends. It
// is a DeniedError where it has ended, or the user is gone or has another password
// since.
func (g *Guard) Session(ctx context.Context, name, proof string, ends time.Time) (*Principal, error) {
	now, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	// No id has a blank, so that the mark is nobody else's.
	mark := markOf(Credentials{ID: "session " + name, Secret: proof + " " + ends.UTC().String()})
	found, ok := g.found.find(mark)
	if !ok || found.generation != now.generation {
		found = finding{generation: now.generation}
		if found.principal, err = g.session(ctx, now, name, proof); err != nil {
			return nil, fmt.Errorf("check a login: %w", err)
		}
		if found.principal != nil {
			found.principal.Expires = ends
			g.found.keep(mark, found)
		}
	}
	if found.principal == nil || !g.now().Before(ends) {
		g.figures.refused.Add(1)
		return nil, wrong()
	}
	return found.principal, nil
}

// session is the user of a name whose proof this is, nil where there is none.
func (g *Guard) session(ctx context.Context, now *state, name, proof string) (*Principal, error) {
	if identifier(name) != nil {
		return nil, nil
	}
	r, err := load[keptUser](ctx, g.book, kindUser, name)
	if err != nil {
		return nil, err
	}
	hash := ""
	if r != nil {
		hash = r.Hash
	}
	want, err := g.proofOf(ctx, name, hash)
	basic := r == nil && g.config.Basic != nil && g.config.Basic.Name == name
	switch {
	case err != nil || want != proof:
		return nil, err
	case basic:
		return g.renew(ctx, now, &Principal{Kind: User, ID: name})
	case r == nil:
		return nil, nil
	}
	return present(g.ofUser(ctx, now, r))
}

// Guess has find look for what somebody means by a secret that is no key's, such
// as a device's, and answers what find does. Secrets that find knows nothing of
// count as failed logins of where they come from; from where there were too many,
// secrets are passed on alone that have been right there before. The error is a
// DeniedError otherwise. unknown says which errors of find mean that there is none.
func (g *Guard) Guess(secret string, from netip.Addr, unknown error, find func() error) error {
	// No id ends with a blank, so that the mark is nobody else's.
	origin := Credentials{From: from}
	mark := markOf(Credentials{ID: "secret ", Secret: networkOf(from, 24, 48) + " " + secret})
	if _, known := g.found.find(mark); !known {
		if after := g.failed.waitAny(origin, g.now()); after > 0 {
			return g.figures.tooMany("too many failed logins", after)
		}
	}
	err := find()
	switch {
	case err == nil:
		g.found.keep(mark, finding{})
	case errors.Is(err, unknown):
		g.failed.takeAll(origin, g.now())
		g.figures.refused.Add(1)
	}
	return err
}

// LoginUser is the user who shows a name and a password; keys do not log in.
func (g *Guard) LoginUser(ctx context.Context, c Credentials) (*Principal, error) {
	if named(c.ID) || c.ID == "" {
		return nil, wrong()
	}
	p, err := g.Admit(ctx, c)
	if err == nil && p.Kind != User {
		return nil, &DeniedError{Status: http.StatusUnauthorized, Reason: wrong().Error()}
	}
	return p, err
}
