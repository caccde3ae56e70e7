package admin

import (
	"context"
	"errors"
	"net/url"

	"aion/api/access"
	"aion/query/rollup"
	"aion/storage/catalog"
	"aion/storage/points"
)

// kept counts the roll-up tasks and the metadata of an organization. What the home
// has of them is nobody's by name and stays, as its data do.
func (p *Protocol) kept(ctx context.Context, r *access.Organization) (tasks, values int, err error) {
	if p.Texts == nil || r.Home {
		return 0, 0, nil
	}
	if tasks, err = p.tasks().Count(ctx, r.ID); err != nil {
		return 0, 0, err
	}
	values, err = catalog.CountTexts(ctx, catalog.Namespace(p.Texts, r.ID))
	return tasks, values, err
}

// tasks are the roll-up tasks of the store.
func (p *Protocol) tasks() rollup.Estate { return rollup.Estate{Texts: p.Texts, Catalog: p.Catalog} }

// clean takes away what is left of an organization in the key store and in the
// records of protocols, what counts as nothing included: the next organization of
// that name finds none of it.
func (p *Protocol) clean(ctx context.Context, r *access.Organization) error {
	for _, kind := range p.Kinds {
		if err := p.drop(ctx, kind, url.PathEscape(r.ID)+"/"); err != nil {
			return err
		}
	}
	switch {
	case p.Texts == nil:
		return nil
	case r.Home:
		return p.tasks().Disown(ctx, r.ID)
	}
	if _, err := p.tasks().Abandon(ctx, r.ID); err != nil {
		return err
	}
	_, err := catalog.ClearTexts(ctx, catalog.Namespace(p.Texts, r.ID))
	return err
}

// drop takes away the records of a kind whose ids begin with a prefix.
func (p *Protocol) drop(ctx context.Context, kind, prefix string) error {
	for r, err := range p.Catalog.All(ctx, kind, prefix) {
		if err == nil {
			err = p.Catalog.Remove(ctx, kind, r.ID, r.Revision)
		}
		if err != nil && !errors.Is(err, points.ErrConflict) {
			return err
		}
	}
	return nil
}
