// Package grafana answers the JSON datasource protocol of Grafana in all the
// versions of its two plugins, simple-json and simPod's: time series, tables and
// frames at the panel's own step, lists for its editors, variables, annotations
// and ad hoc filters. What a target and its payload mean is ours; the words in
// them are KairosDB's.
package grafana

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/api/wire"
	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/points"
)

// Prefix is what the paths of all routes begin with.
const Prefix = "/grafana"

// Config is what the protocol is made of.
type Config struct {
	Store          storage.Store
	Engine         *query.Engine
	Specs          *aggregators.Registry
	Release        aggregators.Release
	Now            func() time.Time  // nil: time.Now
	Zone           *aggregators.Zone // for panels that name none; nil is UTC
	FreeOrder      bool              // sums of 1,024 points and more may be added in any order
	HiddenPrefixes []string          // metrics whose names begin so are not listed
	Version        string            // what the test of a datasource is told
	MaxBody        int64             // bytes of a request; 0: 16 MiB

	// Rollups are the tasks whose results may stand for points; nil: none do. Sees
	// tells whether whoever asks sees what the tasks of an owner see, and no less.
	Rollups *rollup.Scheduler
	Sees    func(context.Context, rollup.Owner) (bool, error)

	// Kairos reads the text of a query in KairosDB's JSON. Its errors name what
	// is wrong in the words of KairosDB.
	Kairos func(text []byte) (query.Query, error)
}

// Protocol is the datasource over a store.
type Protocol struct {
	Config
	actions []action
	answers wire.Answers
}

// action is one path below the prefix.
type action struct {
	path   string // empty: the prefix itself
	method string
	data   bool // who asks needs the scope to read data
	answer echo.HandlerFunc
}

// New makes the protocol.
func New(c Config) *Protocol {
	p := &Protocol{Config: c}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.MaxBody == 0 {
		p.MaxBody = 16 << 20
	}
	p.actions = []action{
		{"", http.MethodGet, false, p.test},
		{"query", http.MethodPost, true, p.query},
		{"search", http.MethodPost, true, p.search},
		{"variable", http.MethodPost, true, p.variable},
		{"metrics", http.MethodPost, true, p.metrics},
		{"metric-payload-options", http.MethodPost, true, p.payloadOptions},
		{"annotations", http.MethodPost, true, p.annotations},
		{"tag-keys", http.MethodPost, true, p.tagKeys},
		{"tag-values", http.MethodPost, true, p.tagValues},
	}
	return p
}

// Routes adds everything below the prefix. It takes what has no route, since
// people type slashes where there are none.
func (p *Protocol) Routes(e *echo.Echo) {
	for _, path := range []string{Prefix, Prefix + "/*"} {
		e.RouteNotFound(path, p.serve)
	}
}

// Owns is what lies below the prefix.
func (p *Protocol) Owns(path string) bool {
	return path == Prefix || strings.HasPrefix(path, Prefix+"/")
}

// serve finds the action of a path and hands the request to it, as far as who
// asks may do that.
func (p *Protocol) serve(c echo.Context) error {
	allowOrigins(c)
	r := c.Request()
	a := p.find(r.URL.Path)
	if a == nil {
		return echo.ErrNotFound
	}
	c.SetPath(a.full())
	switch {
	case r.Method == http.MethodOptions:
		return preflight(c, a)
	case r.Method != a.method && (r.Method != http.MethodHead || a.method != http.MethodGet):
		return echo.ErrMethodNotAllowed
	case access.From(r.Context()) == nil:
		return &access.DeniedError{Status: http.StatusUnauthorized, Reason: "credentials are required"}
	}
	if a.data {
		if err := access.Check(r.Context(), access.ReadData); err != nil {
			return err
		}
	}
	return a.answer(c)
}

// Resources are the routes, of which the server's own list knows nothing, each
// with the scope that it needs, or anyone whom the server knows.
func (p *Protocol) Resources() map[string]string {
	all := map[string]string{}
	for i := range p.actions {
		a := &p.actions[i]
		scope := "anyone"
		if a.data {
			scope = string(access.ReadData)
		}
		all[a.method+" "+a.full()] = scope
	}
	return all
}

// full is the whole path.
func (a *action) full() string { return strings.TrimSuffix(Prefix+"/"+a.path, "/") }

// find is the action of a path, in which slashes may be doubled.
func (p *Protocol) find(path string) *action {
	var parts []string
	for part := range strings.SplitSeq(strings.TrimPrefix(path, Prefix), "/") {
		if part != "" {
			parts = append(parts, part)
		}
	}
	for i := range p.actions {
		if p.actions[i].path == strings.Join(parts, "/") {
			return &p.actions[i]
		}
	}
	return nil
}

// allow lists the methods of an action.
func (a *action) allow() string {
	if a.method == http.MethodGet {
		return "GET, HEAD, OPTIONS"
	}
	return a.method + ", OPTIONS"
}

// allowOrigins lets the pages of every origin read the answer: who may have it
// depends on the credentials alone, which no browser sends by itself.
func allowOrigins(c echo.Context) {
	c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
}

// preflight answers what a browser asks before it asks.
func preflight(c echo.Context, a *action) error {
	h := c.Response().Header()
	h.Set(echo.HeaderAllow, a.allow())
	h.Set(echo.HeaderAccessControlAllowMethods, "GET, POST, OPTIONS")
	h.Set(echo.HeaderAccessControlAllowHeaders, "accept, content-type, authorization, x-apikey")
	h.Set(echo.HeaderAccessControlMaxAge, "86400")
	return c.NoContent(http.StatusNoContent)
}

// test answers the test of a datasource.
func (p *Protocol) test(c echo.Context) error {
	return p.answer(c, func(b *body) error {
		b.put(`{"status":"ok","version":`).string(p.Version).put("}")
		return nil
	})
}

// store is the store as far as whoever sends the request may see and change it.
// All handlers take it from here.
func (p *Protocol) store(c echo.Context) storage.Store {
	return access.Store(c.Request().Context(), p.Store)
}

// Fault is a request that is wrong. Its text names the target and the field.
type Fault struct{ Message string }

// Error is the message.
func (f *Fault) Error() string { return f.Message }

// StatusCode is Bad Request.
func (f *Fault) StatusCode() int { return http.StatusBadRequest }

// WriteError answers with what panels show, which is message, and what KairosDB's
// clients read, which is errors.
func (p *Protocol) WriteError(c echo.Context, status int, err error) error {
	allowOrigins(c)
	if a := p.find(c.Request().URL.Path); a != nil && status == http.StatusMethodNotAllowed {
		c.Response().Header().Set(echo.HeaderAllow, a.allow())
	}
	text := err.Error()
	if text == "" {
		text = http.StatusText(status)
	}
	b := piece()
	b.put(`{"message":`).string(text).put(`,"errors":[`).string(text).put("]}")
	return c.JSONBlob(status, b.Text)
}

// of puts the name of a target before what is wrong with it, and makes all that
// the client can mend a Bad Request.
func of(ref string, err error) error {
	var stated interface {
		error
		StatusCode() int
	}
	var property *aggregators.PropertyError
	var computed *aggregators.ComputeError
	var invalid *points.InvalidError
	var denied *access.DeniedError
	switch {
	case errors.As(err, &denied):
		return err
	case errors.As(err, &property), errors.As(err, &computed), errors.As(err, &invalid):
	case !errors.As(err, &stated) || stated.StatusCode() == http.StatusRequestEntityTooLarge:
		return err
	}
	text := err.Error()
	if text == "" {
		text = "the query cannot be read"
	}
	return &Fault{ref + ": " + text}
}
