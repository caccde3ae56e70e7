package connio

import (
	"strings"
	"testing"

	"aion/api/access"
	"aion/query/fleet"
)

// TestPrivate: nobody but the device itself reads what is private, whatever the
// property is called by.
func TestPrivate(t *testing.T) {
	e := openEstate(t, true)
	e.asks("device", "POST", "/data/devices/_this_", `{"pin": 7, "temperature": 21}`, 200, nil)
	for _, ref := range []string{
		"pin", "PIN", "%70in", "mysensor$pin", "MYSENSOR$Pin", "device$pin", "Device$PIN", "device$device$pin", "other$pin", "$pin", "pin$", "pin%20", "pin%00",
	} {
		for _, key := range []string{"client", "reader", "app", "admin"} {
			for _, call := range [][3]string{
				{"GET", ref, ""}, {"POST", ref + "/query", "{}"}, {"POST", ref, `{"limit":1}`},
				{"POST", ref + "/query", `{"aggregators":[{"name":"count"}]}`},
			} {
				status, text := e.ask(key, call[0], "/data/devices/sensor1/properties/"+call[1], call[2])
				if status != 401 && status != 404 {
					t.Errorf("%s %s: got %d %s, want 401 or 404", key, call, status, text)
				}
			}
		}
	}
}

// TestPrivateStays: what a profile has kept private stays so when the device has
// another profile, or none.
func TestPrivateStays(t *testing.T) {
	e := openEstate(t, true)
	e.asks("device", "POST", "/data/devices/_this_", `{"pin": 7, "temperature": 21}`, 200, nil)
	check := func(want string) {
		t.Helper()
		if status, text := e.ask("client", "GET", "/data/devices/sensor1", ""); status != 200 || text != want {
			t.Errorf("got %d %s, want %s", status, text, want)
		}
		if _, text := e.ask("client", "GET", "/data/devices/sensor1/state?header=false&meta=false", ""); strings.Contains(text, ":7") {
			t.Errorf("got %s, want it without what is private", text)
		}
	}
	e.asks("admin", "PUT", "/devices/sensor1", `{"profile": null}`, 200, nil)
	check(`{"temperature":21}`)
	for _, body := range []string{`{}`, `{"limit":5}`, `{"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"days"}}]}`} {
		if status, text := e.ask("client", "POST", "/data/devices/sensor1/properties/pin/query", body); status != 404 {
			t.Errorf("%s: got %d %s, want 404", body, status, text)
		}
	}
	e.asks("client", "POST", "/data/devices/sensor1/properties/pin", `{"dps":[{"t":"2017-05-01T00:00:00Z","v":8}]}`, 200, nil)
	check(`{"pin":8,"temperature":21}`)
	for _, body := range []string{`{}`, `{"limit":5}`, `{"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"days"}}]}`} {
		if got, want := e.answered("client", "POST", "/data/devices/sensor1/properties/pin/query", body), `[{"t":"2017-05-01T00:00:00Z","v":8}]`; got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
	if got := e.answered("device", "POST", "/data/properties/pin/query", `{}`); !strings.Contains(got, `"v":7`) {
		t.Errorf("got %s for the device itself, want what was private too", got)
	}
}

// TestProfileStays: who is not shown what is private takes no device out of the profile
// that keeps it so.
func TestProfileStays(t *testing.T) {
	e := openEstate(t, false)
	e.key("member", access.KeyRecord{Role: access.Member})
	for _, c := range []struct {
		key, device, body string
		status            int
	}{
		{"member", "sensor1", `{"profile": null}`, 401}, {"member", "sensor1", `{"profileId": null}`, 401},
		{"member", "sensor1", `{"profile": "MYSENSOR"}`, 200}, {"member", "sensor1", `{"description": "x"}`, 200},
		{"member", "plain", `{"profile": "mysensor"}`, 200}, {"member", "plain", `{"profile": null}`, 401}, {"admin", "plain", `{"profile": null}`, 200},
	} {
		if status, text := e.ask(c.key, "PUT", "/devices/"+c.device, c.body); status != c.status {
			t.Errorf("%s %s %s: got %d %s, want %d", c.key, c.device, c.body, status, text, c.status)
		}
	}
}

// TestOwner: who may change a device cannot become it, and no name makes somebody's
// keys a device's.
func TestOwner(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/devices/_this_", `{"pin": 7}`, 200, nil)
	e.asks("admin", "PUT", "/devices/sensor1", `{"customIds": {"b": "_usr_500000000000000001"}}`, 200, nil)
	_, err := e.fleet.Change(t.Context(), "", "_dev_100000000000000001", func(d *fleet.Device) error { // as Yggio has it
		d.Aliases, d.Attributes["tag"] = append(d.Aliases, "_api_400000000000000001"), "_api_400000000000000001"
		return nil
	})
	e.must(err)
	e.key("alice", access.KeyRecord{Owner: "alice", Role: access.Member})
	e.asks("admin", "POST", "/devices", `{"name": "alice"}`, 200, nil)
	for _, c := range []struct {
		key, method, path, body string
		status                  int
	}{
		{"client", "GET", "/data/devices/sensor1/properties/pin", "", 401}, {"admin", "GET", "/data/devices/sensor1/properties/pin", "", 401},
		{"admin", "GET", "/users/_dev_100000000000000001/apikey", "", 404}, {"admin", "GET", "/users/_api_400000000000000001/apikey", "", 404},
		{"admin", "GET", "/users/plain/apikey", "", 404}, {"admin", "GET", "/users/alice/apikey", "", 200},
		{"admin", "POST", "/devices", `{"name": "_app_100000000000000009"}`, 400}, {"admin", "POST", "/devices", `[{"name": "_api_400000000000000001"}]`, 400},
		{"admin", "PUT", "/devices/sensor1", `{"name": "_usr_500000000000000001"}`, 400},
		{"admin", "DELETE", "/devices/alice", "", 200}, {"alice", "GET", "/data/devices/plain", "", 200},
		{"admin", "DELETE", "/devices/sensor1", "", 200}, {"client", "GET", "/devices", "", 200}, {"admin", "GET", "/devices", "", 200},
		{"device", "GET", "/devices", "", 401},
	} {
		if status, text := e.ask(c.key, c.method, c.path, c.body); status != c.status {
			t.Errorf("%s %s %s %s: got %d %s, want %d", c.key, c.method, c.path, c.body, status, text, c.status)
		}
	}
}

// TestClientsApart: what is said of an api client is its organization's, also where
// another one has a client of the same id.
func TestClientsApart(t *testing.T) {
	e := openEstate(t, false)
	e.key("ours", access.KeyRecord{Owner: "boss", Organization: "acme", Role: access.Admin})
	e.key("theirs", access.KeyRecord{Owner: "boss", Organization: "globex", Role: access.Admin})
	for _, organization := range []string{"acme", "globex"} {
		e.key("client of "+organization, access.KeyRecord{Owner: "_api_400000000000000009", Organization: organization, Role: access.Member})
	}
	e.asks("ours", "PUT", "/apiclients/_api_400000000000000009", `{"description": "ours"}`, 200, nil)
	e.asks("theirs", "PUT", "/apiclients/_api_400000000000000009", `{"tags": ["theirs"]}`, 200, nil)
	for key, want := range map[string]string{"ours": `"description":"ours"`, "theirs": `"tags":["theirs"]`} {
		_, text := e.ask(key, "GET", "/apiclients/_api_400000000000000009", "")
		if !strings.Contains(text, want) || strings.Contains(text, `"description"`) && strings.Contains(text, `"tags"`) {
			t.Errorf("%s: got %s, want %s alone", key, text, want)
		}
	}
	e.asks("theirs", "DELETE", "/apiclients/_api_400000000000000009", "", 200, nil)
	if _, text := e.ask("ours", "GET", "/apiclients/_api_400000000000000009", ""); !strings.Contains(text, "ours") {
		t.Errorf("got %s after the other organization's client went", text)
	}
}

// TestNamesTellNothing: inside a context no name is found out to be taken outside.
func TestNamesTellNothing(t *testing.T) {
	e := openEstate(t, false)
	e.asks("admin", "PUT", "/devices/sensor2", `{"customIds": {"serial": "S-2"}}`, 200, nil)
	for _, key := range []string{"client", "device", "app"} {
		for _, body := range []string{
			`{"name": "sensor2"}`, `{"name": "nobody"}`, `{"name": null}`, `{"customIds": {"serial": "S-2"}}`, `{"customIds": {"serial": "S-3"}}`, `{"customIds": null}`,
			`{"profile": "mysensor"}`, `{"profileId": "nobody"}`,
		} {
			if status, text := e.ask(key, "PUT", "/devices/sensor1", body); status != 401 {
				t.Errorf("%s %s: got %d %s, want 401", key, body, status, text)
			}
		}
		e.asks(key, "PUT", "/devices/sensor1", `{"name": "sensor1", "friendlyName": "One"}`, 200, nil)
	}
}

// TestPrivateDefinitions: who is not shown what is private is not told that there is
// such a property.
func TestPrivateDefinitions(t *testing.T) {
	e := openEstate(t, false)
	e.key("viewer", access.KeyRecord{Role: access.Viewer})
	e.key("scoped", access.KeyRecord{Role: access.Admin, Scopes: []access.Scope{access.ReadDevice, "deviceprofile:read", "deviceprofile:modify"}})
	for _, key := range []string{"viewer", "scoped"} {
		for _, path := range []string{"/devices/sensor1/properties", "/deviceprofiles/mysensor/properties"} {
			if status, text := e.ask(key, "GET", path+"?pageSize=100", ""); status != 200 || strings.Contains(text, `"pin"`) || !strings.Contains(text, `"serial"`) {
				t.Errorf("%s %s: got %d %s, want it without what is private", key, path, status, text)
			}
		}
		e.asks(key, "GET", "/deviceprofiles/mysensor/properties/pin", "", 404, nil)
	}
	e.asks("scoped", "PUT", "/deviceprofiles/mysensor/properties/pin", `{"access":"public"}`, 404, nil)
	if status, text := e.ask("scoped", "DELETE", "/deviceprofiles/mysensor/properties/pin", ""); status != 404 && !strings.Contains(text, `"nrOfItems":0`) {
		t.Errorf("got %d %s, want nothing deleted", status, text)
	}
	e.asks("admin", "GET", "/deviceprofiles/mysensor/properties/pin", "", 200, nil)
}

// TestStays: what a device has kept private stays so when its definition goes, or the
// device, and is defined anew by nobody who only writes.
func TestStays(t *testing.T) {
	e := openEstate(t, true)
	own := func(list ...fleet.Property) {
		_, err := e.fleet.Change(t.Context(), "", "plain", func(d *fleet.Device) error { d.Properties = list; return nil })
		e.must(err)
	}
	e.key("member", access.KeyRecord{Role: access.Member})
	own(fleet.Property{Name: "code", Type: "number", Access: "private"})
	e.asks("plain", "POST", "/data", `{"code": 7}`, 200, nil)
	check := func(when string) {
		t.Helper()
		e.asks("member", "POST", "/data/devices/plain/properties/code", `{"dps":[{"v":8}]}`, 401, nil)
		if status, text := e.ask("member", "POST", "/data/devices/plain", `{"code":8}`); status != 200 || !strings.Contains(text, `"accepted":0`) {
			t.Errorf("%s: got %d %s, want it rejected", when, status, text)
		}
		if status, text := e.ask("member", "GET", "/data/devices/plain", ""); status != 200 || strings.Contains(text, "code") {
			t.Errorf("%s: got %d %s, want it without what was private", when, status, text)
		}
		if status, _ := e.ask("member", "GET", "/data/devices/plain/properties/code", ""); status != 401 && status != 404 {
			t.Errorf("%s: got %d, want 401 or 404", when, status)
		}
		if _, text := e.ask("plain", "GET", "/data", ""); !strings.Contains(text, `"code":7`) {
			t.Errorf("%s: got %s for the device itself, want what was private too", when, text)
		}
	}
	check("defined")
	own()
	check("undefined")
	e.must(e.fleet.Delete(t.Context(), "", "plain", false))
	_, err := e.fleet.Create(t.Context(), "", fleet.Device{ID: "plain"})
	e.must(err)
	check("created anew")
	e.asks("plain", "POST", "/data", `{"code": 7}`, 200, nil)
	check("written by the device")
	own(fleet.Property{Name: "code", Type: "number", Access: "public"})
	e.asks("member", "POST", "/data/devices/plain/properties/code", `{"dps":[{"v":9}]}`, 200, nil)
	if _, text := e.ask("member", "GET", "/data/devices/plain", ""); !strings.Contains(text, `"code":9`) {
		t.Errorf("got %s, want it public", text)
	}
}

// TestStaysClosed: who is not shown what is private does not open what a profile has
// kept so by defining it again.
func TestStaysClosed(t *testing.T) {
	e := openEstate(t, true)
	e.key("scoped", access.KeyRecord{Role: access.Admin, Scopes: []access.Scope{access.ReadData, "deviceprofile:create", "deviceprofile:modify", "deviceprofile:delete"}})
	e.asks("device", "POST", "/data/devices/_this_", `{"pin": 7}`, 200, nil)
	e.asks("admin", "DELETE", "/deviceprofiles/mysensor/properties/pin", "", 200, nil)
	const again = "/deviceprofiles/mysensor/properties"
	e.asks("scoped", "POST", again, `{"name": "PIN"}`, 409, nil)
	e.asks("scoped", "POST", again, `{"name": "pin", "access": "protected"}`, 409, nil)
	e.asks("scoped", "PUT", again+"/serial", `{"access": "public"}`, 401, nil)
	e.asks("scoped", "PUT", again+"/serial", `{"access": null}`, 401, nil)
	e.asks("scoped", "PUT", again+"/serial", `{"access": "protected", "type": "string"}`, 200, nil)
	for _, device := range []string{"sensor1", "sensor2", "disabled1"} {
		e.asks("admin", "PUT", "/devices/"+device, `{"profile": null}`, 200, nil)
	}
	e.asks("scoped", "DELETE", "/deviceprofiles/mysensor", "", 200, nil)
	e.asks("scoped", "POST", "/deviceprofiles", `{"name": "MySensor", "properties": [{"name": "pin", "access": "public"}]}`, 409, nil)
	e.asks("scoped", "POST", "/deviceprofiles", `{"name": "MySensor", "properties": [{"name": "pin", "access": "private"}]}`, 200, nil)
	e.asks("admin", "PUT", again+"/pin", `{"access": "public"}`, 200, nil)
}
