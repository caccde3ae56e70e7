package api_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"aion/api"
	"aion/api/access"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// guarded is a server that asks for credentials, its guard, and a key that opens
// it.
func guarded(t testing.TB, routes plain) (*api.Server, *access.Guard, access.KeyRecord) {
	t.Helper()
	records, ok := catalog.New(memory.New(memory.Config{}))
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard := access.New(access.Config{Catalog: records, Passwords: access.PasswordCost{Time: 1, KiB: 64, Threads: 1}})
	key, err := guard.Keys.Create(access.With(t.Context(), access.Everyone()), access.KeyRecord{})
	if err != nil {
		t.Fatal(err)
	}
	return api.New(api.Config{Access: guard, Protocols: []api.Protocol{routes}}), guard, key
}

// who is a handler that says who asks.
func who(c echo.Context) error {
	p := access.From(c.Request().Context())
	if p == nil {
		return c.String(200, "nobody")
	}
	return c.String(200, string(p.Kind)+" "+p.ID)
}

// basicOf is what Basic says.
func basicOf(text string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(text))
}

// TestCredentials: one header with one value that is right lets in; all else is
// the same 401.
func TestCredentials(t *testing.T) {
	s, _, key := guarded(t, plain{"/p/who": who})
	both := key.ID + ":" + key.Secret
	tests := []struct {
		name   string
		header http.Header
		want   int
	}{
		{"none", http.Header{}, 401},
		{"basic", http.Header{"Authorization": {basicOf(both)}}, 200},
		{"scheme in capitals", http.Header{"Authorization": {"BASIC " + basicOf(both)[6:]}}, 200},
		{"key alone", http.Header{"X-Apikey": {key.Secret}}, 200},
		{"key with its id", http.Header{"X-Apikey": {both}}, 200},
		{"wrong secret", http.Header{"Authorization": {basicOf(both + "x")}}, 401},
		{"another id", http.Header{"Authorization": {basicOf("x" + both)}}, 401},
		{"empty secret", http.Header{"Authorization": {basicOf(key.ID + ":")}}, 401},
		{"no colon", http.Header{"Authorization": {basicOf(key.ID)}}, 401},
		{"twice", http.Header{"Authorization": {basicOf(both), basicOf(both)}}, 401},
		{"twice, one wrong", http.Header{"Authorization": {basicOf(both), "Bearer x"}}, 401},
		{"two keys", http.Header{"X-Apikey": {key.Secret, key.Secret}}, 401},
		{"basic and key", http.Header{"Authorization": {basicOf(both)}, "X-Apikey": {key.Secret}}, 401},
		{"folded", http.Header{"Authorization": {basicOf(both) + "\t" + basicOf(both)}}, 401},
		{"list", http.Header{"Authorization": {basicOf(both) + ", " + basicOf(both)}}, 401},
		{"no base64", http.Header{"Authorization": {"Basic " + both}}, 401},
		{"token", http.Header{"Authorization": {"Bearer a.b.c"}}, 401},
		{"digest", http.Header{"Authorization": {"Digest username=x"}}, 401},
		{"long", http.Header{"Authorization": {basicOf(strings.Repeat("x", 5000) + ":y")}}, 401},
		{"empty key", http.Header{"X-Apikey": {""}}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/p/who?x-apikey="+key.Secret, nil)
			r.Header = tt.header
			rec := httptest.NewRecorder()
			s.Handler().ServeHTTP(rec, r)
			if rec.Code != tt.want {
				t.Errorf("got %d %s, want %d", rec.Code, rec.Body, tt.want)
			}
			if got := len(rec.Header()["Www-Authenticate"]) == 2; got != (tt.want == 401) {
				t.Errorf("got challenges: %t", got)
			}
			text := "plain: the credentials are not valid"
			if tt.name == "none" {
				text = "plain: credentials are required"
			}
			if rec.Code == 401 && rec.Body.String() != text {
				t.Errorf("got %q, want %q", rec.Body, text)
			}
		})
	}
}

// TestRefusedKey: the audit's line about a refusal names the key that was shown, and
// no secret.
func TestRefusedKey(t *testing.T) {
	var log bytes.Buffer
	_, guard, key := guarded(t, plain{"/p/who": who})
	s := api.New(api.Config{Access: guard, Log: logTo(&log), Protocols: []api.Protocol{plain{"/p/who": who}}})
	for id, want := range map[string]string{key.ID: "audit=true key=" + key.ID + " error=", "nobody": "audit=true error=", key.Secret: "audit=true error="} {
		log.Reset()
		r := httptest.NewRequest("GET", "/p/who", nil)
		r.SetBasicAuth(id, "wrong secret")
		s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if got := log.String(); !strings.Contains(got, want) || strings.Contains(got, key.Secret) || strings.Contains(got, "wrong secret") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestPublic: the health check and preflights pass without credentials, and
// nobody is found out for them.
func TestPublic(t *testing.T) {
	s, _, _ := guarded(t, plain{"/p/who": who, "/api/v1/health/check": who})
	preflight := http.Header{"Origin": {"http://x"}, "Access-Control-Request-Method": {"GET"}}
	tests := []struct {
		method, path string
		header       http.Header
		want         int
		body         string
	}{
		{"GET", "/api/v1/health/check", nil, 200, "nobody"},
		{"DELETE", "/api/v1/health/check", nil, 401, ""},
		{"GET", "/api/v1/health/check/../../../p/who", nil, 401, ""},
		{"GET", "/api/v1/health%2Fcheck", nil, 401, ""},
		{"GET", "//api/v1/health/check", nil, 401, ""},
		{"OPTIONS", "/p/who", preflight, 204, ""},
		{"OPTIONS", "/p/who", nil, 401, ""},
		{"GET", "/p/who", preflight, 401, ""},
		{"GET", "/metrics", nil, 401, ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		for name, values := range tt.header {
			r.Header[name] = values
		}
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, r)
		if rec.Code != tt.want || tt.body != "" && rec.Body.String() != tt.body {
			t.Errorf("%s %s: got %d %q, want %d %q", tt.method, tt.path, rec.Code, rec.Body, tt.want, tt.body)
		}
	}
}

// TestWithoutGuard: a server that asks nobody lets everyone do everything.
func TestWithoutGuard(t *testing.T) {
	s := api.New(api.Config{Protocols: []api.Protocol{plain{"/p/may": func(c echo.Context) error {
		return errors.Join(access.Check(c.Request().Context(), access.WriteData), c.NoContent(204))
	}}}})
	if rec := ask(s, "GET", "/p/may"); rec.Code != 204 {
		t.Errorf("got %d %s, want 204", rec.Code, rec.Body)
	}
}
