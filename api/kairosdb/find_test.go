package kairosdb

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"aion/aggregators"
)

// TestFindIsSearch: the resource that is found at once is that of the search, however
// its path is written, of every release with all that can be switched on.
func TestFindIsSearch(t *testing.T) {
	for _, release := range []aggregators.Release{aggregators.V12, aggregators.V13, aggregators.Develop} {
		p := newProtocol(t, Config{Release: release, Extensions: true, Forked: true})
		for i := range p.routes {
			path := p.routes[i].full()
			for _, target := range []string{path, path + "/", path + "//", path + ";a=b", path + "%3B", path + "%2F", path[:len(path)-1], path + "?a=b", path[:len(path)-1] + "%6e", "/" + path} {
				r := httptest.NewRequest(http.MethodGet, "http://host"+target, nil)
				got, values := p.find(r)
				want, wanted := p.search(r.URL.EscapedPath())
				if got != want || !slices.Equal(values, wanted) {
					t.Errorf("%s: got %v %q, want %v %q", target, got, values, want, wanted)
				}
			}
			if r, _ := p.find(httptest.NewRequest(http.MethodGet, "http://host"+path, nil)); r == nil {
				t.Errorf("%s: got nothing", path)
			}
		}
	}
}
