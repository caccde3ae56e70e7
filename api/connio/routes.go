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

// table lists all calls. Each topic brings its own; of two that fit a path the
// first one is meant.
func (p *Protocol) table() []route {
	return slices.Concat(p.reading(), p.writing(), p.entities())
}

// onData are the routes of something that is done with the data of an object: of
// a device, of an app, and of the owner of the key in use, whom a short path does
// not name. The rest of the path follows the object.
func onData(method, rest string, scope access.Scope, serve func(*call, *object) error) []route {
	handle := func(c *call) error {
		o, err := c.object()
		if err != nil {
			return err
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

// match tells whether a path is the route's, and what stands in its open parts.
func (r *route) match(parts []string) (map[string]string, bool) {
	var values map[string]string
	at := 0
	for want := range strings.SplitSeq(r.path, "/") {
		if at == len(parts) {
			return nil, false
		}
		name, open := strings.CutPrefix(want, "{")
		switch {
		case open:
			if values == nil {
				values = map[string]string{}
			}
			values[strings.TrimSuffix(name, "}")] = parts[at]
		case want != parts[at]:
			return nil, false
		}
		at++
	}
	return values, at == len(parts)
}
