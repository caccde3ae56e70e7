package access

import (
	"context"
	"sync"
)

// mostTenants is how many names of organizations a guard remembers between two
// changes.
const mostTenants = 10_000

// tenants are names of organizations and what is known of them.
type tenants struct {
	mu    sync.Mutex
	known map[string]tenant
}

// tenant is what is known of an organization.
type tenant struct {
	there     bool // and not about to be deleted
	limits    Limits
	ingestion Ingestion
}

// there tells whether there is an organization, as of the last change; the empty
// name is the home's, which needs no record.
func (g *Guard) there(ctx context.Context, now *state, id string) (bool, error) {
	t, err := g.tenant(ctx, now, id)
	return t.there || id == "", err
}

// tenant is what is known of an organization as of the last change.
func (g *Guard) tenant(ctx context.Context, now *state, id string) (tenant, error) {
	if id == "" {
		return tenant{}, nil
	}
	t := now.tenants
	t.mu.Lock()
	is, known := t.known[id]
	t.mu.Unlock()
	if known {
		return is, nil
	}
	r, err := load[Organization](ctx, g.book, kindOrganization, id)
	if err != nil {
		return tenant{}, err
	}
	if r != nil {
		is = tenant{!r.Closed, r.Limits, r.Ingestion}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil || len(t.known) >= mostTenants {
		t.known = map[string]tenant{}
	}
	t.known[id] = is
	return is, nil
}
