package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// whose says whose devices, profiles and apps a request is about, and which page
// of them it wants.
type whose struct {
	organization  string
	within        []string       // nil: all of it; else the ids of the devices that may be seen
	context       access.Context // what is named where within is not nil
	prefix, after string
	limit         int
}

// sees tells whether a thing, a device or an app or another one, may be looked up
// by a reference. Inside a context only what the context names, or comes to, is.
func (w whose) sees(thing, ref string) bool {
	if w.within == nil {
		return true
	}
	return string(w.context.Type) == thing && slices.Contains(w.context.IDs, ref) || thing == "device" && w.reaches(ref)
}

// reaches tells whether the device of an id may be seen.
func (w whose) reaches(id string) bool { return w.within == nil || slices.Contains(w.within, id) }

// asking is what a request that only reads is about: an organization that
// ?organization= names, or that of whoever asks.
func (p *Protocol) asking(c echo.Context, scope access.Scope) (whose, error) {
	if err := access.Check(c.Request().Context(), scope); err != nil {
		return whose{}, err
	}
	by := access.From(c.Request().Context())
	w := whose{organization: by.Organization}
	if named := c.QueryParam("organization"); named != "" && named != w.organization {
		if by.Role != access.Root || by.Narrow() {
			return w, &access.MissingError{Kind: "organization", ID: named}
		}
		w.organization = named
	}
	if by.Narrow() {
		w.context, w.within = by.Context, slices.Compact(slices.Sorted(slices.Values(p.Access.Reached(by))))
		if w.within == nil {
			w.within = []string{}
		}
	}
	return w, nil
}

// changing is what a request that changes something is about. Only who administers
// the organization, which has to be there, may do so; what others have is not there
// for him.
func (p *Protocol) changing(c echo.Context, scope access.Scope, organization string) (whose, error) {
	if err := access.Check(c.Request().Context(), scope); err != nil {
		return whose{}, err
	}
	by := access.From(c.Request().Context())
	if organization == "" {
		organization = by.Organization
	}
	own := organization == by.Organization
	if by.Administers(organization) {
		if own {
			return whose{organization: organization}, nil
		}
		r, err := p.Access.Organizations.Show(c.Request().Context(), organization)
		if err == nil && r.Closed {
			err = &access.EndingError{ID: organization}
		}
		return whose{organization: organization}, err
	}
	if !own {
		return whose{}, &access.MissingError{Kind: "organization", ID: organization}
	}
	return whose{}, &access.DeniedError{Status: http.StatusForbidden, Reason: "the role admin is required"}
}

// listedOf answers a page of what a request may see, and in next the id to go on
// behind, unless it is the last.
func listedOf[T any](p *Protocol, c echo.Context, name string, scope access.Scope, list func(whose) ([]T, error), id func(*T) string) error {
	w, err := p.asking(c, scope)
	if err != nil {
		return err
	}
	for parameter := range c.QueryParams() {
		if !slices.Contains([]string{"prefix", "after", "limit", "organization"}, parameter) {
			return points.Invalid("there is no parameter %q", parameter)
		}
	}
	w.prefix, w.after, w.limit = c.QueryParam("prefix"), c.QueryParam("after"), 100
	if text := c.QueryParam("limit"); text != "" {
		if w.limit, err = strconv.Atoi(text); err != nil || w.limit < 1 || w.limit > maxPage {
			return points.Invalid("limit: got %q, want 1 to %d", text, maxPage)
		}
	}
	all, err := list(w)
	if err != nil {
		return refused(err)
	}
	body := map[string]any{name: all}
	if len(all) == w.limit {
		body["next"] = id(&all[len(all)-1])
	}
	return answer(c, http.StatusOK, body)
}

// devicesWithin lists the devices of a context.
func (p *Protocol) devicesWithin(w whose) func(ctx context.Context, organization, prefix, after string, limit int) ([]fleet.Device, error) {
	return func(ctx context.Context, organization, prefix, after string, limit int) ([]fleet.Device, error) {
		var found []fleet.Device
		for _, id := range w.within {
			if len(id) < len(prefix) || id[:len(prefix)] != prefix || id <= after || len(found) == limit {
				continue
			}
			d, err := p.Fleet.Device(ctx, organization, id)
			switch {
			case errors.Is(err, fleet.ErrUnknown):
			case err != nil:
				return nil, err
			default:
				found = append(found, d)
			}
		}
		return found, nil
	}
}

// flag is a parameter that is true or false.
func flag(c echo.Context, name string) (bool, error) {
	switch text := c.QueryParam(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, points.Invalid("%s: got %q, want true or false", name, text)
	}
}

// noted answers a change that is done, and notes it in the audit.
func (p *Protocol) noted(c echo.Context, status int, action, organization, id string, v any) error {
	if err := p.Access.Audit.Note(c.Request().Context(), action, organization, id); err != nil {
		return err
	}
	return answer(c, status, v)
}

// fleetError is an error of package fleet with its status.
type fleetError struct {
	error
	status int
}

// StatusCode is the status of the answer.
func (e *fleetError) StatusCode() int { return e.status }

// Unwrap is the error itself.
func (e *fleetError) Unwrap() error { return e.error }

// refused gives errors of package fleet their statuses: Not Found for what there
// is none of, Conflict for what is another one's, several ones' or in use.
func refused(err error) error {
	switch {
	case errors.Is(err, fleet.ErrUnknown):
		return &fleetError{err, http.StatusNotFound}
	case errors.Is(err, fleet.ErrTaken), errors.Is(err, fleet.ErrUsed), errors.Is(err, fleet.ErrAmbiguous):
		return &fleetError{err, http.StatusConflict}
	}
	return err
}
