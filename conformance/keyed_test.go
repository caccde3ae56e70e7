package conformance

import (
	"net/http"
	"testing"

	"aion/api/access"
	"aion/storage/catalog"
)

// keyed is a server that asks for credentials, and a client that has them: the key
// of an administrator goes with every request, through the real middleware. What
// is answered must not differ by that.
func (s *server) keyed(t *testing.T) (*access.Guard, func(http.Handler) http.Handler) {
	t.Helper()
	records, ok := catalog.New(s.store)
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard := access.New(access.Config{Catalog: records, Now: s.clock.now})
	key, err := guard.Keys.Create(access.With(t.Context(), access.Everyone()), access.KeyRecord{Name: "conformance", Role: access.Admin})
	if err != nil {
		t.Fatal(err)
	}
	return guard, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.SetBasicAuth(key.ID, key.Secret)
			h.ServeHTTP(w, r)
		})
	}
}

// asks tells whether the server asks for credentials: on the engines that last,
// and in memory as the release that most vectors are of, so that everything is
// asked both ways and nothing twice.
func (s *server) asks() bool { return s.driver.name != "memory" || s.setup.Release == "develop" }
