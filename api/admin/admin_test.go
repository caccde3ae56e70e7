package admin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"aion/api"
	"aion/api/access"
	"aion/api/admin"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// server is the API behind the server's middleware.
type server struct {
	*api.Server
	guard *access.Guard
	root  access.KeyRecord
}

// open is a server over an empty store, and a key of root's.
func open(t *testing.T) *server {
	t.Helper()
	records, ok := catalog.New(memory.New(memory.Config{}))
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard := access.New(access.Config{Catalog: records, Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1}})
	root, err := guard.Keys.Create(access.With(t.Context(), access.Everyone()), access.KeyRecord{Role: access.Root})
	if err != nil {
		t.Fatal(err)
	}
	return &server{api.New(api.Config{Access: guard, Protocols: []api.Protocol{admin.New(admin.Config{Access: guard})}}), guard, root}
}

// ask sends a request with a key and answers status and body.
func (s *server) ask(t *testing.T, key access.KeyRecord, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, admin.Prefix+path, strings.NewReader(body))
	r.SetBasicAuth(key.ID, key.Secret)
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// make makes a key by the API.
func (s *server) make(t *testing.T, by access.KeyRecord, body string) access.KeyRecord {
	t.Helper()
	status, text := s.ask(t, by, "POST", "/keys", body)
	var r access.KeyRecord
	if err := json.Unmarshal([]byte(text), &r); err != nil || status != http.StatusCreated {
		t.Fatalf("got %d %s, want a key", status, text)
	}
	return r
}

// TestKeys: a key's life by the API.
func TestKeys(t *testing.T) {
	s := open(t)
	key := s.make(t, s.root, `{"name": "partner", "scope": ["device:read-data", "view:*"], "context": {"type": "device", "ids": ["d1"]}, "rateLimit": 60}`)
	at := "/keys/" + key.ID
	tests := []struct {
		method, path, body string
		want               int
		has, lacks         string
	}{
		{"GET", at, "", 200, `"unknownScopes":["view:*"]`, key.Secret},
		{"GET", at, "", 200, `"lastUsed":null,"expires":null,"revoked":null`, `"secret"`},
		{"GET", "/keys?limit=1", "", 200, `"next":"_key_`, key.Secret},
		{"GET", "/keys?limit=0", "", 400, `limit: got`, ""},
		{"GET", "/keys?first=1", "", 400, `there is no parameter \"first\"`, ""},
		{"PATCH", at, `{"rateLimit": 120, "expires": "2999-01-01T00:00:00Z"}`, 200, `"rateLimit":120`, ""},
		{"PATCH", at, `{"expires": "2998-01-01"}`, 200, `"expires":"2998-01-01T00:00:00Z"`, ""},
		{"PATCH", at, `{"expires": "soon"}`, 400, `{"errors":["expires: got \"soon\", want a time such as 2027-01-01 or 2027-01-01T15:04:05Z"]}`, ""},
		{"PATCH", at, `{"expires": 1}`, 400, `expires: got 1, want a time`, ""},
		{"PATCH", at, `{"expires": null}`, 200, `"name":"partner","organization":"","ownerId":"","role":"member","scope":["device:read-data","view:*"]`, "2999-01"},
		{"PATCH", at, `{"id": "x"}`, 400, `{"errors":["there is no member \"id\""]}`, ""},
		{"PATCH", at, `{"role": "king"}`, 400, `role: got \"king\", want viewer, member, admin or root`, ""},
		{"PATCH", at, `{"rateLimit": "x"}`, 400, `rateLimit: got a JSON string`, ""},
		{"PATCH", at, `{`, 400, `the body is not JSON`, ""},
		{"PATCH", at, `{} {}`, 400, `behind the JSON`, ""},
		{"POST", "/keys", `{"id": "` + key.ID + `"}`, 409, `already`, ""},
		{"POST", "/keys", `{"context": {"type": "device"}}`, 400, `context: got no ids`, ""},
		{"POST", at + "/rotate", "", 200, `"secret":"`, key.Secret},
		{"POST", at + "/revoke", "", 200, `"revoked":"2`, ""},
		{"GET", "/keys/_key_1", "", 404, `there is no key \"_key_1\"`, ""},
		{"DELETE", "/keys/_key_1", "", 404, ``, ""},
		{"PUT", at, "", 405, ``, ""},
		{"GET", "/nothing", "", 404, `{"errors":["Not Found"]}`, ""},
		{"GET", "/audit?limit=1000", "", 200, `"action":"key.rotate"`, key.Secret},
	}
	for _, tt := range tests {
		status, text := s.ask(t, s.root, tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s and without %s", tt.method, tt.path, tt.body, status, text, tt.want, tt.has, tt.lacks)
		}
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

// TestChangesMeet: what a request does not name stays as another one makes it
// meanwhile: whoever renames a key does not widen what has just been narrowed.
func TestChangesMeet(t *testing.T) {
	s := open(t)
	key := s.make(t, s.root, `{"organization": "acme", "name": "partner"}`)
	for _, tt := range []struct{ path, other, body, has string }{
		{"/keys/" + key.ID, `{"context": {"type": "device", "ids": ["d1"]}, "scope": []}`, `{"name": "p"}`, `"scope":[],"context":{"type":"device","ids":["d1"]}`},
		{"/keys/" + key.ID, `{"limits": {"series": 5}}`, `{"limits": {"points": 7}}`, `"limits":{"points":7,"series":5}`},
		{"/organizations/acme", `{"limits": {"series": 5}}`, `{"name": "Acme"}`, `"limits":{"series":5}`},
		{"/organizations/acme", `{"ingestion": {"rateLimit": 60}}`, `{"limits": {"points": 7}}`, `"ingestion":{"rateLimit":60}`},
	} {
		r := httptest.NewRequest("PATCH", admin.Prefix+tt.path, &meanwhile{strings.NewReader(tt.body), func() {
			if status, text := s.ask(t, s.root, "PATCH", tt.path, tt.other); status != 200 {
				t.Errorf("%s %s: got %d %s", tt.path, tt.other, status, text)
			}
		}})
		r.SetBasicAuth(s.root.ID, s.root.Secret)
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, r)
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), tt.has) {
			t.Errorf("%s %s: got %d %s, want it with %s", tt.path, tt.body, rec.Code, rec.Body, tt.has)
		}
	}
}

// TestImport: all keys of an import are made, or none.
func TestImport(t *testing.T) {
	s := open(t)
	good := `{"id": "dev-1", "secret": "secret-one"}`
	tests := []struct {
		body string
		want int
		text string
	}{
		{"[" + good + `, {"id": "dev-2", "secret": "short"}, {"id": "a b", "secret": "secret-two"}, ` + good + "]", 400,
			`{"errors":["keys[1]: secret: want 8 to 256 bytes of text without control characters",` +
				`"keys[2]: id: got \"a b\", want it without spaces, colons, slashes and quotes","keys[3]: id: \"dev-1\" is that of keys[0], too"]}`},
		{"[" + good + "]", 200, `{"created":1,"unchanged":0}`},
		{"[" + good + `, {"id": "dev-2", "secret": "secret-two"}]`, 200, `{"created":1,"unchanged":1}`},
		{`[{"id": "dev-1", "secret": "secret-two"}]`, 400, `keys[0]: there is a key \"dev-1\" already`},
		{`[{"id": "dev-3", "secret": "secret-3", "color": 1}]`, 400, `there is no member \"color\"`},
	}
	for _, tt := range tests {
		status, text := s.ask(t, s.root, "POST", "/keys/import", tt.body)
		if status != tt.want || !strings.Contains(text, tt.text) {
			t.Errorf("%s: got %d %s, want %d %s", tt.body, status, text, tt.want, tt.text)
		}
	}
	for id, secret := range map[string]string{"dev-1": "secret-one", "dev-2": "secret-two"} {
		if _, err := s.guard.Login(t.Context(), id, secret); err != nil {
			t.Errorf("%s: got %v, want it let in", id, err)
		}
	}
}

// TestNoScopes: an empty list of scopes permits nothing, however it came; none, or
// null, is the role's.
func TestNoScopes(t *testing.T) {
	s := open(t)
	if status, text := s.ask(t, s.root, "POST", "/keys/import", `[{"id": "dev-1", "secret": "secret-one-of-one", "scope": []}]`); status != 200 {
		t.Fatalf("got %d %s, want 200", status, text)
	}
	key := access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one"}
	for _, tt := range []struct {
		change string
		want   bool
	}{{`{"name": "x"}`, false}, {`{"scope": null}`, true}, {`{"name": "y"}`, true}, {`{"scope": []}`, false}} {
		if status, text := s.ask(t, s.root, "PATCH", "/keys/dev-1", tt.change); status != 200 {
			t.Fatalf("%s: got %d %s, want 200", tt.change, status, text)
		}
		p, err := s.guard.Login(t.Context(), key.ID, key.Secret)
		if err != nil || p.May(access.ReadData) != tt.want {
			t.Errorf("after %s: got %+v %v, want that it may read: %t", tt.change, p, err, tt.want)
		}
	}
}

// TestWhoMay: administrators see and change what their organization has; what
// others have is not there for them; nobody gives more than he has.
func TestWhoMay(t *testing.T) {
	s := open(t)
	home := s.make(t, s.root, `{"organization": "acme", "role": "admin"}`)
	other := s.make(t, s.root, `{"organization": "globex", "role": "admin"}`)
	member := s.make(t, s.root, `{"organization": "acme"}`)
	narrow := s.make(t, s.root, `{"organization": "acme", "role": "admin", "context": {"type": "device", "ids": ["d1"]}}`)
	scoped := s.make(t, s.root, `{"organization": "acme", "role": "admin", "scope": ["device:read-data"]}`)
	s.make(t, s.root, `{"id": "roots", "organization": "acme", "role": "root"}`)
	tests := []struct {
		name               string
		by                 access.KeyRecord
		method, path, body string
		want               int
	}{
		{"own key", home, "GET", "/keys/" + member.ID, "", 200},
		{"a foreign key", home, "GET", "/keys/" + other.ID, "", 404},
		{"no key", home, "GET", "/keys/_key_1", "", 404},
		{"revoke a foreign key", other, "POST", "/keys/" + home.ID + "/revoke", "", 404},
		{"a key in a foreign organization", other, "POST", "/keys", `{"organization": "acme"}`, 404},
		{"a key in an organization that is not there", other, "POST", "/keys", `{"organization": "new"}`, 404},
		{"more than he has", home, "POST", "/keys", `{"role": "root"}`, 403},
		{"change who has more", home, "POST", "/keys/roots/rotate", "", 403},
		{"raise", home, "PATCH", "/keys/" + member.ID, `{"role": "root"}`, 403},
		{"raise to his own", home, "PATCH", "/keys/" + member.ID, `{"role": "admin"}`, 200},
		{"member", member, "GET", "/keys", "", 200},
		{"devices alone", narrow, "GET", "/keys", "", 403},
		{"scopes alone", scoped, "POST", "/keys", "{}", 403},
		{"an organization", home, "POST", "/organizations", `{"id": "mine"}`, 403},
		{"a foreign organization", home, "GET", "/organizations/globex", "", 404},
		{"his organization", home, "GET", "/organizations/acme", "", 200},
		{"a user", home, "POST", "/users", `{"name": "ann", "password": "password1"}`, 201},
		{"a user with more", home, "POST", "/users", `{"name": "bob", "role": "root", "password": "password1"}`, 403},
		{"a foreign user", other, "GET", "/users/ann", "", 404},
		{"a foreign user's password", other, "PUT", "/users/ann/password", `{"password": "password2"}`, 404},
		{"delete a foreign user", other, "DELETE", "/users/ann", "", 404},
		{"delete", home, "DELETE", "/users/ann", "", 200},
		{"deleted", home, "DELETE", "/users/ann", "", 404},
	}
	for _, tt := range tests {
		if status, text := s.ask(t, tt.by, tt.method, tt.path, tt.body); status != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, status, text, tt.want)
		}
	}
	for path, lacks := range map[string]string{"/keys": member.ID, "/users": "ann", "/organizations": "acme", "/audit": "acme"} {
		if status, text := s.ask(t, other, "GET", path, ""); status != 200 || strings.Contains(text, lacks) {
			t.Errorf("%s: got %d %s, want nothing of another organization", path, status, text)
		}
	}
}
