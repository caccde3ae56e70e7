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

// TestNobodyBecomes: who is not shown what a device keeps gets no own key of it: not in
// the place of one, not the first one, and not with a new device in the place of one
// that has left such points. The device itself and who administers the account do.
func TestNobodyBecomes(t *testing.T) {
	e := openEstate(t, true)
	e.key("member", access.KeyRecord{Role: access.Member})
	e.key("scoped", access.KeyRecord{Role: access.Admin, Scopes: []access.Scope{
		access.CreateDevice, access.ReadDevice, access.ChangeDevice, access.ReadData, access.WriteData, access.DeleteDevice,
	}})
	var old struct{ Apikey apikeyAnswer }
	e.asks("admin", "POST", "/devices", `{"name": "old", "profile": "mysensor"}`, 200, &old)
	e.keys["old"] = access.KeyRecord{ID: old.Apikey.ID, Secret: old.Apikey.Secret}
	e.asks("old", "POST", "/data/devices/_this_", `{"pin": 7}`, 200, nil)
	for _, c := range []struct {
		key, method, path, body string
		status                  int
	}{
		{"member", "POST", "/devices/sensor1/apikey", "", 401}, {"scoped", "POST", "/devices/sensor2/apikey", "", 401}, {"member", "POST", "/devices/plain/apikey", "", 200},
		{"member", "POST", "/devices", `{"name": "fresh", "profile": "mysensor"}`, 200}, {"member", "POST", "/devices/fresh/apikey", "", 401},
		{"device", "POST", "/devices/_this_/apikey", "", 200}, {"admin", "POST", "/devices/sensor1/apikey", "", 200},
	} {
		if status, text := e.ask(c.key, c.method, c.path, c.body); status != c.status {
			t.Errorf("%s %s %s %s: got %d %s, want %d", c.key, c.method, c.path, c.body, status, text, c.status)
		}
	}
	if err := e.fleet.Delete(t.Context(), "", "old", false); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"name": "old"}`, `[{"name": "old"}]`} {
		if status, text := e.ask("member", "POST", "/devices", body); status != 401 {
			t.Errorf("%s: got %d %s, want 401", body, status, text)
		}
	}
	if status, text := e.ask("admin", "POST", "/devices", `{"name": "old"}`); status != 200 {
		t.Errorf("got %d %s, want 200 for who administers", status, text)
	}
}

// TestConfinedGivesNoWhole: who lists every scope is not shown what is private, and gets
// no key of an administrator, who is.
func TestConfinedGivesNoWhole(t *testing.T) {
	e := openEstate(t, false)
	whole := access.KeyRecord{Owner: "boss", Role: access.Admin}
	e.key("boss", whole)
	e.key("scoped", access.KeyRecord{Owner: "clerk", Role: access.Admin, Scopes: scopesOf(&whole)})
	e.asks("scoped", "POST", "/users/boss/apikey", "", 401, nil)
	e.asks("scoped", "POST", "/users/clerk/apikey", "", 200, nil)
	e.asks("admin", "POST", "/users/boss/apikey", "", 200, nil)
}
