package admin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"aion/api/access"
	"aion/api/admin"
)

// provision sends a plan with a key and answers status, changes and text.
func (h *house) provision(t *testing.T, by access.KeyRecord, query, plan string) (int, map[string]string, string) {
	t.Helper()
	status, text := h.ask(t, by, "POST", "/provision"+query, plan)
	var done admin.Provisioned
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &done); err != nil {
			t.Fatal(err)
		}
	}
	changes := map[string]string{}
	for _, c := range done.Changes {
		name := c.Thing + " " + c.ID
		if c.Thing == "key" && strings.HasPrefix(c.ID, "_key_") {
			name = "key made"
		}
		changes[name] = strings.TrimSpace(c.Organization + " " + string(c.Done))
		if c.Secret != "" {
			changes[name] += " secret"
		}
	}
	return status, changes, text
}

// everything is a plan with something of all kinds.
const everything = `{
 "organizations": [{"id": "acme"}, {"id": "globex"}],
 "users": [{"name": "ann", "organization": "acme", "role": "admin", "password": "secret-of-ann"}, {"name": "bob", "organization": "globex"}],
 "profiles": [{"name": "Boiler", "properties": [{"name": "Temp", "type": "number", "boundaries": {"min": -25.5, "max": 65.5}, "retention": {"type": "historical", "lifetime": "3months"}}]}],
 "devices": [{"id": "d1", "organization": "acme", "name": "One", "aliases": ["SN-1"], "status": "enabled", "secret": "ABCDEFGHIJKLMNOP", "profile": "boiler",
   "properties": [{"name": "own"}], "retentionPolicy": "retention30days", "rights": [{"user": "ann", "right": "admin"}]}, {"id": "d1", "organization": "globex"}],
 "apps": [{"id": "a1", "organization": "acme", "name": "Farm", "devices": ["SN-1"], "properties": []}],
 "keys": [{"id": "field-1", "secret": "secret-of-field-1", "organization": "acme", "ownerId": "d1", "scope": ["device:read-data"], "context": {"type": "device", "ids": ["d1"]}, "rateLimit": 60, "expires": "2999-01-01T00:00:00Z"},
   {"organization": "acme", "context": {"type": "app", "ids": ["a1"]}}]}`

// equal compares what a plan has done with what is wanted.
func equal(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range got {
		if got[name] != want[name] {
			t.Errorf("%s: got %q, want %q", name, got[name], want[name])
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s: got nothing, want %q", name, want[name])
		}
	}
}

// TestProvision: a plan makes all it names, does nothing the second time, and
// changes what it says otherwise later. A dry run changes nothing at all.
func TestProvision(t *testing.T) {
	h := openHouse(t)
	made := map[string]string{
		"organization acme": "acme created", "organization globex": "globex created", "user ann": "acme created", "user bob": "globex created secret",
		"profile Boiler": "acme created", "device d1": "globex created", "app a1": "acme created", "key field-1": "acme created", "key made": "acme created secret",
	}
	dry := map[string]string{}
	for name, done := range made {
		dry[name] = strings.TrimSuffix(done, " secret")
	}
	status, changes, text := h.provision(t, h.root, "?dryRun=true", everything)
	if status != 200 || !strings.Contains(text, `"dryRun":true`) {
		t.Fatalf("got %d %s", status, text)
	}
	equal(t, changes, dry)
	for _, path := range []string{"/organizations", "/users", "/devices", "/profiles", "/apps"} {
		if _, text := h.ask(t, h.root, "GET", path, ""); !strings.Contains(text, "[]") {
			t.Errorf("%s after a dry run: got %s", path, text)
		}
	}
	status, changes, text = h.provision(t, h.root, "", everything)
	if status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	equal(t, changes, made)
	if strings.Contains(text, "secret-of") {
		t.Errorf("got %s: given secrets are told", text)
	}
	for id, secret := range map[string]string{"field-1": "secret-of-field-1", "ann": "secret-of-ann"} {
		if _, err := h.guard.Login(t.Context(), id, secret); err != nil {
			t.Errorf("%s: got %v, want it let in", id, err)
		}
	}
	same := map[string]string{}
	for name, done := range dry {
		same[name] = strings.Replace(done, "created", "unchanged", 1)
	}
	before := h.records(t)
	status, changes, text = h.provision(t, h.root, "", everything)
	if status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	equal(t, changes, same)
	if after := h.records(t); after != before {
		t.Errorf("the second time records have changed: %s, before %s", after, before)
	}
	status, changes, text = h.provision(t, h.root, "", `{"organizations": [{"id": "acme"}], "users": [{"name": "ann", "role": "viewer"}, {"name": "bob", "password": "another-password", "organization": "globex"}],
		"profiles": [{"name": "boiler", "properties": []}], "devices": [{"id": "d1", "organization": "acme", "name": "Uno"}, {"id": "d2"}],
		"keys": [{"id": "field-1", "rateLimit": 90}, {"id": "field-2", "secret": "secret-of-field-2"}]}`)
	if status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	equal(t, changes, map[string]string{
		"organization acme": "acme unchanged", "user ann": "acme changed", "user bob": "globex changed", "profile boiler": "acme changed", "device d1": "acme changed",
		"device d2": "acme created", "key field-1": "acme changed", "key field-2": "created",
	})
	for path, has := range map[string]string{
		"/devices/d1?organization=acme": `"name":"Uno","status":"enabled","profile":"Boiler"`, "/keys/field-1": `"scope":["device:read-data"]`,
		"/profiles/boiler?organization=acme": `"name":"Boiler"`,
	} {
		if status, text := h.ask(t, h.root, "GET", path, ""); status != 200 || !strings.Contains(text, has) {
			t.Errorf("%s: got %d %s, want %s", path, status, text, has)
		}
	}
}

// TestProvisionHouses: an organization that entries name and that is not there is made
// and told of, once; nothing is made by single requests in one that is not there.
func TestProvisionHouses(t *testing.T) {
	h := openHouse(t)
	const plan = `{"profiles": [{"name": "p"}], "devices": [{"id": "d1", "organization": "one", "profile": "p"}, {"id": "d2", "organization": "two"}],
		"apps": [{"id": "a1", "organization": "three"}], "users": [{"name": "ann", "organization": "four", "password": "secret-of-ann"}], "keys": [{"id": "k1", "organization": "two"}]}`
	status, changes, text := h.provision(t, h.root, "", plan)
	if status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	equal(t, changes, map[string]string{
		"organization one": "one created", "organization two": "two created", "organization three": "three created", "organization four": "four created",
		"profile p": "one created", "device d1": "one created", "device d2": "two created", "app a1": "three created", "user ann": "four created", "key k1": "two created secret",
	})
	before := h.records(t)
	if status, _, text = h.provision(t, h.root, "", plan); status != 200 || strings.Contains(text, `"organization",`) || h.records(t) != before {
		t.Errorf("the second time: got %d %s, want that nothing is changed", status, text)
	}
	for _, r := range [][3]string{
		{"POST", "/devices", `{"id": "d3", "organization": "none"}`}, {"POST", "/devices/discover?organization=none", ""}, {"DELETE", "/devices/d1?organization=none", ""},
		{"POST", "/profiles?organization=none", `{"name": "p"}`}, {"POST", "/apps?organization=none", `{"id": "a2"}`},
	} {
		if status, text := h.ask(t, h.root, r[0], r[1], r[2]); status != 404 || !strings.Contains(text, `there is no organization \"none\"`) {
			t.Errorf("%s: got %d %s, want 404", r, status, text)
		}
	}
}

// TestProvisionMoves: an alias goes from one device to the next in one plan, also
// where there are many at once.
func TestProvisionMoves(t *testing.T) {
	h := openHouse(t)
	const n = 200
	plan := []string{`{"id": "d0", "aliases": ["a0"]}`}
	for i := 1; i < n; i++ {
		plan = append(plan, fmt.Sprintf(`{"id": "d%d", "aliases": ["a%d"]}`, i, i))
	}
	moves := []string{`{"id": "d0", "aliases": []}`}
	for i := 1; i < n; i++ {
		moves = append(moves, fmt.Sprintf(`{"id": "d%d", "aliases": ["a%d"]}`, i, i-1))
	}
	for _, list := range [][]string{plan, moves} {
		if status, _, text := h.provision(t, h.root, "", `{"devices": [`+strings.Join(list, ",")+`]}`); status != 200 {
			t.Fatalf("got %d %s", status, text)
		}
	}
	for i := 1; i < n; i++ {
		if status, text := h.ask(t, h.root, "GET", fmt.Sprintf("/devices/a%d", i-1), ""); status != 200 || !strings.Contains(text, fmt.Sprintf(`"id":"d%d"`, i)) {
			t.Errorf("got %d %s", status, text)
		}
	}
}

// TestProvisionInPart: where the store gives up in between, what was done is told,
// secrets included, and what was not; the same plan goes on from there.
func TestProvisionInPart(t *testing.T) {
	h := openHouse(t)
	h.full.Store(true)
	status, changes, text := h.provision(t, h.root, "", everything)
	if status != 200 || !strings.Contains(text, `"errors":["apps[0]: the store is not available"]`) {
		t.Errorf("got %d %s", status, text)
	}
	if _, there := changes["app a1"]; there || changes["key made"] != "acme created secret" {
		t.Errorf("got %v, want a key with its secret and no app", changes)
	}
	h.full.Store(false)
	status, changes, text = h.provision(t, h.root, "", everything)
	if status != 200 || strings.Contains(text, "errors") || changes["app a1"] != "acme created" || changes["key made"] != "acme unchanged" {
		t.Errorf("got %d %s %v", status, text, changes)
	}
}

// records is what kinds of records there are and how often they were changed.
func (h *house) records(t *testing.T) string {
	t.Helper()
	var all []string
	for _, kind := range []string{"organization", "user", "key", "profile", "device", "device-alias", "device-secret", "app", "provision-key", "access-change"} {
		for r, err := range h.catalog.All(t.Context(), kind, "") {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprint(kind, r.ID, r.Revision))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestProvisionRefuses: where anything is wrong nothing is done, and all that is
// wrong is said.
func TestProvisionRefuses(t *testing.T) {
	h := openHouse(t)
	if status, _, text := h.provision(t, h.root, "", everything); status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
	home := h.make(t, h.root, `{"organization": "acme", "role": "admin"}`)
	member := h.make(t, h.root, `{"organization": "acme"}`)
	before := h.records(t)
	tests := []struct {
		name string
		by   access.KeyRecord
		plan string
		want int
		text string
	}{
		{"an unknown list", h.root, `{"gateways": []}`, 400, `{"errors":["there is no member \"gateways\""]}`},
		{"unknown members", h.root, `{"devices": [{"id": "new"}, {"id": "d3", "serial": 1}], "keys": [{"name": "x"}], "profiles": [{"name": "p", "properties": [{"name": "x", "unit": "C"}]}]}`, 400,
			`{"errors":["profiles[0]: there is no member \"unit\"","devices[1]: there is no member \"serial\"","keys[0]: there is no member \"name\""]}`},
		{"what is wrong", h.root, `{"organizations": [{"id": "new"}], "users": [{"name": "cy", "role": "king"}], "devices": [{"id": "d5", "organization": "acme", "aliases": ["SN-1"]}, {"id": "d6", "profile": "none"}], "apps": [{"name": "x"}]}`, 400,
			`{"errors":["users[0]: role: got \"king\", want viewer, member, admin or root","devices[0]: aliases: \"SN-1\" is in use already","devices[1]: profile: there is none named \"none\"","apps[0]: id: it is missing"]}`},
		{"what is of another kind", h.root, `{"organizations": [{"name": "x"}], "devices": [[]], "keys": [{"scope": "x"}, {"limits": {"timeout": 3}}, {"context": "d1"}, {"rateLimit": 1.5}]}`, 400,
			`{"errors":["organizations[0]: id: it is missing","devices[0]: got a JSON array, want an object","keys[0]: scope: got a JSON string, want a list",` +
				`"keys[1]: limits.timeout: got a JSON number, want a string","keys[2]: context: got a JSON string, want an object","keys[3]: rateLimit: got a JSON number 1.5, want a whole number"]}`},
		{"twice in a plan", h.root, `{"devices": [{"id": "d7", "aliases": ["x"]}, {"id": "d8", "aliases": ["x"]}]}`, 400, `devices[1]: aliases: \"x\" is in use already`},
		{"another organization's user", h.root, `{"users": [{"name": "ann", "organization": "globex"}]}`, 400, `users[0]: organization: user ann is of \"acme\", and stays there`},
		{"a foreign organization", home, `{"devices": [{"id": "d9"}, {"id": "d9", "organization": "globex"}]}`, 400, `devices[1]: there is no organization \"globex\"`},
		{"a new organization", home, `{"organizations": [{"id": "mine"}]}`, 400, `organizations[0]: the role root is required`},
		{"more than he has", home, `{"keys": [{"role": "root"}]}`, 400, `keys[0]: nobody can give the role root`},
		{"a member", member, `{}`, 403, `the role admin is required`},
		{"no JSON", h.root, `devices: []`, 400, `the body is not JSON`},
	}
	for _, tt := range tests {
		status, _, text := h.provision(t, tt.by, "", tt.plan)
		if status != tt.want || !strings.Contains(text, tt.text) {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, status, text, tt.want, tt.text)
		}
	}
	if after := h.records(t); after != before {
		t.Errorf("records have changed: %s, before %s", after, before)
	}
	if _, err := h.guard.Keys.Revoke(access.With(t.Context(), access.Everyone()), "field-1"); err != nil {
		t.Fatal(err)
	}
	if status, _, text := h.provision(t, h.root, "", everything); status != 400 || !strings.Contains(text, `keys[0]: key field-1 is revoked`) {
		t.Errorf("got %d %s: what is revoked is to stay so", status, text)
	}
}

// TestProvisionAsksFirst: whoever may not provision is told so before the body is
// read.
func TestProvisionAsksFirst(t *testing.T) {
	h := openHouse(t)
	member := h.make(t, h.root, `{"organization": "acme"}`)
	r := httptest.NewRequest("POST", admin.Prefix+"/provision", unread{t})
	r.SetBasicAuth(member.ID, member.Secret)
	rec := httptest.NewRecorder()
	h.Handler().ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
}

// unread is a body that nobody is to read.
type unread struct{ t *testing.T }

// Read fails the test.
func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}
