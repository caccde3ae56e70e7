package kairosdb

import (
	"net/http"
	"net/url"
	"strings"
)

// paths finds the resources whose paths have no parameters.
func (p *Protocol) paths() map[string]*route {
	all := make(map[string]*route, len(p.routes))
	for i := range p.routes {
		path := p.routes[i].full()
		if r, values := p.search(path); len(values) == 0 {
			all[path] = r
		}
	}
	return all
}

// find is the resource of a request and what its {names} stand for.
func (p *Protocol) find(r *http.Request) (*route, []string) {
	if r.URL.RawPath == "" { // the path is written as anyone would write it
		if found := p.fixed[r.URL.Path]; found != nil {
			return found, nil
		}
	}
	return p.search(r.URL.EscapedPath())
}

// search is find for a path as it is written. In what {names} stand for, and only
// there, percent signs are decoded; matrix parameters are cut off, one slash at the end
// is passed over.
func (p *Protocol) search(path string) (*route, []string) {
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, part := range parts {
		parts[i], _, _ = strings.Cut(part, ";")
		if parts[i] == "" && i > 0 {
			return nil, nil
		}
	}
	for i := range p.routes {
		if values, ok := p.routes[i].matches(parts); ok {
			return &p.routes[i], values
		}
	}
	return nil, nil
}

// matches compares the segments of a path with the resource's.
func (r *route) matches(parts []string) (values []string, ok bool) {
	want := r.parts
	if len(want) != len(parts) {
		return nil, false
	}
	for i, part := range parts {
		if _, named := parameterName(want[i]); named {
			value, err := url.PathUnescape(part)
			if err != nil {
				return nil, false
			}
			values = append(values, value)
		} else if want[i] != part {
			return nil, false
		}
	}
	return values, true
}

// parameterName is the name of a part of a path that takes any segment.
func parameterName(part string) (string, bool) {
	name, ok := strings.CutPrefix(part, "{")
	return strings.TrimSuffix(name, "}"), ok
}
