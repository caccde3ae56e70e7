package kairosdb

import "net/http"

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
