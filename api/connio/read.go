package connio

import (
	"net/http"
	"slices"

	"aion/api/access"
)

// reading are the calls that read data, and those of methods, which nobody runs
// here.
func (p *Protocol) reading() []route {
	methods := func(*call, *object) error { return unserved{} }
	const execute access.Scope = "device:execute"
	return slices.Concat(
		onData(http.MethodGet, "methods/{method}", execute, methods),
		onData(http.MethodPost, "methods/{method}", execute, methods),
		onData(http.MethodPut, "methods/{method}", execute, methods),
	)
}
