package access

import (
	"context"
	"sync"
)

// mostTenants is how many names of organizations a guard remembers between two
// changes.
const mostTenants = 10_000

// tenants are names of organizations, and whether there are such organizations.
type tenants struct {
	mu    sync.Mutex
	there map[string]bool
}

// there tells whether there is an organization, as of the last change; the empty
// name is the home's, which needs no record.
func (g *Guard) there(ctx context.Context, now *state, id string) (bool, error) {
	if id == "" {
		return true, nil
	}
	t := now.tenants
	t.mu.Lock()
	there, known := t.there[id]
	t.mu.Unlock()
	if known {
		return there, nil
	}
	r, err := load[Organization](ctx, g.book, kindOrganization, id)
	if err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.there == nil || len(t.there) >= mostTenants {
		t.there = map[string]bool{}
	}
	t.there[id] = r != nil
	return r != nil, nil
}
