package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/fleet"
)

// organizationChange is what a request may change of an organization.
type organizationChange struct {
	Name      string           `json:"name"`
	Limits    access.Limits    `json:"limits"`
	Ingestion access.Ingestion `json:"ingestion"`
}

// changeOrganization changes what the request names of the name, the limits and the
// plan of an organization, whatever else of it others change meanwhile.
func (p *Protocol) changeOrganization(c echo.Context) error {
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	now, err := p.Access.Organizations.Show(ctx, id)
	if err != nil {
		return err
	}
	var raw rawBody
	if err := p.read(c, &raw, p.body()); err != nil {
		return err
	}
	body := organizationChange{now.Name, now.Limits, now.Ingestion}
	if err := raw.into(&body); err != nil {
		return err
	}
	r, err := p.Access.Organizations.Change(ctx, id, func(r *access.Organization) error {
		b := organizationChange{r.Name, r.Limits, r.Ingestion}
		err := raw.into(&b)
		r.Name, r.Limits, r.Ingestion = b.Name, b.Limits, b.Ingestion
		return err
	})
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, r)
}

// Belongings are what an organization has.
type Belongings struct {
	Keys  int `json:"keys"`
	Users int `json:"users"`
	fleet.Belongings
	Rollups  int `json:"rollups"`  // tasks, those of its keys included
	Metadata int `json:"metadata"` // values of KairosDB's key store
}

// String names what there is any of.
func (b Belongings) String() string {
	var had []string
	for _, of := range []struct {
		n    int
		name string
	}{
		{b.Keys, "keys"}, {b.Users, "users"}, {b.Devices, "devices"}, {b.Apps, "apps"}, {b.Profiles, "profiles"}, {b.Series, "series with points"},
		{b.Rollups, "roll-up tasks"}, {b.Metadata, "metadata"},
	} {
		if of.n > 0 {
			had = append(had, fmt.Sprint(of.n, " ", of.name))
		}
	}
	return strings.Join(had, ", ")
}

// Ended is what was deleted with an organization.
type Ended struct {
	access.Organization
	Deleted Belongings `json:"deleted"`
}

// deleteOrganization takes an organization away that has nothing; ?data=true takes
// along what it has.
func (p *Protocol) deleteOrganization(c echo.Context) error {
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	data, err := flag(c, "data")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if !data {
		if err := p.bare(ctx, id); err != nil {
			return err
		}
	}
	done, err := p.end(ctx, id, data)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, done)
}

// end closes an organization and, once nobody is at work there any more, takes it
// away with its data, or if it has none.
func (p *Protocol) end(ctx context.Context, id string, data bool) (done Ended, err error) {
	done.Organization, err = p.Access.Organizations.Close(ctx, id)
	if err != nil {
		return done, err
	}
	if err := p.Access.Organizations.Quiet(ctx); err != nil {
		return done, err
	}
	if data {
		done.Deleted, err = p.empty(ctx, &done.Organization)
	} else if err = p.bare(ctx, id); err != nil { // somebody was faster
		_, reopened := p.Access.Organizations.Reopen(ctx, id)
		err = errors.Join(err, reopened)
	}
	if err == nil {
		err = p.clean(ctx, &done.Organization)
	}
	if err == nil {
		err = p.Access.Organizations.Remove(ctx, id)
	}
	return done, err
}

// bare tells, as an error, that an organization has something. Who may not delete
// it is told that first.
func (p *Protocol) bare(ctx context.Context, id string) error {
	if by := access.From(ctx); by == nil || by.Role != access.Root || !by.Administers(by.Organization) {
		return &access.DeniedError{Status: http.StatusForbidden, Reason: "the role root is required"}
	}
	r, err := p.Access.Organizations.Show(ctx, id)
	if err != nil {
		return err
	}
	var has Belongings
	if has.Keys, has.Users, err = p.Access.Organizations.Members(ctx, id); err != nil {
		return err
	}
	if p.Fleet != nil {
		if has.Belongings, err = p.Fleet.Belongings(ctx, id); err != nil {
			return err
		}
	}
	if has.Rollups, has.Metadata, err = p.kept(ctx, &r); err != nil {
		return err
	}
	if text := has.String(); text != "" {
		return &access.DeniedError{Status: http.StatusConflict, Reason: fmt.Sprintf("the organization %s has %s, which go with it if data=true says so", id, text)}
	}
	return nil
}

// empty deletes what an organization has that nobody adds to any more, and answers
// how much that was. What was begun and cut off is finished by another call.
func (p *Protocol) empty(ctx context.Context, r *access.Organization) (had Belongings, err error) {
	if had.Keys, had.Users, err = p.Access.Organizations.Dismiss(ctx, r.ID); err != nil {
		return had, err
	}
	if had.Rollups, had.Metadata, err = p.kept(ctx, r); err == nil {
		err = p.clean(ctx, r)
	}
	if err == nil && p.Fleet != nil {
		had.Belongings, err = p.Fleet.Abandon(ctx, r.ID)
	}
	if err != nil {
		return had, fmt.Errorf("delete the data of organization %s: %w", r.ID, err)
	}
	return had, p.Access.Audit.Note(ctx, "organization.empty: "+had.String(), r.ID, r.ID)
}
