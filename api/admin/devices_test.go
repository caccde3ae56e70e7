package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// reaching asks a fleet what contexts come to.
type reaching struct{ fleet *fleet.Fleet }

// Devices are the devices of a context.
func (r *reaching) Devices(ctx context.Context, organization string, c access.Context) ([]string, error) {
	return r.fleet.Reach(ctx, organization, string(c.Type), c.IDs)
}

// house is the API over a store with devices.
type house struct {
	*server
	store storage.Store
	fleet *fleet.Fleet
	reads *atomic.Int64 // of records
	full  *atomic.Bool  // no app can be stored

	catalog *catalog.Catalog
}

// counted is a store whose reads of records are counted, and that may have no room
// for apps.
type counted struct {
	storage.Store
	reads *atomic.Int64
	full  *atomic.Bool
}

// Records are the store's records, counted.
func (c counted) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](c.Store)
	return countedRecords{keeper.Records(), c.reads, c.full}
}

// countedRecords are records whose reads are counted.
type countedRecords struct {
	storage.Records
	reads *atomic.Int64
	full  *atomic.Bool
}

// Put stores, unless there is no room.
func (c countedRecords) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	if kind == "app" && c.full.Load() {
		return 0, points.ErrUnavailable
	}
	return c.Records.Put(ctx, kind, id, value, was)
}

// Record counts and reads.
func (c countedRecords) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	c.reads.Add(1)
	return c.Records.Record(ctx, kind, id)
}

// openHouse is a server over an empty store, and a key of root's.
func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{reads: new(atomic.Int64), full: new(atomic.Bool)}
	h.store = memory.New(memory.Config{})
	records, ok := catalog.New(counted{h.store, h.reads, h.full})
	if !ok {
		t.Fatal("the store keeps no records")
	}
	shift := shiftOver(h.store, records)
	guard := shift.Access
	h.fleet, h.catalog = shift.Fleet, records
	root, err := guard.Keys.Create(access.With(t.Context(), access.Everyone()), access.KeyRecord{Role: access.Root})
	if err != nil {
		t.Fatal(err)
	}
	h.server = &server{api.New(api.Config{Access: guard, Protocols: []api.Protocol{admin.New(admin.Config{
		Access: guard, Fleet: h.fleet, Catalog: records, Shift: func(c *catalog.Catalog) admin.Shift { return shiftOver(h.store, c) },
	})}}), guard, root}
	return h
}

// shiftOver is a guard and a fleet over a catalog.
func shiftOver(store storage.Store, records *catalog.Catalog) admin.Shift {
	r := &reaching{}
	guard := access.New(access.Config{Catalog: records, Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1}, Reacher: r})
	r.fleet = fleet.New(fleet.Config{Store: store, Catalog: records, Changed: guard.Tell, Tenancy: func(ctx context.Context) (fleet.Tenancy, error) {
		home, several, err := guard.Organizations.Tenancy(ctx)
		return fleet.Tenancy{Home: home, Several: several}, err
	}})
	return admin.Shift{Access: guard, Fleet: r.fleet, Catalog: records}
}

// write stores a point of a device.
func (h *house) write(t *testing.T, tags map[string]string) {
	t.Helper()
	var b storage.Batch
	block := points.Block{Kind: points.Number}
	block.AppendFloat(1, 1)
	b.Put(points.Key{Metric: "m", Tags: points.TagsOf(tags), Type: points.TypeDouble}, block, 0)
	if err := h.store.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

// TestDevices: a device's life by the API, and what is said about mistakes.
func TestDevices(t *testing.T) {
	h := openHouse(t)
	h.write(t, map[string]string{"device": "d1"})
	tests := []struct {
		method, path, body string
		want               int
		has, lacks         string
	}{
		{"POST", "/profiles", `{"name": "Sensor", "properties": [{"name": "Temp", "type": "number", "retention": {"lifetime": "3months"}}]}`, 201, `"type":"number","access":"public"`, ""},
		{"POST", "/devices", `{"id": "d1", "name": "Boiler", "aliases": ["SN 1/2"], "secret": "ABCDEFGHIJKLMNOP", "profile": "sensor", "attributes": {"a": 1, "b": [true]}}`, 201,
			`"organization":"","aliases":["SN 1/2"],"identifiers":{"connio":"_dev_`, "ABCDEFGHIJKLMNOP"},
		{"GET", "/devices/d1", "", 200, `"hasSecret":true`, `"secret"`},
		{"GET", "/devices/d1", "", 200, `"profile":"Sensor"`, `"number"`},
		{"GET", "/devices/Boiler", "", 200, `"id":"d1"`, ""},
		{"GET", "/devices/SN%201%2F2", "", 200, `"id":"d1"`, ""},
		{"GET", "/devices/none", "", 404, `{"errors":["there is no device \"none\""]}`, ""},
		{"POST", "/devices", `{"id": "d1"}`, 409, `{"errors":["id: \"d1\" is in use already"]}`, ""},
		{"POST", "/devices", `{"id": "d2", "serial": 1}`, 400, `{"errors":["there is no member \"serial\""]}`, ""},
		{"POST", "/devices", `{"id": "d2", "status": "x", "retentionPolicy": "y"}`, 400, `{"errors":["status: got \"x\", want enabled or disabled","retentionPolicy: got`, ""},
		{"POST", "/devices", `{"id": "d2", "properties": [{"name": "a", "color": 1}]}`, 400, `{"errors":["there is no member \"color\""]}`, ""},
		{"POST", "/devices", `{"id": "d2", "name": "Boiler"}`, 201, `"hasSecret":false`, ""},
		{"GET", "/devices/Boiler", "", 409, `several devices are called \"Boiler\": use an id or an alias`, ""},
		{"PATCH", "/devices/d2", `{"name": "Pump", "attributes": {"a": "x"}, "rights": [{"user": "u", "right": "read"}]}`, 200, `"name":"Pump"`, ""},
		{"PATCH", "/devices/d2", `{"attributes": {"a": null, "c": 1}}`, 200, `"attributes":{"c":1}`, `"a"`},
		{"PATCH", "/devices/d2", `{"id": "d3"}`, 400, `there is no member \"id\"`, ""},
		{"PATCH", "/devices/d2", `{"aliases": ["SN 1/2"]}`, 409, `aliases: \"SN 1/2\" is in use already`, ""},
		{"PATCH", "/devices/d2", `[]`, 400, `errors`, ""},
		{"PUT", "/devices/d2/aliases/eui-1", "", 200, `"aliases":["eui-1"]`, ""},
		{"DELETE", "/devices/eui-1/aliases/eui-1", "", 200, `"aliases":[]`, ""},
		{"DELETE", "/devices/d2/aliases/eui-1", "", 404, `there is no alias \"eui-1\"`, ""},
		{"GET", "/devices?limit=1", "", 200, `"next":"d1"`, `"d2"`},
		{"GET", "/devices?after=d1&limit=5", "", 200, `"id":"d2"`, `"next"`},
		{"GET", "/devices?prefix=e", "", 200, `{"devices":[]}`, ""},
		{"GET", "/devices?limit=1001", "", 400, `limit: got \"1001\", want 1 to 1000`, ""},
		{"GET", "/devices?page=1", "", 400, `there is no parameter \"page\"`, ""},
		{"POST", "/apps", `{"id": "a1", "devices": ["SN 1/2"]}`, 201, `"id":"a1"`, ""},
		{"PATCH", "/apps/a1", `{"name": "Farm"}`, 200, `"devices":["SN 1/2"]`, ""},
		{"GET", "/apps", "", 200, `"name":"Farm"`, ""},
		{"POST", "/devices/discover", "", 200, `{"created":0}`, ""},
		{"PATCH", "/apps/a2", `{"name": "Farm"}`, 404, `there is no app \"a2\"`, ""},
		{"POST", "/apps", `{"id": "a1"}`, 409, `id: \"a1\" is in use already`, ""},
		{"PATCH", "/profiles/SENSOR", `{"properties": []}`, 200, `"name":"Sensor"`, "Temp"},
		{"GET", "/profiles/sensor", "", 200, `"name":"Sensor"`, ""},
		{"GET", "/profiles?prefix=SE", "", 200, `"name":"Sensor"`, ""},
		{"POST", "/profiles", `{"name": ""}`, 400, `name: got`, ""},
		{"DELETE", "/profiles/sensor", "", 409, `profile \"sensor\" is in use by device d1`, ""},
		{"PATCH", "/devices/d1", `{"profile": ""}`, 200, `"id":"d1"`, "Sensor"},
		{"DELETE", "/profiles/sensor", "", 200, ``, ""},
		{"DELETE", "/apps/a1", "", 200, ``, ""},
		{"DELETE", "/apps/a1", "", 404, ``, ""},
		{"DELETE", "/devices/d1?data=maybe", "", 400, `data: got \"maybe\", want true or false`, ""},
		{"DELETE", "/devices/d1?data=true", "", 200, `"id":"d1"`, ""},
		{"GET", "/devices/d1", "", 404, ``, ""},
		{"GET", "/audit?limit=1000", "", 200, `"action":"device.delete-with-data"`, ""},
	}
	for _, tt := range tests {
		status, text := h.ask(t, h.root, tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s and without %s", tt.method, tt.path, tt.body, status, text, tt.want, tt.has, tt.lacks)
		}
	}
	for range h.store.Metrics(t.Context(), storage.Selection{}) {
		t.Error("the data of the device are there still")
	}
}

// TestWhoMayDevices: everybody sees what he may, and only who administers an
// organization changes it; what is elsewhere is not there.
func TestWhoMayDevices(t *testing.T) {
	h := openHouse(t)
	home := h.make(t, h.root, `{"organization": "acme", "role": "admin"}`)
	other := h.make(t, h.root, `{"organization": "globex", "role": "admin"}`)
	member := h.make(t, h.root, `{"organization": "acme"}`)
	data := h.make(t, h.root, `{"organization": "acme", "scope": ["device:read-data"]}`)
	partner := h.make(t, h.root, `{"organization": "acme", "context": {"type": "device", "ids": ["SN-1", "later"]}}`)
	apps := h.make(t, h.root, `{"organization": "acme", "context": {"type": "app", "ids": ["a1"]}}`)
	for _, body := range []string{`{"id": "d1", "aliases": ["SN-1"], "name": "One"}`, `{"id": "d2", "name": "Two"}`} {
		if status, text := h.ask(t, home, "POST", "/devices", body); status != 201 {
			t.Fatalf("got %d %s", status, text)
		}
	}
	if status, text := h.ask(t, home, "POST", "/apps", `{"id": "a1", "devices": ["d2"]}`); status != 201 {
		t.Fatalf("got %d %s", status, text)
	}
	tests := []struct {
		name               string
		by                 access.KeyRecord
		method, path, body string
		want               int
		has, lacks         string
	}{
		{"home lists", home, "GET", "/devices", "", 200, `"id":"d2"`, ""},
		{"another lists", other, "GET", "/devices", "", 200, `{"devices":[]}`, ""},
		{"another looks", other, "GET", "/devices/d1", "", 404, "", ""},
		{"another asks for home's", other, "GET", "/devices?organization=acme", "", 404, "", ""},
		{"another creates for home", other, "POST", "/devices", `{"id": "x", "organization": "acme"}`, 404, "", ""},
		{"another has the same id", other, "POST", "/devices", `{"id": "d1", "aliases": ["SN-1"]}`, 201, `"organization":"globex"`, ""},
		{"root lists another's", h.root, "GET", "/devices?organization=globex", "", 200, `"organization":"globex"`, `"id":"d2"`},
		{"root changes another's", h.root, "PATCH", "/devices/d1?organization=globex", `{"name": "G"}`, 200, `"name":"G"`, ""},
		{"home's has not changed", home, "GET", "/devices/d1", "", 200, `"name":"One"`, ""},
		{"a member reads", member, "GET", "/devices/d1", "", 200, "", ""},
		{"a member changes", member, "PATCH", "/devices/d1", `{"name": "x"}`, 403, "", ""},
		{"a member creates", member, "POST", "/devices", `{"id": "x"}`, 403, "", ""},
		{"a member deletes", member, "DELETE", "/devices/d1", "", 403, "", ""},
		{"data alone", data, "GET", "/devices", "", 403, "", ""},
		{"a partner lists", partner, "GET", "/devices", "", 200, `"id":"d1"`, `"id":"d2"`},
		{"a partner looks by alias", partner, "GET", "/devices/SN-1", "", 200, `"id":"d1"`, ""},
		{"a partner looks by id", partner, "GET", "/devices/d1", "", 200, `"id":"d1"`, ""},
		{"a partner looks elsewhere", partner, "GET", "/devices/d2", "", 404, `there is no device \"d2\"`, ""},
		{"a partner looks elsewhere by name", partner, "GET", "/devices/Two", "", 404, "", ""},
		{"a partner looks for nothing", partner, "GET", "/devices/nothing", "", 404, `there is no device \"nothing\"`, ""},
		{"a partner looks for what comes later", partner, "GET", "/devices/later", "", 404, "", ""},
		{"a partner changes", partner, "PATCH", "/devices/d1", `{"name": "x"}`, 403, "", ""},
		{"a partner lists apps", partner, "GET", "/apps", "", 403, "", ""},
		{"a partner looks at an app", partner, "GET", "/apps/a1", "", 404, "", ""},
		{"an app's key lists", apps, "GET", "/devices", "", 200, `"id":"d2"`, `"id":"d1"`},
		{"an app's key looks at its app", apps, "GET", "/apps/a1", "", 200, `"id":"a1"`, ""},
		{"nobody", access.KeyRecord{ID: "x", Secret: "y"}, "GET", "/devices", "", 401, "", ""},
	}
	for _, tt := range tests {
		status, text := h.ask(t, tt.by, tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
			t.Errorf("%s: got %d %s, want %d with %s and without %s", tt.name, status, text, tt.want, tt.has, tt.lacks)
		}
	}
	reads := map[int64]bool{}
	for _, path := range []string{"/devices/d2", "/devices/Two", "/devices/nothing"} {
		before := h.reads.Load()
		h.ask(t, partner, "GET", path, "")
		reads[h.reads.Load()-before] = true
	}
	if len(reads) != 1 {
		t.Errorf("got %v reads: what is elsewhere costs otherwise than what is not there", reads)
	}
	if status, _ := h.ask(t, home, "PATCH", "/devices/d2", `{"aliases": ["later"]}`); status != 200 {
		t.Error("the alias is refused")
	}
	if status, text := h.ask(t, partner, "GET", "/devices/later", ""); status != 200 {
		t.Errorf("got %d %s: the context does not follow the alias", status, text)
	}
}

// FuzzDeviceBody: whatever is sent is answered, and a device that is taken can be
// read.
func FuzzDeviceBody(f *testing.F) {
	for _, body := range []string{`{"id": "d1", "aliases": ["a"], "attributes": {"x": {"y": null}}}`, `{"id": 1}`, `[]`, `null`, ``, `{"id":"\u0000"}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		records, _ := catalog.New(memory.New(memory.Config{}))
		guard := access.New(access.Config{Catalog: records})
		server := api.New(api.Config{Protocols: []api.Protocol{admin.New(admin.Config{Access: guard, Fleet: fleet.New(fleet.Config{Catalog: records})})}})
		ask := func(method, path, body string) *httptest.ResponseRecorder {
			rec := httptest.NewRecorder()
			server.Handler().ServeHTTP(rec, httptest.NewRequest(method, admin.Prefix+path, strings.NewReader(body)))
			return rec
		}
		made := ask("POST", "/devices", body)
		switch {
		case made.Code == http.StatusCreated:
			if shown := ask("GET", strings.TrimPrefix(made.Header().Get("Location"), admin.Prefix), ""); shown.Code != 200 || shown.Body.String() != made.Body.String() {
				t.Errorf("made %s, shown %d %s", made.Body, shown.Code, shown.Body)
			}
		case made.Code != 400 && made.Code != 409 || !json.Valid(made.Body.Bytes()):
			t.Errorf("%s", fmt.Sprint(made.Code, made.Body))
		}
	})
}
