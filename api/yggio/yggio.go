// Package yggio answers Yggio's API as far as time series go: stats of iotnodes,
// raw, by interval and by window, with every value function; login, iotnodes with
// rights and retention policies, and the generic push. An iotnode is a device of
// the fleet, a measurement the metric of its name. Values that other protocols
// have stored at one instant in several series of a node all count, in the order
// of KairosDB; for the time-weighted mean the last of them.
package yggio

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/api/wire"
	"aion/query"
	"aion/query/fleet"
	"aion/storage"
)

// The paths that the protocol answers, with everything below them.
const (
	authPath  = "/api/auth"
	nodesPath = "/api/iotnodes"
	pushPath  = "/http-push"
)

// mostRaw is how many points a raw answer has at most: the newest are kept.
const mostRaw = 100_000

// Config is what the protocol is made of.
type Config struct {
	Store           storage.Store
	Engine          *query.Engine
	Specs           *aggregators.Registry
	Fleet           *fleet.Fleet
	Access          *access.Guard
	Now             func() time.Time // nil: time.Now
	FreeOrder       bool             // sums of 1,024 points and more may be added in any order
	DeviceTag       string           // empty: fleet.DeviceTag
	OrganizationTag string           // empty: fleet.OrganizationTag
	MaxBody         int64            // bytes of a request; 0: 16 MiB

	// Token makes the token by which a user who has logged in is known until ends.
	Token func(ctx context.Context, p *access.Principal, issued, ends time.Time) (string, error)
}

// Protocol is Yggio's API over a store.
type Protocol struct {
	Config
	answers wire.Answers
	blocks  blocks
	actions []action
}

// action is one method of one path, whose parts that begin with a colon stand for
// any text.
type action struct {
	method, path string
	scope        access.Scope // who asks needs it; empty: the action finds out by itself who asks
	answer       func(*call) error
}

// call is a request on its way.
type call struct {
	echo.Context
	p     *Protocol
	asker *access.Principal // nil: nobody was found out
	scope access.Scope      // that the action needs
	ref   string            // what the path names
}

// ctx is the request's context.
func (c *call) ctx() context.Context { return c.Request().Context() }

// store is the store as far as whoever sends the request may see and change it.
// All actions take it from here.
func (c *call) store() storage.Store { return access.Store(c.ctx(), c.p.Store) }

// New makes the protocol.
func New(c Config) *Protocol {
	p := &Protocol{Config: c}
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
	p.actions = []action{
		{http.MethodPost, authPath + "/local", "", (*call).login},
		{http.MethodGet, nodesPath, access.ReadDevice, (*call).list},
		{http.MethodPost, nodesPath, access.CreateDevice, (*call).create},
		{http.MethodGet, nodesPath + "/:id", access.ReadDevice, (*call).show},
		{http.MethodPut, nodesPath + "/:id", access.ChangeDevice, (*call).change},
		{http.MethodGet, nodesPath + "/:id/stats", access.ReadData, (*call).stats},
		{http.MethodGet, nodesPath + "/:id/stats/fields", access.ReadData, (*call).fields},
		{http.MethodPost, pushPath + "/generic", "", (*call).push},
	}
	return p
}

// Routes adds everything below the prefixes. It takes what has no route, so that
// other protocols may have more of /api.
func (p *Protocol) Routes(e *echo.Echo) {
	for _, prefix := range []string{authPath, nodesPath, pushPath} {
		for _, path := range []string{prefix, prefix + "/*"} {
			e.RouteNotFound(path, p.serve)
		}
	}
}

// Owns is what lies below the prefixes.
func (p *Protocol) Owns(path string) bool {
	for _, prefix := range []string{authPath, nodesPath, pushPath} {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return true
		}
	}
	return false
}

// Opens lets those in who show a password to log in, and those who push without
// other credentials: what they push says who they are.
func (p *Protocol) Opens(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	a, _ := p.find(r.Method, r.URL.EscapedPath())
	switch {
	case a == nil || a.scope != "":
		return false
	case strings.HasPrefix(a.path, pushPath):
		return !shows(r)
	}
	return true
}

// shows tells whether a request shows credentials, whatever they are worth.
func shows(r *http.Request) bool {
	return len(r.Header["Authorization"])+len(r.Header["X-Apikey"]) != 0
}

// serve finds the action of a request and hands the request to it, as far as who
// asks may do that.
func (p *Protocol) serve(c echo.Context) error {
	allowOrigins(c)
	r := c.Request()
	a, ref := p.find(r.Method, r.URL.EscapedPath())
	switch methods := p.methods(r.URL.EscapedPath()); {
	case len(methods) == 0:
		return echo.ErrNotFound
	case a == nil && r.Method == http.MethodOptions:
		return preflight(c, methods)
	case a == nil:
		return echo.ErrMethodNotAllowed
	}
	c.SetPath(a.path)
	asker := access.From(r.Context())
	if a.scope != "" && asker == nil {
		return &access.DeniedError{Status: http.StatusUnauthorized, Reason: "credentials are required"}
	}
	return a.answer(&call{c, p, asker, a.scope, ref})
}

// Resources are the routes, of which the server's own list knows nothing, each
// with the scope that it needs, or anyone who shows what the action asks for.
func (p *Protocol) Resources() map[string]string {
	all := map[string]string{}
	for i := range p.actions {
		a := &p.actions[i]
		all[a.method+" "+a.path] = string(a.scope)
		if a.scope == "" {
			all[a.method+" "+a.path] = "anyone"
		}
	}
	return all
}
