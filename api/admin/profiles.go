package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/fleet"
)

// The scopes of profiles and apps.
const (
	readProfile   access.Scope = "deviceprofile:read"
	createProfile access.Scope = "deviceprofile:create"
	modifyProfile access.Scope = "deviceprofile:modify"
	deleteProfile access.Scope = "deviceprofile:delete"
	readApp       access.Scope = "app:read"
	createApp     access.Scope = "app:create"
	modifyApp     access.Scope = "app:modify"
	deleteApp     access.Scope = "app:delete"
)

// kept is the routes of one kind of records that have an id and nothing more to
// them.
type kept[T any] struct {
	p      *Protocol
	name   string // in the path and in lists
	thing  string // in the audit
	scopes [4]access.Scope
	id     func(*T) string
	known  func(by *access.Principal, t T) T // as he may know it
	list   func(c echo.Context, w whose) ([]T, error)
	show   func(c echo.Context, organization, id string) (T, error)
	create func(c echo.Context, organization string, t T) (T, error)
	change func(c echo.Context, organization, id string, change func(*T) error) (T, error)
	remove func(c echo.Context, organization, id string) error
}

// routes adds the routes.
func (k kept[T]) routes(g *echo.Group) {
	g.GET("/"+k.name, func(c echo.Context) error {
		return listedOf(k.p, c, k.name, k.scopes[0], func(w whose) ([]T, error) {
			if w.within != nil {
				return nil, &access.DeniedError{Status: http.StatusForbidden, Reason: "the whole organization is required"}
			}
			all, err := k.list(c, w)
			for i := range all {
				all[i] = k.known(access.From(c.Request().Context()), all[i])
			}
			return all, err
		}, k.id)
	})
	g.POST("/"+k.name, k.created)
	g.GET("/"+k.name+"/:id", k.shown)
	g.PATCH("/"+k.name+"/:id", k.changed)
	g.DELETE("/"+k.name+"/:id", k.removed)
}

// shown answers the record of the path.
func (k kept[T]) shown(c echo.Context) error {
	w, err := k.p.asking(c, k.scopes[0])
	if err != nil {
		return err
	}
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	if !w.sees(k.thing, id) {
		return refused(&fleet.UnknownError{Thing: k.thing, Ref: id})
	}
	t, err := k.show(c, w.organization, id)
	if err != nil {
		return refused(err)
	}
	return answer(c, http.StatusOK, k.known(access.From(c.Request().Context()), t))
}

// created makes a record of the body.
func (k kept[T]) created(c echo.Context) error {
	var raw rawBody
	if err := k.p.read(c, &raw, k.p.body()); err != nil {
		return err
	}
	var t T
	if err := raw.into(&t); err != nil {
		return err
	}
	w, err := k.p.changing(c, k.scopes[1], c.QueryParam("organization"))
	if err != nil {
		return err
	}
	t, err = k.create(c, w.organization, t)
	if err != nil {
		return refused(err)
	}
	place(c, k.name, k.id(&t))
	return k.p.noted(c, http.StatusCreated, k.thing+".create", w.organization, k.id(&t), t)
}

// changed changes what the body names of the record of the path.
func (k kept[T]) changed(c echo.Context) error {
	var raw rawBody
	if err := k.p.read(c, &raw, k.p.body()); err != nil {
		return err
	}
	w, id, err := k.target(c, k.scopes[2])
	if err != nil {
		return err
	}
	t, err := k.change(c, w.organization, id, func(t *T) error { return raw.into(t) })
	if err != nil {
		return refused(err)
	}
	return k.p.noted(c, http.StatusOK, k.thing+".change", w.organization, id, t)
}

// removed takes the record of the path away.
func (k kept[T]) removed(c echo.Context) error {
	w, id, err := k.target(c, k.scopes[3])
	if err != nil {
		return err
	}
	t, err := k.show(c, w.organization, id)
	if err == nil {
		err = k.remove(c, w.organization, id)
	}
	if err != nil {
		return refused(err)
	}
	return k.p.noted(c, http.StatusOK, k.thing+".delete", w.organization, id, t)
}

// target is whose record, and which, a request changes.
func (k kept[T]) target(c echo.Context, scope access.Scope) (w whose, id string, err error) {
	if w, err = k.p.changing(c, scope, c.QueryParam("organization")); err == nil {
		id, err = param(c, "id")
	}
	return w, id, err
}

// profiles adds the routes of profiles and of apps.
func (p *Protocol) profiles(g *echo.Group) {
	kept[fleet.Profile]{
		p: p, name: "profiles", thing: "profile", scopes: [4]access.Scope{readProfile, createProfile, modifyProfile, deleteProfile},
		id: func(t *fleet.Profile) string { return t.Name }, known: profileShown,
		list: func(c echo.Context, w whose) ([]fleet.Profile, error) {
			return p.Fleet.Profiles(c.Request().Context(), w.organization, w.prefix, w.after, w.limit)
		},
		show: func(c echo.Context, organization, id string) (fleet.Profile, error) {
			return p.Fleet.Profile(c.Request().Context(), organization, id)
		},
		create: func(c echo.Context, organization string, t fleet.Profile) (fleet.Profile, error) {
			return p.Fleet.CreateProfile(c.Request().Context(), organization, t)
		},
		change: func(c echo.Context, organization, id string, change func(*fleet.Profile) error) (fleet.Profile, error) {
			return p.Fleet.ChangeProfile(c.Request().Context(), organization, id, change)
		},
		remove: func(c echo.Context, organization, id string) error {
			return p.Fleet.DeleteProfile(c.Request().Context(), organization, id)
		},
	}.routes(g)
	kept[fleet.App]{
		p: p, name: "apps", thing: "app", scopes: [4]access.Scope{readApp, createApp, modifyApp, deleteApp},
		id: func(t *fleet.App) string { return t.ID }, known: appShown,
		list: func(c echo.Context, w whose) ([]fleet.App, error) {
			return p.Fleet.Apps(c.Request().Context(), w.organization, w.prefix, w.after, w.limit)
		},
		show: func(c echo.Context, organization, id string) (fleet.App, error) {
			return p.Fleet.App(c.Request().Context(), organization, id)
		},
		create: func(c echo.Context, organization string, t fleet.App) (fleet.App, error) {
			return p.Fleet.CreateApp(c.Request().Context(), organization, t)
		},
		change: func(c echo.Context, organization, id string, change func(*fleet.App) error) (fleet.App, error) {
			return p.Fleet.ChangeApp(c.Request().Context(), organization, id, change)
		},
		remove: func(c echo.Context, organization, id string) error {
			return p.Fleet.DeleteApp(c.Request().Context(), organization, id)
		},
	}.routes(g)
}
