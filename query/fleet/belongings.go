package fleet

import (
	"context"
	"errors"

	"aion/storage"
	"aion/storage/points"
)

// Belongings count what an organization has.
type Belongings struct {
	Devices  int `json:"devices"`
	Apps     int `json:"apps"`
	Profiles int `json:"profiles"`
	Series   int `json:"series"` // with points
}

// Belongings count what an organization has whose series carry its tag. The home
// organization's are nobody's by name: it has none.
func (f *Fleet) Belongings(ctx context.Context, organization string) (Belongings, error) {
	return f.belongings(ctx, organization, func(string, string) error { return nil })
}

// Abandon deletes what an organization has, its points included, and answers how
// much that was. What the home organization has stays.
func (f *Fleet) Abandon(ctx context.Context, organization string) (Belongings, error) {
	if err := f.Settle(ctx); err != nil {
		return Belongings{}, err
	}
	had, err := f.belongings(ctx, organization, func(kind, id string) error {
		switch kind {
		case kindDevice:
			return unlessGone(f.Delete(ctx, organization, id, false))
		case kindApp:
			return unlessGone(f.DeleteApp(ctx, organization, id))
		}
		return unlessGone(f.DeleteProfile(ctx, organization, id))
	})
	if err == nil && had.Series != 0 {
		err = f.c.Store.Delete(ctx, f.tagged(organization), points.Always)
	}
	if err != nil {
		return had, err
	}
	return had, f.clear(ctx, organization) // what is not public stays so until there is nothing of it
}

// clear takes away what a crash has left of the names and the rules of devices that
// are gone, and what is noted of their properties and stays of them. What the home
// organization has stays.
func (f *Fleet) clear(ctx context.Context, organization string) error {
	tenant, err := f.tenant(ctx, organization)
	if err != nil || tenant == "" {
		return err
	}
	for _, kind := range []string{kindAlias, kindRuled} {
		for r, err := range f.c.Catalog.All(ctx, kind, key(tenant, "")) {
			if err == nil {
				err = f.c.Catalog.Remove(ctx, kind, r.ID, r.Revision)
			}
			if err != nil && !errors.Is(err, points.ErrConflict) {
				return err
			}
		}
	}
	return f.unnote(ctx, tenant)
}

// unlessGone is err, unless somebody else has taken the thing away first.
func unlessGone(err error) error {
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	return err
}

// tagged are all series with the tag of an organization.
func (f *Fleet) tagged(organization string) storage.Selection {
	return storage.Selection{Matchers: []storage.Matcher{{Tag: f.c.OrganizationTag, Values: []string{organization}}}}
}

// belongings counts what an organization has, and tells of the records.
func (f *Fleet) belongings(ctx context.Context, organization string, tell func(kind, id string) error) (had Belongings, err error) {
	tenant, err := f.tenant(ctx, organization)
	if err != nil || tenant == "" {
		return had, err
	}
	for _, of := range []struct {
		kind  string
		count *int
	}{{kindApp, &had.Apps}, {kindDevice, &had.Devices}, {kindProfile, &had.Profiles}} {
		prefix := key(tenant, "")
		for r, err := range f.c.Catalog.All(ctx, of.kind, prefix) {
			if err != nil {
				return had, err
			}
			*of.count++
			if err := tell(of.kind, r.ID[len(prefix):]); err != nil {
				return had, err
			}
		}
	}
	for series, err := range f.c.Store.Select(ctx, f.tagged(organization)) {
		if err != nil {
			return had, err
		}
		some, err := series.Any(ctx, points.Always)
		if err != nil {
			return had, err
		}
		if some {
			had.Series++
		}
	}
	return had, nil
}
