package connio

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"aion/api/access"
)

// TestRenewedLimits: a key that takes the place of another one has its limits, too,
// whoever makes it anew.
func TestRenewedLimits(t *testing.T) {
	e := openEstate(t, false)
	limits := access.Limits{Points: 1000, Body: 100}
	e.key("bounded", access.KeyRecord{
		Owner: "_dev_100000000000000002", Role: access.Member, Context: access.Context{Type: access.Device, IDs: []string{"sensor2"}}, Limits: limits, RateLimit: 60,
	})
	var renewed apikeyAnswer
	e.asks("admin", "POST", "/devices/sensor2/apikey", "", 200, &renewed)
	r, err := e.guard.Keys.Show(access.With(t.Context(), access.Everyone()), renewed.ID)
	if err != nil || r.Limits != limits || r.RateLimit != 60 {
		t.Errorf("got %+v %v, want a key with the limits %s", r, err, limits)
	}
}

// meanwhile is a body before whose first byte something else is done.
type meanwhile struct {
	io.Reader
	do func()
}

// Read does it, once, and reads on.
func (m *meanwhile) Read(p []byte) (int, error) {
	if m.do != nil {
		m.do()
		m.do = nil
	}
	return m.Reader.Read(p)
}

// TestKeyChangesMeet: a device that changes its scopes keeps no context that is taken
// from it meanwhile.
func TestKeyChangesMeet(t *testing.T) {
	e := openEstate(t, false)
	key := e.keys["device"]
	r := httptest.NewRequest("PUT", "/v3/devices/_this_/apikey", &meanwhile{strings.NewReader(`{"scope":["device:read-data"]}`), func() {
		_, err := e.guard.Keys.Change(access.With(t.Context(), access.Everyone()), key.ID, func(r *access.KeyRecord) error {
			r.Context = access.Context{Type: access.Device, IDs: []string{"elsewhere"}}
			return nil
		})
		e.must(err)
	}})
	r.SetBasicAuth(key.ID, key.Secret)
	rec := httptest.NewRecorder()
	e.http.ServeHTTP(rec, r)
	now, err := e.guard.Keys.Show(access.With(t.Context(), access.Everyone()), key.ID)
	if err != nil || len(now.Context.IDs) != 1 || now.Context.IDs[0] != "elsewhere" || len(now.Scopes) != 1 {
		t.Errorf("got %d %s and %+v %v, want the context that was given meanwhile and the new scopes", rec.Code, rec.Body, now, err)
	}
}
