package admin

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
)

// keyBody is what a request says of a key.
type keyBody struct {
	ID           string         `json:"id"`
	Secret       string         `json:"secret"`
	Name         string         `json:"name"`
	Organization string         `json:"organization"`
	Owner        string         `json:"ownerId"`
	Role         access.Role    `json:"role"`
	Scopes       []access.Scope `json:"scope"`
	Context      access.Context `json:"context"`
	RateLimit    int            `json:"rateLimit"`
	Limits       access.Limits  `json:"limits"`
	Expires      *Deadline      `json:"expires"`
}

// record is the key as access takes it.
func (b *keyBody) record() access.KeyRecord {
	return access.KeyRecord{
		ID: b.ID, Secret: b.Secret, Name: b.Name, Organization: b.Organization, Owner: b.Owner, Role: b.Role,
		Scopes: b.Scopes, Context: b.Context, RateLimit: b.RateLimit, Limits: b.Limits, Expires: b.Expires.time(),
	}
}

// keyChange is what a request may change of a key.
type keyChange struct {
	Name      string         `json:"name"`
	Owner     string         `json:"ownerId"`
	Role      access.Role    `json:"role"`
	Scopes    []access.Scope `json:"scope"`
	Context   access.Context `json:"context"`
	RateLimit int            `json:"rateLimit"`
	Limits    access.Limits  `json:"limits"`
	Expires   *Deadline      `json:"expires"`
}

// keyAnswer is a key, and the scopes in it that permit nothing.
type keyAnswer struct {
	access.KeyRecord
	Unknown []access.Scope `json:"unknownScopes,omitempty"`
}

// answered is a key as it is answered.
func answered(r access.KeyRecord) keyAnswer { return keyAnswer{r, access.Unknown(r.Scopes)} }

// keyMethod is a method of the keys that takes an id.
type keyMethod = func(*access.Keys, context.Context, string) (access.KeyRecord, error)

// keys adds the routes of keys.
func (p *Protocol) keys(g *echo.Group) {
	g.GET("/keys", func(c echo.Context) error {
		list := func(page access.Page) ([]access.KeyRecord, error) {
			return p.Access.Keys.List(c.Request().Context(), page)
		}
		return listed(c, "keys", list, func(r *access.KeyRecord) string { return r.ID })
	})
	g.POST("/keys", p.createKey)
	g.POST("/keys/import", p.importKeys)
	g.GET("/keys/:id", p.ofKey((*access.Keys).Show))
	g.PATCH("/keys/:id", p.changeKey)
	g.POST("/keys/:id/rotate", p.ofKey((*access.Keys).Rotate))
	g.POST("/keys/:id/revoke", p.ofKey((*access.Keys).Revoke))
	g.DELETE("/keys/:id", p.ofKey((*access.Keys).Revoke))
}

// ofKey answers what a method of the keys answers for the key of the path.
func (p *Protocol) ofKey(do keyMethod) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := param(c, "id")
		if err != nil {
			return err
		}
		r, err := do(p.Access.Keys, c.Request().Context(), id)
		if err != nil {
			return err
		}
		return answer(c, http.StatusOK, answered(r))
	}
}

// createKey makes a key and answers it with its secret.
func (p *Protocol) createKey(c echo.Context) error {
	var body keyBody
	if err := p.read(c, &body, p.body()); err != nil {
		return err
	}
	r, err := p.Access.Keys.Create(c.Request().Context(), body.record())
	if err != nil {
		return err
	}
	place(c, "keys", r.ID)
	return answer(c, http.StatusCreated, answered(r))
}

// importKeys makes keys that bring their secrets along, all or none.
func (p *Protocol) importKeys(c echo.Context) error {
	// Who may not import is told before so large a body is read.
	if by := access.From(c.Request().Context()); by == nil || !by.Administers(by.Organization) {
		return &access.DeniedError{Status: http.StatusForbidden, Reason: "the role admin is required"}
	}
	var bodies []keyBody
	if err := p.read(c, &bodies, bound{"http.max-ingest", p.MaxIngest}); err != nil {
		return err
	}
	all := make([]access.KeyRecord, len(bodies))
	for i := range bodies {
		all[i] = bodies[i].record()
	}
	done, err := p.Access.Keys.Import(c.Request().Context(), all)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, done)
}

// changeOf is what a key says that a request may change.
func changeOf(r *access.KeyRecord) keyChange {
	return keyChange{
		Name: r.Name, Owner: r.Owner, Role: r.Role, Scopes: r.Scopes, Context: r.Context, RateLimit: r.RateLimit, Limits: r.Limits, Expires: deadlineOf(r.Expires),
	}
}

// apply has a key say it.
func (b *keyChange) apply(r *access.KeyRecord) {
	r.Name, r.Owner, r.Role, r.Scopes, r.Context = b.Name, b.Owner, b.Role, b.Scopes, b.Context
	r.RateLimit, r.Limits, r.Expires = b.RateLimit, b.Limits, b.Expires.time()
}

// changeKey changes what the request names of a key, whatever else of it others
// change meanwhile, and answers it.
func (p *Protocol) changeKey(c echo.Context) error {
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	now, err := p.Access.Keys.Show(ctx, id)
	if err != nil {
		return err
	}
	var raw rawBody
	if err := p.read(c, &raw, p.body()); err != nil {
		return err
	}
	body := changeOf(&now)
	if err := raw.into(&body); err != nil {
		return err
	}
	r, err := p.Access.Keys.Change(ctx, id, func(r *access.KeyRecord) error {
		b := changeOf(r)
		err := raw.into(&b)
		b.apply(r)
		return err
	})
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answered(r))
}
