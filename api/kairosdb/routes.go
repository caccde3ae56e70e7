package kairosdb

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
)

// root is what all paths of the API begin with.
const root = "/api/v1"

// route is one resource.
type route struct {
	path      string // below root; a part of {name} takes one segment
	apart     bool   // path is not below root
	gate      gate
	read      access.Scope     // what GET needs
	change    access.Scope     // what POST, PUT and DELETE need
	get       echo.HandlerFunc // of HEAD too
	post      echo.HandlerFunc
	put       echo.HandlerFunc
	delete    echo.HandlerFunc
	preflight bool // answers OPTIONS for browsers
	bare      bool // answers without a body: as an extension, whatever Accept says
	plain     bool // GET answers text/plain, too, as Accept says
	tables    bool // answers in any of formats, as Accept or the parameter format says

	parts   []string // segments of the whole path
	names   []string // of the parameters of the path, in their order
	pattern string   // the whole path as echo writes it, which figures are named after
}

// table lists the resources.
func (p *Protocol) table() []route {
	list := []route{
		{path: ""}, {path: "/health"},
		{path: "/api/openapi.json", apart: true, read: anyone, get: p.describe, preflight: true},
		{path: "/version", read: anyone, get: p.version, preflight: true},
		{path: "/health/check", read: nobody, get: p.healthCheck, preflight: true, bare: true},
		{path: "/health/status", read: anyone, get: p.healthStatus, preflight: true},
		{path: "/metricnames", gate: ask, read: access.ReadData, get: p.metricNames, preflight: true},
		{path: "/datapoints", gate: ingest, change: access.WriteData, post: p.datapoints, preflight: true},
		{
			path: "/datapoints/query", gate: ask, read: access.ReadData, change: access.ReadData,
			get: p.queryText, post: p.queryBody, preflight: true, tables: p.Extensions,
		},
		{path: "/datapoints/query/tags", gate: ask, change: access.ReadData, post: p.queryTags, preflight: true},
		{path: "/datapoints/delete", gate: remove, change: access.WriteData, post: p.deletePoints, preflight: true},
		{path: "/metric/{metricName}", gate: remove, change: access.WriteData, delete: p.deleteMetric, preflight: true},
	}
	list = append(list, p.featureRoutes()...)
	list = append(list, p.metadataRoutes()...)
	list = append(list, p.adminRoutes()...)
	if p.Extensions {
		i := slices.IndexFunc(list, func(r route) bool { return r.path == "/datapoints/delete" })
		list[i].delete = p.deletePoints
		list = append(list, route{
			path: "/api/put", apart: true, gate: ingest, change: access.WriteData, post: p.putPoints, preflight: true, bare: true,
		})
	}
	if p.is().tagLists || p.Extensions {
		list = append(list, route{path: "/tagnames", gate: ask, read: access.ReadData, get: p.tagNames, preflight: true},
			route{path: "/tagvalues", gate: ask, read: access.ReadData, get: p.tagValues, preflight: true})
	}
	if p.is().index {
		list = append(list, route{path: "/datapoints/index", gate: ingest, read: whole, get: p.index})
	}
	if p.Rollups != nil {
		list = append(list, p.rollupRoutes()...)
	}
	for i := range list {
		list[i].part()
	}
	return list
}

// part parts the whole path, once for all requests.
func (r *route) part() {
	r.parts = strings.Split(r.full(), "/")
	written := slices.Clone(r.parts)
	for i, part := range r.parts {
		if name, ok := parameterName(part); ok {
			r.names, written[i] = append(r.names, name), ":"+name
		}
	}
	r.pattern = strings.Join(written, "/")
}

// Routes adds everything below /api/ that no other protocol takes. It takes what
// has no route, whatever the method, so that a wrong method on another
// protocol's path stays one.
func (p *Protocol) Routes(e *echo.Echo) {
	for _, path := range []string{"/api", "/api/*"} {
		e.RouteNotFound(path, p.serve)
	}
}

// Owns tells whether failures on that path have KairosDB's shape.
func (p *Protocol) Owns(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/")
}

// serve finds the resource, opens its gate and hands the request to it.
func (p *Protocol) serve(c echo.Context) error {
	if _, ok := contentType(c.Request().Header); !ok {
		return bad("the Content-Type of the request is no media type")
	}
	r, values := p.find(c.Request())
	if r == nil {
		return echo.ErrNotFound
	}
	c.SetPath(r.pattern)
	c.SetParamNames(r.names...)
	c.SetParamValues(values...)
	handle := r.handler(p, c.Request().Method)
	denied := permit(c.Request().Context(), r.needs(c.Request().Method))
	accepts, readable := r.accepts(c.Request())
	answered := c.Request().Method != http.MethodOptions || r.preflight
	switch {
	case handle == nil:
		return echo.ErrMethodNotAllowed
	case denied != nil:
		return denied
	case !readable:
		return bad("the request's Accept is no list of media types")
	case answered && !accepts && !(r.bare && p.Extensions):
		return echo.NewHTTPError(http.StatusNotAcceptable)
	case !slices.Contains(p.gates, r.gate):
		return p.refuse(c, r.gate)
	}
	return handle(c)
}

// accepts tells whether a client takes an answer of the resource, and whether its
// Accept can be read at all.
func (r *route) accepts(q *http.Request) (accepts, readable bool) {
	media := []string{mediaJSON}
	if r.plain && (q.Method == http.MethodGet || q.Method == http.MethodHead) {
		media = append(media, mediaText)
	}
	if r.tables {
		media = tableMedia
	}
	chosen, readable := preferred(q.Header, media...)
	return chosen != "" || r.tables && namesFormat(q), readable
}

// handler is what answers a method; nil where it is not allowed.
func (r *route) handler(p *Protocol, method string) echo.HandlerFunc {
	switch method {
	case http.MethodGet, http.MethodHead:
		return r.get
	case http.MethodPost:
		return r.post
	case http.MethodPut:
		return r.put
	case http.MethodDelete:
		return r.delete
	case http.MethodOptions:
		if r.preflight {
			return p.preflight
		}
		return r.options
	}
	return nil
}

// options names the methods where browsers get no answer. Jersey describes the
// resource there as XML, and says by the status who takes no XML; here the
// description is left out.
func (r *route) options(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderAllow, strings.Join(append([]string{http.MethodOptions}, r.methods()...), ","))
	if media, _ := preferred(c.Request().Header, "application/vnd.sun.wadl+xml", "application/xml"); media == "" {
		return empty(c, http.StatusNoContent)
	}
	return empty(c, http.StatusOK)
}

// allow lists the methods of a resource as Jersey does where another one is asked.
func (r *route) allow() string {
	methods := r.methods()
	i := slices.Index(methods, http.MethodPut)
	if i < 0 {
		i = len(methods)
	}
	return strings.Join(slices.Insert(methods, i, http.MethodOptions), ",")
}

// methods are those of a resource in Jersey's order, without OPTIONS.
func (r *route) methods() (methods []string) {
	add := func(method string, handler echo.HandlerFunc) {
		if handler != nil {
			methods = append(methods, method)
		}
	}
	add(http.MethodHead, r.get)
	add(http.MethodDelete, r.delete)
	add(http.MethodPost, r.post)
	add(http.MethodGet, r.get)
	add(http.MethodPut, r.put)
	return methods
}

// full is the whole path.
func (r *route) full() string {
	if r.apart {
		return r.path
	}
	return root + r.path
}

// Resources lists the methods and paths that the protocol answers, each with what
// it needs: a scope, anyone, whole or nobody.
func (p *Protocol) Resources() map[string]string {
	all := map[string]string{}
	for i := range p.routes {
		r := &p.routes[i]
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if r.handler(p, method) != nil {
				all[method+" "+r.full()] = string(r.needs(method))
			}
		}
	}
	return all
}
