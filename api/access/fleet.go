package access

import "context"

// What whoever keeps devices and apps needs of a guard.

// Tenancy tells how organizations share the store: which one is the home of the
// series that name none, empty before there is one, and whether there are several.
func (o *Organizations) Tenancy(ctx context.Context) (home string, several bool, err error) {
	t, err := o.tenancy(ctx)
	return t.Home, t.Several, err
}

// Tenancy is Organizations.Tenancy as it was at most a second ago. What this server
// has changed shows.
func (g *Guard) Tenancy(ctx context.Context) (home string, several bool, err error) {
	now, err := g.current(ctx)
	if err != nil {
		return "", false, err
	}
	return now.Home, now.Several, nil
}

// Tell says that something in contexts has changed, to this server at once and to
// the others within a second.
func (g *Guard) Tell(ctx context.Context) error { return g.tell(ctx) }

// Note notes an action on things of an organization.
func (a *Audit) Note(ctx context.Context, action, organization string, ids ...string) error {
	return a.note(ctx, action, organization, ids...)
}

// Reached are the ids of the devices that a principal's context comes to, and
// nothing of what else bounds it.
func (g *Guard) Reached(p *Principal) []string {
	var ids []string
	for _, m := range p.Constraint.Matchers {
		if m.Tag == g.config.DeviceTag {
			ids = append(ids, m.Values...)
		}
	}
	return ids
}
