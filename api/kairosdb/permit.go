package kairosdb

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/storage"
)

// What a resource may need beside a scope of access.
const (
	nobody access.Scope = "nobody" // not even to know who asks: the answer tells of nothing
	anyone access.Scope = "anyone" // to know who asks: the answer tells of no data
	whole  access.Scope = "whole"  // a role that administers, and the sight of all data
)

// store is the store as far as whoever sends the request may see and change it.
// All handlers take it from here.
func (p *Protocol) store(c echo.Context) storage.Store {
	return access.Store(c.Request().Context(), p.Store)
}

// needs is what a method of the resource needs. What only names the methods needs
// nothing.
func (r *route) needs(method string) access.Scope {
	switch method {
	case http.MethodGet, http.MethodHead:
		return r.read
	case http.MethodOptions:
		return nobody
	}
	return r.change
}

// permit is nil where whoever sends the request may use a resource that needs
// this, and an access.DeniedError otherwise.
func permit(ctx context.Context, need access.Scope) error {
	who := access.From(ctx)
	switch {
	case need == nobody:
		return nil
	case who == nil:
		return &access.DeniedError{Status: http.StatusUnauthorized, Reason: "credentials are required"}
	case need == anyone:
		return nil
	case need != whole:
		return access.Check(ctx, need)
	case !who.Administers(who.Organization) || !sees(who):
		return &access.DeniedError{Status: http.StatusForbidden, Reason: "this is for administrators who see all data"}
	}
	return nil
}

// sees tells whether somebody sees all data.
func sees(who *access.Principal) bool { return len(who.Constraint.Matchers) == 0 }

// permitted is nil unless the query saves what it answers and the client may not
// write.
func (q *request) permitted(ctx context.Context) error {
	for i := range q.Metrics {
		for _, a := range q.Metrics[i].Aggregators {
			if a.Name == "save_as" {
				return access.Check(ctx, access.WriteData)
			}
		}
	}
	return nil
}

// stated is an error that names a method which says nothing of what it needs.
func stated(routes []route) error {
	for i := range routes {
		r := &routes[i]
		if r.get != nil && r.read == "" {
			return fmt.Errorf("the resource %q does not say what reading it needs", r.full())
		}
		if (r.post != nil || r.put != nil || r.delete != nil) && r.change == "" {
			return fmt.Errorf("the resource %q does not say what changing it needs", r.full())
		}
	}
	return nil
}
