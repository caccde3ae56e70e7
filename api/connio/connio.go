// Package connio answers Connio's time-series API: queries of a property of a
// device or an app, feeds of points, latest values and the entities that these
// need. A property is a metric whose series carry the device's id; what the
// records of package fleet say of it decides who may read it and how its values
// are printed.
package connio

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/api/wire"
	"aion/query"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
)

// Prefix is what the paths of all calls begin with.
const Prefix = "/v3"

// Config is what the protocol is made of.
type Config struct {
	Store           storage.Store
	Engine          *query.Engine
	Specs           *aggregators.Registry
	Fleet           *fleet.Fleet
	Access          *access.Guard    // whose keys the API shows and changes
	Catalog         *catalog.Catalog // what api clients are called; nil: by their keys alone
	Limits          query.Limits     // of what a query reads and holds beside the engine
	Now             func() time.Time // nil: time.Now
	FreeOrder       bool             // sums of 1,024 points and more may be added in any order
	DeviceTag       string           // empty: fleet.DeviceTag
	OrganizationTag string           // empty: fleet.OrganizationTag
	MaxBody         int64            // bytes of a request; 0: 16 MiB
}

// Protocol is Connio's API over a store.
type Protocol struct {
	Config
	routes  paths
	answers wire.Answers
	buffers buffers
	gates   *gates
	crops   crops
	blocks  sync.Pool // of *points.Block, see ask.lend
}

// New makes the protocol.
func New(c Config) *Protocol {
	p := &Protocol{Config: c, gates: newGates()}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.DeviceTag == "" {
		p.DeviceTag = fleet.DeviceTag
	}
	if p.OrganizationTag == "" {
		p.OrganizationTag = fleet.OrganizationTag
	}
	if p.MaxBody == 0 {
		p.MaxBody = 16 << 20
	}
	p.routes = p.table()
	return p
}

// Routes adds everything below the prefix. It takes what has no route, since
// references in paths may hold whatever a name may.
func (p *Protocol) Routes(e *echo.Echo) {
	for _, path := range []string{Prefix, Prefix + "/*"} {
		e.RouteNotFound(path, p.serve)
	}
}

// Owns is what lies below the prefix.
func (p *Protocol) Owns(path string) bool {
	return path == Prefix || strings.HasPrefix(path, Prefix+"/")
}

// Resources are the calls, of which the server's own list knows nothing, each
// with the scope that it needs, or anyone whom the server knows.
func (p *Protocol) Resources() map[string]string {
	all := map[string]string{}
	for i := range p.routes {
		r := &p.routes[i]
		scope := string(r.scope)
		if scope == "" {
			scope = "anyone"
		}
		all[r.method+" "+r.full()] = scope
	}
	return all
}

// call is one request on its way.
type call struct {
	echo.Context
	p     *Protocol
	route *partedRoute
	parts []string // of the path
	asker *access.Principal
}

// serve finds the call of a path and hands the request to it.
func (p *Protocol) serve(c echo.Context) error {
	r := c.Request()
	allowOrigins(c.Response().Header())
	if r.Method == http.MethodOptions {
		return preflight(c)
	}
	asker := access.From(r.Context())
	if asker == nil {
		return &access.DeniedError{Status: http.StatusUnauthorized, Reason: "credentials are required"}
	}
	method, err := methodOf(r)
	if err != nil {
		return err
	}
	found, parts := p.find(method, r.URL, asker)
	if found == nil {
		return noEndpoint()
	}
	c.SetPath(found.full())
	return found.serve(&call{Context: c, p: p, route: found, parts: parts, asker: asker})
}

// methodOf is the method that a request means: clients that cannot send PUT and
// DELETE name them in a parameter of a POST.
func methodOf(r *http.Request) (string, error) {
	if r.Method == http.MethodHead {
		return http.MethodGet, nil
	}
	if r.Method != http.MethodPost || r.URL.RawQuery == "" {
		return r.Method, nil
	}
	meant := r.URL.Query().Get("_method")
	switch meant = strings.ToUpper(meant); meant {
	case "":
		return r.Method, nil
	case http.MethodPut, http.MethodDelete, http.MethodPost:
		return meant, nil
	}
	return "", bad("_method: got %q, want PUT or DELETE", meant)
}

// mostParts is how many parts most paths have at most.
const mostParts = 8

// find is the route of a method and a path, in which slashes may be doubled, and the
// path's parts. Before entities a path may name the account of who asks.
func (p *Protocol) find(method string, u *url.URL, asker *access.Principal) (*partedRoute, []string) {
	parts := make([]string, 0, mostParts)
	for part := range strings.SplitSeq(strings.TrimPrefix(u.EscapedPath(), Prefix), "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, nil
		}
		if plain != "" {
			parts = append(parts, plain)
		}
	}
	parts, ok := inAccount(parts, asker)
	if !ok {
		return nil, nil
	}
	return p.routes.find(method, parts), parts
}

// ctx is the request's context.
func (c *call) ctx() context.Context { return c.Request().Context() }

// store is the store as far as whoever sends the request may see and change it.
// All handlers take it from here.
func (c *call) store() storage.Store { return access.Store(c.ctx(), c.p.Store) }

// allowOrigins lets the pages of every origin read the answer: who may have it
// depends on the credentials alone, which no browser sends by itself.
func allowOrigins(h http.Header) { h[echo.HeaderAccessControlAllowOrigin] = allOrigins[:] }

// allOrigins is the header's value, which nobody changes.
var allOrigins = [1]string{"*"}

// preflight answers what a browser asks before it asks, of every path the same.
func preflight(c echo.Context) error {
	h := c.Response().Header()
	h.Set(echo.HeaderAllow, "GET, POST, PUT, DELETE, OPTIONS")
	h.Set(echo.HeaderAccessControlAllowMethods, "GET, POST, PUT, DELETE, OPTIONS")
	h.Set(echo.HeaderAccessControlAllowHeaders, "accept, content-type, authorization")
	h.Set(echo.HeaderAccessControlMaxAge, "86400")
	return c.NoContent(http.StatusNoContent)
}
