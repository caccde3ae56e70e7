package conformance

import (
	"maps"
	"net/http"
	"testing"

	"aion/api/access"
)

// keyed is a client of a server that asks for credentials: the key of an
// administrator goes with every request that says nothing of credentials, through
// the real middleware. What is answered must not differ by that.
func keyed(t *testing.T, guard *access.Guard) func(http.Handler) http.Handler {
	t.Helper()
	key, err := guard.Keys.Create(access.With(t.Context(), access.Everyone()), access.KeyRecord{Name: "conformance", Role: access.Admin})
	if err != nil {
		t.Fatal(err)
	}
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, own := r.Header["Authorization"]; !own {
				r.SetBasicAuth(key.ID, key.Secret)
			}
			h.ServeHTTP(w, r)
		})
	}
}

// signed takes the recorded credentials from a request to a server that asks for
// its own: the one that was recorded asked for none, and did not look at them.
func (s *server) signed(e *Exchange) {
	if s.asks() {
		e.RequestHeaders = maps.Clone(e.RequestHeaders)
		delete(e.RequestHeaders, "Authorization")
	}
}

// asks tells whether the server asks for credentials: on the engines that last,
// and in memory as the release that most vectors are of, so that everything is
// asked both ways and nothing twice.
func (s *server) asks() bool { return asks(s.driver, s.setup) }

// asks is whether a server on a driver that is set up like that asks for
// credentials.
func asks(d driver, u Setup) bool { return d.name != "memory" || u.Release == "develop" }
