package api

import "slices"

// Routes lists the methods and paths that the server answers, as echo writes
// paths, and those of protocols that find their resources by themselves and say
// so.
func (s *Server) Routes() []string {
	var all []string
	for _, r := range s.echo.Routes() {
		if r.Method != "echo_route_not_found" {
			all = append(all, r.Method+" "+r.Path)
		}
	}
	for _, p := range s.protocols {
		if p, ok := p.(interface{ Resources() map[string]string }); ok {
			for route := range p.Resources() {
				all = append(all, route)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
