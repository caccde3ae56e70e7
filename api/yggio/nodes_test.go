package yggio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// everyone is a context in which all is permitted.
func everyone(t testing.TB) context.Context {
	return access.With(t.Context(), access.Everyone())
}

// user makes a user of a role.
func (y *tested) user(t testing.TB, name string, role access.Role) {
	t.Helper()
	if _, err := y.Access.Users.Create(everyone(t), access.UserRecord{Name: name, Password: "password of " + name, Role: role}); err != nil {
		t.Fatal(err)
	}
}

// login is the Authorization header of a user who logs in.
func (y *tested) login(t testing.TB, name string) string {
	t.Helper()
	got := y.call(t, http.MethodPost, "/api/auth/local", fmt.Sprintf(`{"username":%q,"password":"password of %s"}`, name, name))
	var said struct{ Token string }
	if err := json.Unmarshal([]byte(got.body), &said); err != nil || got.status != http.StatusOK {
		t.Fatalf("login of %s: got %d %s", name, got.status, got.body)
	}
	return "Authorization: Bearer " + said.Token
}

// TestLogin: a user's name and password give a token, everything else is refused in
// the words of the specification.
func TestLogin(t *testing.T) {
	y := newTested(t, true)
	y.user(t, "alice", access.Member)
	key, err := y.Access.Keys.Create(everyone(t), access.KeyRecord{Name: "a key"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"username":"alice","password":"wrong"}`, 401, "Auth error"},
		{`{"username":"nobody","password":"password of alice"}`, 401, "Auth error"},
		{fmt.Sprintf(`{"username":%q,"password":%q}`, key.ID, key.Secret), 401, "Auth error"},
		{`{"username":"alice"}`, 422, "password: Required"},
		{`{"password":"x"}`, 422, "username: Required"},
		{`{"username":1,"password":"x"}`, 422, "username: must be a string"},
		{`[]`, 422, "body: must be a JSON object"},
	} {
		for _, header := range []string{"", "Authorization: Bearer stale", "Authorization: Basic eA=="} {
			y.wants(t, http.MethodPost, "/api/auth/local", c.body, c.status, c.want, slices.DeleteFunc([]string{header}, func(h string) bool { return h == "" })...)
		}
	}
	y.wants(t, http.MethodGet, "/api/iotnodes/"+nodeName+"/stats/fields", "", http.StatusOK, "[]", y.login(t, "alice"))
}

// TestTokens: a token is good for five hours, as long as its user is there and has
// the password; one that is not valid is told apart from none and from one that has
// ended.
func TestTokens(t *testing.T) {
	y := newTested(t, true)
	for _, name := range []string{"alice", "bob", "carl"} {
		y.user(t, name, access.Member)
	}
	path := "/api/iotnodes/" + nodeName + "/stats/fields"
	alice, bob, carl := y.login(t, "alice"), y.login(t, "bob"), y.login(t, "carl")
	head, tail, _ := strings.Cut(strings.TrimPrefix(alice, "Authorization: Bearer "), ".")
	_, otherTail, _ := strings.Cut(strings.TrimPrefix(bob, "Authorization: Bearer "), ".")
	claims, _, _ := strings.Cut(otherTail, ".")
	_, signature, _ := strings.Cut(tail, ".")
	if _, err := y.Access.Users.Password(everyone(t), "bob", "another password"); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Access.Users.Delete(everyone(t), "carl"); err != nil {
		t.Fatal(err)
	}
	const invalid = "Invalid authorization token"
	for _, c := range []struct {
		name, header string
		status       int
		want         string
	}{
		{"none", "Accept: */*", 401, "Auth error"},
		{"a good one", alice, 200, "[]"},
		{"of a user with another password", bob, 422, invalid},
		{"of a user who is gone", carl, 422, invalid},
		{"no token", "Authorization: Bearer not-a-token", 422, invalid},
		{"an empty one", "Authorization: Bearer ", 422, invalid},
		{"another's claims", "Authorization: Bearer " + head + "." + claims + "." + signature, 422, invalid},
		{"no signature", "Authorization: Bearer eyJhbGciOiJub25lIiwia2lkIjoiYWlvbi1sb2dpbiJ9." + claims + ".", 422, invalid},
		{"another scheme", "Authorization: Digest x", 401, "Auth error"},
		{"a wrong password", "Authorization: Basic eDp4", 401, "Auth error"},
	} {
		if got := y.call(t, http.MethodGet, path, "", c.header); got.status != c.status || got.body != c.want {
			t.Errorf("%s: got %d %s, want %d %s", c.name, got.status, got.body, c.status, c.want)
		}
	}
	y.now += loggedIn.Milliseconds() - 1000
	y.wants(t, http.MethodGet, path, "", http.StatusOK, "[]", alice)
	y.now += 1000
	y.wants(t, http.MethodGet, path, "", http.StatusUnauthorized, "Auth error", alice)
}

// TestRights: what each right permits on an iotnode, whose creator has all of them.
func TestRights(t *testing.T) {
	y := newTested(t, true)
	header := map[string]string{"nobody": "Accept: */*"}
	for name, role := range map[string]access.Role{
		"alice": access.Member, "reader": access.Member, "writer": access.Member, "peeker": access.Member, "owner": access.Member,
		"stranger": access.Member, "viewer": access.Viewer, "boss": access.Admin,
	} {
		y.user(t, name, role)
		header[name] = y.login(t, name)
	}
	const node, path = "aaaaaaaaaaaaaaaaaaaaaaaa", "/api/iotnodes/aaaaaaaaaaaaaaaaaaaaaaaa"
	y.call(t, http.MethodPost, "/api/iotnodes", `{"_id":"`+node+`","name":"shared","secret":"SECRET-1"}`, header["alice"])
	y.call(t, http.MethodPut, path, `{"rights":{"alice":["read","write","admin"],"reader":["read"],"writer":["write"],"peeker":["peek"],"owner":["admin"],"viewer":["admin"]}}`, header["alice"])
	callers := []string{"alice", "owner", "boss", "reader", "writer", "peeker", "stranger", "viewer", "nobody"}
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", path + "/stats?measurement=m", "", "200 200 200 200 403 403 403 200 401"},
		{"GET", path + "/stats/fields", "", "200 200 200 200 403 403 403 200 401"},
		{"GET", path, "", "200 200 200 200 200 200 403 200 401"},
		{"PUT", path, `{"description":"d"}`, "200 200 200 403 200 403 403 403 401"},
		{"PUT", path, `{"m":1}`, "200 200 200 403 200 403 403 403 401"},
		{"PUT", path, `{"secret":"SECRET-1"}`, "200 200 200 403 403 403 403 403 401"},
		{"POST", "/http-push/generic?identifier=id", `{"id":"` + node + `","m":1}`, "200 200 200 403 200 403 403 403 401"},
		{"POST", "/http-push/generic", `{"secret":"SECRET-1","m":1}`, "200 200 200 200 200 200 200 200 200"},
		{"POST", "/api/iotnodes", `{"name":"another"}`, "201 201 201 201 201 201 201 403 401"},
	} {
		var got []string
		for _, name := range callers {
			got = append(got, fmt.Sprint(y.call(t, c.method, c.path, c.body, header[name]).status))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s %s %s\ngot  %s\nwant %s", c.method, c.path, c.body, text, c.want)
		}
	}
	for _, name := range callers {
		got := y.call(t, http.MethodGet, "/api/iotnodes", "", header[name])
		listed := strings.Contains(got.body, node)
		if want := slices.Contains([]string{"alice", "owner", "boss", "reader", "viewer"}, name); listed != want {
			t.Errorf("the list of %s: got the node in it: %v, want %v", name, listed, want)
		}
	}
	y.wants(t, http.MethodGet, path, "", http.StatusOK, `{"_id":"`+node+`","name":"shared"}`, header["peeker"])
}

// TestNodes: an iotnode is made, read, listed and updated; what is wrong is named
// and changes nothing.
func TestNodes(t *testing.T) {
	y := newTested(t, true)
	y.user(t, "alice", access.Member)
	alice := y.login(t, "alice")
	const id, path = "bbbbbbbbbbbbbbbbbbbbbbbb", "/api/iotnodes/bbbbbbbbbbbbbbbbbbbbbbbb"
	at := time.UnixMilli(y.now).UTC().Format("2006-01-02T15:04:05.000Z")
	node := func(members string) string {
		return `{"_id":"` + id + `","name":"door",` + members + `"rights":{"alice":["admin","read","write"]},"createdAt":"` + at + `","updatedAt":"` + at + `"}`
	}
	first := node(`"description":"d","devEui":"eui-2","retentionPolicy":"retention30days","owner":"alice","hasSecret":true,`)
	second := node(`"description":"d","devEui":"eui-3","owner":"alice","hasSecret":true,`)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/api/iotnodes", `{"_id":"` + id + `","name":"door","description":"d","secret":"ABCDEFG.","devEui":"eui-2","retentionPolicy":"retention30days"}`, 201, first},
		{"GET", path, "", 200, first},
		{"GET", "/api/iotnodes/eui-2", "", 200, first},
		{"PUT", path, `{"m":1}`, 200, first},
		{"GET", path + "/stats/fields", "", 200, `["m"]`},
		{"PUT", path, `{"devEui":"eui-3","retentionPolicy":""}`, 200, second},
		{"GET", path + "/stats/fields", "", 200, `[]`},
		{"PUT", path, second, 200, second},
		{"GET", path + "/stats/fields", "", 200, `[]`},
		{"GET", "/api/iotnodes/eui-2", "", 404, "Could not find entity with query { 'orionId.id': 'eui-2' }"},
		{"POST", "/api/iotnodes", `{"_id":"` + id + `","name":"door"}`, 409, "Duplicate key error"},
		{"POST", "/api/iotnodes", `{"_id":"` + strings.ToUpper(id) + `","name":"door"}`, 409, "Duplicate key error"},
		{"GET", "/api/iotnodes/" + strings.ToUpper(id), "", 200, second},
		{"POST", "/api/iotnodes", `{"name":"x","secret":"` + nodeSecret + `"}`, 409, "Duplicate key error"},
		{"POST", "/api/iotnodes", `{"name":"x","devEui":"eui-3"}`, 409, "Duplicate key error"},
		{"PUT", path, `{"secret":"` + nodeSecret + `"}`, 409, "Duplicate key error"},
		{"POST", "/api/iotnodes", `{}`, 422, "name: Required"},
		{"POST", "/api/iotnodes", `{"name":""}`, 422, "name: Required"},
		{"POST", "/api/iotnodes", `{"name":7}`, 422, "name: must be a string"},
		{"POST", "/api/iotnodes", `x`, 422, "body: must be a JSON object"},
		{"POST", "/api/iotnodes", `{"name":"x","_id":"short"}`, 422, "_id: must be 24 hex digits"},
		{"POST", "/api/iotnodes", `{"name":"x","secret":"ABCDEFG"}`, 422, "secret: must be 8 to 128 characters of A-Z 0-9 - . _"},
		{"POST", "/api/iotnodes", `{"name":"x","secret":"abcdefgh"}`, 422, "secret: must be 8 to 128 characters of A-Z 0-9 - . _"},
		{"POST", "/api/iotnodes", `{"name":"x","secret":"` + strings.Repeat("A", 129) + `"}`, 422, "secret: must be 8 to 128 characters of A-Z 0-9 - . _"},
		{"POST", "/api/iotnodes", `{"name":"x","retentionPolicy":"retention3days"}`, 422, "retentionPolicy: must be retentionForever, or retention2days, 30, 183, 365, 730 or 1826"},
		{"POST", "/api/iotnodes", `{"name":"x","imei":5.5}`, 422, "imei: must be a string"},
		{"POST", "/api/iotnodes", `{"name":"x","imei":-5}`, 422, "imei: must be a string"},
		{"PUT", path, `{"rights":{},"m":2}`, 422, "rights: must leave somebody a right: who names nobody is open to all"},
		{"PUT", path, `{"rights":{"alice":[]},"m":2}`, 422, "rights: must leave somebody a right: who names nobody is open to all"},
		{"PUT", path, `{"serialNumber":"a\u0001b","m":2}`, 422, "serialNumber: must not have control characters"},
		{"PUT", path, `{"rights":["read"]}`, 422, "rights: must be an object of lists of rights by user"},
		{"PUT", path, `{"rights":{"bob":["all"]}}`, 422, "rights: must be of admin, write, read and peek"},
		{"PUT", path, `{"name":"other","m":1e999}`, 422, "m: must be a finite number"},
		{"PUT", "/api/iotnodes/def456", `{"rights":7}`, 422, "rights: must be an object of lists of rights by user"},
		{"PUT", "/api/iotnodes/def456", `{"name":"other"}`, 404, "Could not find entity with query { 'orionId.id': 'def456' }"},
		{"GET", path, "", 200, second},
	} {
		y.wants(t, c.method, c.path, c.body, c.status, c.want, alice)
	}
	var list []struct {
		ID string `json:"_id"`
	}
	got := y.call(t, http.MethodGet, "/api/iotnodes", "", alice)
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || len(list) != 2 {
		t.Errorf("got %s, want two iotnodes", got.body)
	}
}

// TestCreatorsRights: who makes an iotnode has all rights on it, whatever rights it
// gives others, and none besides.
func TestCreatorsRights(t *testing.T) {
	y := newTested(t, true)
	y.user(t, "alice", access.Member)
	alice := y.login(t, "alice")
	for rights, want := range map[string]string{
		`{}`:                    `{"alice":["admin","read","write"]}`,
		`{"bob":["read"]}`:      `{"alice":["admin","read","write"],"bob":["read"]}`,
		`{"alice":["write"]}`:   `{"alice":["admin","read","write"]}`,
		`{"alice":[],"bob":[]}`: `{"alice":["admin","read","write"]}`,
	} {
		got := y.call(t, http.MethodPost, "/api/iotnodes", `{"name":"x","rights":`+rights+`}`, alice)
		if got.status != http.StatusCreated || !strings.Contains(got.body, `"rights":`+want+`,`) {
			t.Errorf("%s: got %d %s, want the rights %s", rights, got.status, got.body, want)
		}
	}
}

// TestIdentifiers: an iotnode is called by each of its identifiers as long as it has
// it, also where two are the same or change places.
func TestIdentifiers(t *testing.T) {
	for range 8 { // members of a request are gone through in any order
		y := newTested(t, false)
		for _, c := range []struct{ body, called, not string }{
			{`{"devEui":"A","imei":"A","tag":"T"}`, "A T", "B"},
			{`{"imei":""}`, "A T", "B"},
			{`{"devEui":"B","imei":"A"}`, "A B T", ""},
			{`{"devEui":"A","imei":"B"}`, "A B T", ""},
			{`{"devEui":null,"description":"A"}`, "B T", "A"},
			{`{"tag":"B","imei":"T"}`, "B T", "A"},
			{`{"tag":"","imei":null,"description":""}`, "", "A B T"},
		} {
			if got := y.call(t, http.MethodPut, "/api/iotnodes/"+nodeName, c.body); got.status != http.StatusOK {
				t.Fatalf("%s: got %d %s", c.body, got.status, got.body)
			}
			for ref := range strings.FieldsSeq(c.called + " " + c.not) {
				want := http.StatusOK
				if strings.Contains(c.not, ref) {
					want = http.StatusNotFound
				}
				if got := y.call(t, http.MethodGet, "/api/iotnodes/"+ref, ""); got.status != want {
					t.Errorf("%s, then %s: got %d, want %d", c.body, ref, got.status, want)
				}
			}
		}
	}
}

// TestCapitalDigits: an id may be written with capitals, inside a context, too; what
// is called just so goes first, and other names keep their letters.
func TestCapitalDigits(t *testing.T) {
	y := newTested(t, true)
	const lower = "507f1f77bcf86cd79943abcd"
	upper := strings.ToUpper(lower)
	if _, err := y.Fleet.Create(t.Context(), "", fleet.Device{ID: lower, Name: "small", Aliases: []string{"abcd"}}); err != nil {
		t.Fatal(err)
	}
	key, err := y.Access.Keys.Create(everyone(t), access.KeyRecord{Context: access.Context{Type: access.Device, IDs: []string{lower}}})
	if err != nil {
		t.Fatal(err)
	}
	narrow := "X-ApiKey: " + key.ID + ":" + key.Secret
	y.user(t, "root", access.Admin)
	root := y.login(t, "root")
	asked := func(ref, header, want string) {
		t.Helper()
		got := y.call(t, http.MethodGet, "/api/iotnodes/"+ref, "", header)
		if found := strings.Contains(got.body, `"name":"`+want+`"`); want != "" && !found || want == "" && got.status != http.StatusNotFound {
			t.Errorf("%s: got %d %s, want %q", ref, got.status, got.body, want)
		}
	}
	for _, header := range []string{root, narrow} {
		asked(lower, header, "small")
		asked(upper, header, "small")
		asked("abcd", header, "small")
		asked("ABCD", header, "")
		asked(strings.ToUpper(nodeName)+"A", header, "")
	}
	if _, err := y.Fleet.Create(t.Context(), "", fleet.Device{ID: upper, Name: "large"}); err != nil {
		t.Fatal(err)
	}
	asked(lower, root, "small")
	asked(upper, root, "large")
	asked(upper, narrow, "small")
}

// TestEightCharacters: a secret of eight characters, as customers' devices have,
// can be set and pushes.
func TestEightCharacters(t *testing.T) {
	y := newTested(t, false)
	y.wants(t, http.MethodPost, "/http-push/generic", `{"secret":"`+nodeSecret+`","m":1}`, http.StatusOK, "OK")
	if got := y.call(t, http.MethodGet, "/api/iotnodes/"+nodeName, ""); strings.Contains(got.body, nodeSecret) {
		t.Errorf("got %s, which tells the secret", got.body)
	}
}

// TestContextsName: who sees some iotnodes alone gives them no identifiers.
func TestContextsName(t *testing.T) {
	y := newTested(t, true)
	key, err := y.Access.Keys.Create(everyone(t), access.KeyRecord{Context: access.Context{Type: access.Device, IDs: []string{nodeName}}})
	if err != nil {
		t.Fatal(err)
	}
	for body, status := range map[string]int{
		`{"devEui":"0001"}`: 403, `{"description":"d","tag":"t"}`: 403, `{"description":"d","tag":""}`: 200, `{"name":"n"}`: 200,
	} {
		if got := y.call(t, http.MethodPut, "/api/iotnodes/"+nodeName, body, "X-ApiKey: "+key.ID+":"+key.Secret); got.status != status {
			t.Errorf("%s: got %d %s, want %d", body, got.status, got.body, status)
		}
	}
}

// TestSecretOfClosed: who is not shown all of an iotnode, or may not write all of it,
// gives it no secret, by which he would push as the iotnode.
func TestSecretOfClosed(t *testing.T) {
	y := newTested(t, true)
	header := map[string]string{}
	for name, role := range map[string]access.Role{"alice": access.Member, "boss": access.Admin} {
		y.user(t, name, role)
		header[name] = y.login(t, name)
	}
	const node = "/api/iotnodes/" + nodeName
	for i, c := range []struct {
		access string
		status int
	}{{"public", 200}, {"protected", 403}, {"private", 403}} {
		_, err := y.Fleet.Change(everyone(t), "", nodeName, func(d *fleet.Device) error {
			d.Properties = []fleet.Property{{Name: "pin", Access: c.access}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"secret":"SECRET-%d"}`, i)
		if got := y.call(t, http.MethodPut, node, body, header["alice"]); got.status != c.status {
			t.Errorf("%s: got %d %s, want %d", c.access, got.status, got.body, c.status)
		}
		if got := y.call(t, http.MethodPut, node, `{"description":"d"}`, header["alice"]); got.status != 200 {
			t.Errorf("%s: got %d %s for what is no secret", c.access, got.status, got.body)
		}
		if got := y.call(t, http.MethodPut, node, body, header["boss"]); got.status != 200 {
			t.Errorf("%s: got %d %s for who sees everything", c.access, got.status, got.body)
		}
	}
	// What one of the id has left is closed to who makes it anew.
	y.put(t, "pin", nil, points.TypeDouble, points.Block{Kind: points.Number, Times: []int64{epoch}, Floats: []float64{1}})
	if err := y.Fleet.Delete(everyone(t), "", nodeName, false); err != nil {
		t.Fatal(err)
	}
	anew := `{"_id":"` + nodeName + `","name":"desk","secret":"SECRET-9"}`
	if got := y.call(t, http.MethodPost, "/api/iotnodes", anew, header["alice"]); got.status != 403 {
		t.Errorf("anew: got %d %s, want 403", got.status, got.body)
	}
	if got := y.call(t, http.MethodPost, "/api/iotnodes", anew, header["boss"]); got.status != 201 {
		t.Errorf("anew: got %d %s for who sees everything", got.status, got.body)
	}
}
