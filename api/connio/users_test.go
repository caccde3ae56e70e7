package connio

import (
	"strings"
	"testing"

	"aion/api/access"
)

// TestUsers: the users of the account are listed and shown to whom they are to know
// of, each by name and by id, with the keys that are theirs.
func TestUsers(t *testing.T) {
	e := openEstate(t, false)
	everyone := access.With(t.Context(), access.Everyone())
	for name, role := range map[string]access.Role{"ann@acme.com": access.Admin, "bob": access.Member, "cyd": access.Viewer} {
		_, err := e.guard.Users.Create(everyone, access.UserRecord{Name: name, Role: role, Password: "a-long-pass-word"})
		e.must(err)
	}
	e.key("bob", access.KeyRecord{Owner: "bob", Role: access.Member})
	e.key("ann", access.KeyRecord{Owner: "ann@acme.com", Role: access.Admin})
	e.key("gone", access.KeyRecord{Owner: "gone", Role: access.Admin})
	e.key("scoped", access.KeyRecord{Role: access.Member, Scopes: []access.Scope{readUser}})
	bob := userID("", "bob")
	for _, tt := range []struct {
		key, method, path string
		want              int
		has, lacks        string
	}{
		{"admin", "GET", "/users", 200, `{"total":3,"itemCount":3,"numOfPages":1,"pageNo":1,"skip":0,"results":[{"id":"_usr_`, "pass"},
		{"admin", "GET", "/accounts/_this_/users?pageSize=1&pageNo=2", 200, `"numOfPages":3,"pageNo":2,"skip":0,"results":[{"id":"` + bob + `"`, "ann"},
		{"admin", "GET", "/users/ANN@acme.com", 200, `"email":"ann@acme.com","name":"ann@acme.com","status":"confirmed","role":"admin","locked":false,"dateCreated":"2017-05-02T00:00:00Z"`, ""},
		{"admin", "GET", "/users/" + bob, 200, `"name":"bob","status":"confirmed","role":"user"`, ""},
		{"admin", "GET", "/users/cyd", 200, `"role":"guest"`, ""},
		{"admin", "GET", "/users/nobody", 404, "there is no user", ""},
		{"admin", "GET", "/users/_this_", 404, "there is no user", ""},
		{"admin", "GET", "/users/bob/apikey", 200, `"ownerId":"bob"`, `"secret":"`},
		{"admin", "GET", "/users/" + bob + "/apikey", 200, `"ownerId":"bob"`, `"secret":"`},
		{"admin", "GET", "/accounts/_this_/users/bob/apikey", 200, `"ownerId":"bob"`, ""},
		{"admin", "GET", "/users/cyd/apikey", 404, "there is no key of", ""},
		{"bob", "GET", "/users", 200, `{"total":1,"itemCount":1,`, "ann"},
		{"bob", "GET", "/users/_this_", 200, `"name":"bob"`, ""},
		{"bob", "GET", "/users/ann@acme.com", 404, "there is no user", ""},
		{"bob", "GET", "/users/bob/apikey", 200, `"ownerId":"bob"`, `"secret":"`},
		{"bob", "GET", "/users/_this_/apikey", 200, `"ownerId":"bob"`, ""},
		{"bob", "GET", "/users/ann@acme.com/apikey", 404, `there is no user`, e.keys["ann"].ID},
		{"bob", "GET", "/users/" + userID("", "ann@acme.com") + "/apikey", 404, "there is no user", e.keys["ann"].ID},
		{"bob", "GET", "/users/gone/apikey", 404, "there is no user", e.keys["gone"].ID},
		{"scoped", "GET", "/users/ann@acme.com/apikey", 200, `"ownerId":"ann@acme.com"`, ""},
		{"admin", "GET", "/users/gone/apikey", 200, `"ownerId":"gone"`, ""},
		{"scoped", "GET", "/users", 200, `{"total":3,`, ""},
		{"client", "GET", "/users", 401, "context", ""},
		{"reader", "GET", "/users/bob", 401, "context", ""},
		{"admin", "PUT", "/users/bob", 404, "Resource not found", ""},
		{"admin", "POST", "/users/" + bob + "/apikey", 200, `"ownerId":"bob"`, e.keys["bob"].ID},
		{"bob", "GET", "/users", 401, "", ""},
	} {
		status, text := e.ask(tt.key, tt.method, tt.path, "")
		if status != tt.want || !strings.Contains(text, tt.has) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s", tt.key, tt.method, tt.path, status, text, tt.want, tt.has)
		}
	}
}
