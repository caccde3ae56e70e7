package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Present is who holds a key, as far as he may do something now: for what runs
// without a request. Where the key is worth nothing any more the error is a
// DeniedError.
func (g *Guard) Present(ctx context.Context, key string) (*Principal, error) {
	now, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	r, err := load[keptKey](ctx, g.book, kindKey, key)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read key %s: %w", short(key), err)
	case r == nil || r.ends(g.now()):
		return nil, &DeniedError{Status: http.StatusUnauthorized, Reason: fmt.Sprintf("the key %s is not valid any more", short(key))}
	}
	p, err := g.ofKey(ctx, now, r)
	return p, absent(err)
}

// Tenant is somebody who sees and changes the data of an organization, all of
// them and no others, whatever the access types of properties say. The empty name
// is the home organization.
func (g *Guard) Tenant(ctx context.Context, organization string) (*Principal, error) {
	now, err := g.current(ctx)
	if err != nil {
		return nil, err
	}
	p := &Principal{Kind: Whole, Organization: organization, Role: Member, RateLimit: -1}
	return p, absent(g.complete(ctx, now, p, Limits{}))
}

// Confine is p as one to whom the access types of properties apply.
func (g *Guard) Confine(ctx context.Context, p *Principal) (*Principal, error) {
	confined := *p
	confined.confined = true
	return &confined, g.confine(ctx, &confined)
}

// absent has errGone be told to whoever acts for somebody.
func absent(err error) error {
	if errors.Is(err, errGone) {
		return &DeniedError{Status: http.StatusUnauthorized, Reason: err.Error()}
	}
	return err
}
