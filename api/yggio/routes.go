package yggio

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// find is the action of a method and a path as it was sent, and what the path
// names; nil where there is none.
func (p *Protocol) find(method, path string) (found *action, ref string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range p.actions {
		a := &p.actions[i]
		if text, ok := fits(a.path, path); ok && a.method == method {
			return a, text
		}
	}
	return nil, ""
}

// methods are those that a path has.
func (p *Protocol) methods(path string) []string {
	var all []string
	for i := range p.actions {
		a := &p.actions[i]
		if _, ok := fits(a.path, path); ok {
			all = append(all, a.method)
			if a.method == http.MethodGet {
				all = append(all, http.MethodHead)
			}
		}
	}
	return all
}

// fits tells whether a path is one that a pattern means, and what stands at the
// part that stands for any text. A slash at the end makes no difference.
func fits(pattern, path string) (ref string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(want) != len(have) {
		return "", false
	}
	for i, part := range have {
		if strings.HasPrefix(want[i], ":") {
			text, err := url.PathUnescape(part)
			if err != nil || text == "" {
				return "", false
			}
			ref = text
		} else if part != want[i] {
			return "", false
		}
	}
	return ref, true
}

// allowOrigins lets the pages of every origin read the answer: who may have it
// depends on the credentials alone, which no browser sends by itself.
func allowOrigins(c echo.Context) {
	c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
}

// preflight answers what a browser asks before it asks.
func preflight(c echo.Context, methods []string) error {
	h := c.Response().Header()
	all := strings.Join(append(methods, http.MethodOptions), ", ")
	h.Set(echo.HeaderAllow, all)
	h.Set(echo.HeaderAccessControlAllowMethods, all)
	h.Set(echo.HeaderAccessControlAllowHeaders, "accept, content-type, authorization, x-apikey, identifier")
	h.Set(echo.HeaderAccessControlMaxAge, "86400")
	return c.NoContent(http.StatusNoContent)
}
