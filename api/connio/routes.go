package connio

import (
	"slices"
	"strings"

	"aion/api/access"
)

// route is one call of the API.
type route struct {
	method string
	path   string       // below the prefix; a part between braces stands for any text
	scope  access.Scope // that who asks needs; empty: anyone may call it
	serve  func(*call) error
}

// paths are routes that are looked for by the parts of their paths.
type paths []partedRoute

// partedRoute is a route and the parts of its path.
type partedRoute struct {
	route
	parts []routePart
}

// routePart is what stands between slashes.
type routePart struct {
	text string // the name, of an open one
	open bool   // it stands for any text
}

// table lists all calls. Each topic brings its own; of two that fit a path the
// first one is meant.
func (p *Protocol) table() paths {
	var all paths
	for _, r := range slices.Concat(p.reading(), p.writing(), p.entities()) {
		of := partedRoute{route: r}
		for text := range strings.SplitSeq(r.path, "/") {
			name, open := strings.CutPrefix(text, "{")
			of.parts = append(of.parts, routePart{strings.TrimSuffix(name, "}"), open})
		}
		all = append(all, of)
	}
	return all
}

// onData are the routes of something that is done with the data of an object: of
// a device, of an app, and of the owner of the key in use, whom a short path does
// not name. The rest of the path follows the object. The checks go in Connio's order:
// whether there is what the path names, the context, the scope, the status.
func onData(method, rest string, scope access.Scope, serve func(*call, *object) error) []route {
	handle := func(c *call) error {
		o, err := c.located()
		if err != nil {
			return err
		}
		if err := c.permitted(o, c.route.scope); err != nil {
			return c.refusal(o, err)
		}
		return serve(c, o)
	}
	return []route{
		{method, strings.TrimSuffix("data/devices/{device}/"+rest, "/"), scope, handle},
		{method, strings.TrimSuffix("data/apps/{app}/"+rest, "/"), appScope(scope), handle},
		{method, strings.TrimSuffix("data/"+rest, "/"), scope, handle},
	}
}

// full is the whole path.
func (r *route) full() string { return Prefix + "/" + r.path }

// find is the route of a method and a path; nil where there is none.
func (all paths) find(method string, parts []string) *partedRoute {
	for i := range all {
		if r := &all[i]; len(r.parts) == len(parts) && r.method == method && r.match(parts) {
			return r
		}
	}
	return nil
}

// match tells whether a path of as many parts is the route's.
func (r *partedRoute) match(parts []string) bool {
	for i := range r.parts {
		if want := &r.parts[i]; !want.open && want.text != parts[i] {
			return false
		}
	}
	return true
}

// value is what stands in the open part of a name of the path; empty where there is
// none.
func (c *call) value(name string) string {
	text, _ := c.open(name)
	return text
}

// open is what stands in the open part of a name of the path, if there is one.
func (c *call) open(name string) (text string, ok bool) {
	for i := range c.route.parts {
		if part := &c.route.parts[i]; part.open && part.text == name {
			return c.parts[i], true
		}
	}
	return "", false
}
