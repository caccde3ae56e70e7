package admin

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
)

// userBody is what a request says of a user.
type userBody struct {
	Name         string      `json:"name"`
	Password     string      `json:"password"`
	Organization string      `json:"organization"`
	Role         access.Role `json:"role"`
}

// userMethod is a method of the users that takes a name.
type userMethod = func(*access.Users, context.Context, string) (access.UserRecord, error)

// users adds the routes of users.
func (p *Protocol) users(g *echo.Group) {
	g.GET("/users", func(c echo.Context) error {
		list := func(page access.Page) ([]access.UserRecord, error) {
			return p.Access.Users.List(c.Request().Context(), page)
		}
		return listed(c, "users", list, func(r *access.UserRecord) string { return r.Name })
	})
	g.POST("/users", p.createUser)
	g.GET("/users/:name", p.ofUser((*access.Users).Show))
	g.PUT("/users/:name/password", p.changePassword)
	g.DELETE("/users/:name", p.ofUser((*access.Users).Delete))
}

// ofUser answers what a method of the users answers for the user of the path.
func (p *Protocol) ofUser(do userMethod) echo.HandlerFunc {
	return func(c echo.Context) error {
		name, err := param(c, "name")
		if err != nil {
			return err
		}
		r, err := do(p.Access.Users, c.Request().Context(), name)
		if err != nil {
			return err
		}
		return answer(c, http.StatusOK, r)
	}
}

// createUser makes a user.
func (p *Protocol) createUser(c echo.Context) error {
	var body userBody
	if err := p.read(c, &body, p.body()); err != nil {
		return err
	}
	r, err := p.Access.Users.Create(c.Request().Context(), access.UserRecord{
		Name: body.Name, Password: body.Password, Organization: body.Organization, Role: body.Role,
	})
	if err != nil {
		return err
	}
	place(c, "users", r.Name)
	return answer(c, http.StatusCreated, r)
}

// changePassword gives a user another password.
func (p *Protocol) changePassword(c echo.Context) error {
	name, err := param(c, "name")
	if err != nil {
		return err
	}
	var body struct {
		Password string `json:"password"`
	}
	if err := p.read(c, &body, p.body()); err != nil {
		return err
	}
	r, err := p.Access.Users.Password(c.Request().Context(), name, body.Password)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, r)
}
