package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
)

// organizations adds the routes of organizations and of the audit.
func (p *Protocol) organizations(g *echo.Group) {
	g.GET("/organizations", func(c echo.Context) error {
		list := func(page access.Page) ([]access.Organization, error) {
			return p.Access.Organizations.List(c.Request().Context(), page)
		}
		return listed(c, "organizations", list, func(r *access.Organization) string { return r.ID })
	})
	g.POST("/organizations", p.createOrganization)
	g.GET("/organizations/:id", p.showOrganization)
	g.PATCH("/organizations/:id", p.changeOrganization)
	g.DELETE("/organizations/:id", p.deleteOrganization)
	g.GET("/audit", func(c echo.Context) error {
		list := func(page access.Page) ([]access.Entry, error) {
			return p.Access.Audit.List(c.Request().Context(), page)
		}
		return listed(c, "audit", list, func(e *access.Entry) string { return e.ID })
	})
}

// createOrganization makes an organization.
func (p *Protocol) createOrganization(c echo.Context) error {
	var body organizationEntry
	if err := p.read(c, &body, p.body()); err != nil {
		return err
	}
	r, err := p.Access.Organizations.Create(c.Request().Context(), access.Organization{
		ID: body.ID, Name: body.Name, Limits: body.Limits, Ingestion: body.Ingestion,
	})
	if err != nil {
		return err
	}
	place(c, "organizations", r.ID)
	return answer(c, http.StatusCreated, r)
}

// showOrganization answers an organization.
func (p *Protocol) showOrganization(c echo.Context) error {
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	r, err := p.Access.Organizations.Show(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, r)
}
