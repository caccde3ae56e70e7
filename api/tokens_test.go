package api_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aion/api"
	"aion/api/access"
)

// TestTokens: whose tokens are good, and which are not, whatever an attacker
// tries.
func TestTokens(t *testing.T) {
	i := newIssuer(t, "r1", "e1")
	s := tokened(t, api.TokenConfig{Secret: []byte(ours), KeysURL: i.URL, Issuer: "https://issuer", Audience: "aion"})
	public, err := x509.MarshalPKIXPublicKey(i.keys["r1"].Public())
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	mine := func(changes ...any) string {
		return signed(t, jwt.SigningMethodHS256, []byte(ours), "", said(changes...))
	}
	good := mine()
	parts := strings.Split(good, ".")
	raw := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "."
	}
	now := time.Now()
	tests := []struct {
		name, token string
		want        int
	}{
		{"ours", good, 200},
		{"rsa", i.token(t, "r1", said()), 200},
		{"elliptic", i.token(t, "e1", said()), 200},
		{"several audiences", mine("aud", []string{"x", "aion"}), 200},
		{"not before, just now", mine("nbf", now.Unix()), 200},
		{"forged", good[:len(good)-4] + "AAAA", 401},
		{"other claims", parts[0] + "." + strings.Split(mine("sub", "root"), ".")[1] + "." + parts[2], 401},
		{"another secret", signed(t, jwt.SigningMethodHS256, []byte(ours+"x"), "", said()), 401},
		{"empty secret", signed(t, jwt.SigningMethodHS256, []byte{}, "", said()), 401},
		{"expired", mine("exp", now.Add(-time.Minute).Unix()), 401},
		{"without end", mine("exp", nil), 401},
		{"end as text", mine("exp", "tomorrow"), 401},
		{"not yet", mine("nbf", now.Add(time.Hour).Unix()), 401},
		{"wrong issuer", mine("iss", "https://other"), 401},
		{"no issuer", mine("iss", nil), 401},
		{"wrong audience", mine("aud", "other"), 401},
		{"no audience", mine("aud", nil), 401},
		{"nobody", mine("sub", nil), 401},
		{"subject is a number", mine("sub", 5), 401},
		{"control characters", mine("sub", "a\nb"), 401},
		{"none", signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", said()), 401},
		{"None", raw(`{"alg":"None","typ":"JWT"}`), 401},
		{"no algorithm", raw(`{"typ":"JWT"}`), 401},
		{"HS256 with the RSA key", signed(t, jwt.SigningMethodHS256, asPEM, "r1", said()), 401},
		{"HS512 with our secret", signed(t, jwt.SigningMethodHS512, []byte(ours), "", said()), 401},
		{"PS256", signed(t, jwt.SigningMethodPS256, i.keys["r1"], "r1", said()), 401},
		{"elliptic by the RSA key's id", signed(t, jwt.SigningMethodES256, i.keys["e1"], "r1", said()), 401},
		{"RSA by the elliptic key's id", signed(t, jwt.SigningMethodRS256, i.keys["r1"], "e1", said()), 401},
		{"unknown key", signed(t, jwt.SigningMethodRS256, i.keys["r1"], "r9", said()), 401},
		{"path as key", signed(t, jwt.SigningMethodRS256, i.keys["r1"], "../../dev/null", said()), 401},
		{"unknown role", mine("role", "king"), 401},
		{"role is a number", mine("role", 1), 401},
		{"context without ids", mine("context", map[string]any{"type": "device"}), 401},
		{"context of another kind", mine("context", map[string]any{"type": "all"}), 401},
		{"context as text", mine("context", "device:d1"), 401},
		{"context is null", mine("context", json.RawMessage("null")), 401},
		{"scope is null", mine("scope", json.RawMessage("null")), 401},
		{"organization is null", mine("org", json.RawMessage("null")), 401},
		{"role is null", mine("role", json.RawMessage("null")), 401},
		{"scope is a number", mine("scope", []any{1}), 401},
		{"too long", mine("x", strings.Repeat("x", 8<<10)), 401},
		{"two dots", "..", 401},
		{"empty", "", 401},
		{"spaces", good + " " + good, 401},
	}
	for _, tt := range tests {
		status, body := bearing(s, tt.token)
		want := "plain: the credentials are not valid"
		if tt.want == 200 {
			want = "token ann"
		}
		if status != tt.want || body != want {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, status, body, tt.want, want)
		}
	}
}

// TestTokensWithoutKeys: an algorithm for which nothing is configured is refused.
func TestTokensWithoutKeys(t *testing.T) {
	i := newIssuer(t, "r1")
	hs := signed(t, jwt.SigningMethodHS256, []byte(ours), "", said())
	empty := signed(t, jwt.SigningMethodHS256, []byte{}, "", said())
	for _, tt := range []struct {
		name  string
		c     api.TokenConfig
		token string
		want  int
	}{
		{"nothing, ours", api.TokenConfig{}, hs, 401},
		{"nothing, empty secret", api.TokenConfig{}, empty, 401},
		{"issuer, ours", api.TokenConfig{KeysURL: i.URL}, hs, 401},
		{"issuer, empty secret", api.TokenConfig{KeysURL: i.URL}, empty, 401},
		{"secret, issuer's", api.TokenConfig{Secret: []byte(ours)}, i.token(t, "r1", said()), 401},
		{"issuer, issuer's", api.TokenConfig{KeysURL: i.URL}, i.token(t, "r1", said()), 200},
	} {
		if status, body := bearing(tokened(t, tt.c), tt.token); status != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, status, body, tt.want)
		}
	}
}

// TestTokenRotation: a new key of the issuer's is fetched when a token names it,
// once in a while however many tokens name keys that are not there.
func TestTokenRotation(t *testing.T) {
	i := newIssuer(t, "r1", "r2")
	s := tokened(t, api.TokenConfig{KeysURL: i.URL})
	old := i.token(t, "r1", said())
	if status, _ := bearing(s, old); status != 200 {
		t.Errorf("before the rotation: got %d, want 200", status)
	}
	i.rotate(t, "e3", "r1")
	if status, _ := bearing(s, i.token(t, "e3", said())); status != 200 {
		t.Errorf("the new key: got %d, want 200", status)
	}
	if status, _ := bearing(s, old); status != 401 {
		t.Errorf("the old key: got %d, want 401", status)
	}
	for range 100 {
		if status, _ := bearing(s, signed(t, jwt.SigningMethodES256, i.keys["e3"], "e9", said())); status != 401 {
			t.Errorf("an unknown key: got %d, want 401", status)
		}
	}
	if i.mu.Lock(); i.asked > 10 {
		t.Errorf("the issuer was asked %d times, want hardly ever", i.asked)
	}
	i.mu.Unlock()
	i.Close()
	if status, _ := bearing(s, i.token(t, "r2", said())); status != 200 {
		t.Errorf("the issuer is away: got %d, want 200", status)
	}
}

// TestTokenFile: keys may be in a file, which is read again when it changes, and
// remain good while it cannot be read.
func TestTokenFile(t *testing.T) {
	i := newIssuer(t, "r1")
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := api.OpenTokens(t.Context(), api.TokenConfig{KeysFile: path}); err == nil {
		t.Error("a file that is not there was taken")
	}
	write := func(text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("no keys"))
	if _, err := api.OpenTokens(t.Context(), api.TokenConfig{KeysFile: path}); err == nil {
		t.Error("a file without keys was taken")
	}
	write(i.set())
	at := time.Now()
	s := tokened(t, api.TokenConfig{KeysFile: path, Now: func() time.Time { return at }})
	for _, step := range []struct {
		name string
		do   func()
		want int
	}{
		{"first", func() {}, 200},
		{"damaged", func() { write([]byte("{")) }, 200},
		{"another key", func() { i.rotate(t, "r2", "r1"); write(i.set()) }, 401},
	} {
		token := i.token(t, "r1", said())
		step.do()
		at = at.Add(2 * time.Second)
		if status, _ := bearing(s, token); status != step.want {
			t.Errorf("%s: got %d, want %d", step.name, status, step.want)
		}
	}
}

// TestTokenClaims: what claims come to, by our names or theirs.
func TestTokenClaims(t *testing.T) {
	names := map[string]string{"role": "groups", "org": "tenant"}
	tokens, err := api.OpenTokens(t.Context(), api.TokenConfig{Secret: []byte(ours), Names: names})
	if err != nil {
		t.Fatal(err)
	}
	token := signed(t, jwt.SigningMethodHS256, []byte(ours), "", said(
		"groups", []string{"staff", "viewer", "admin"}, "tenant", "acme", "role", "root", "org", "other",
		"scope", "openid device:read-data", "context", map[string]any{"type": "device", "ids": []string{"d1", "d2"}}))
	got, err := tokens.Claims(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject != "ann" || got.Organization != "acme" || got.Role != "admin" || len(got.Scopes) != 2 ||
		got.Context.Type != access.Device || len(got.Context.IDs) != 2 || time.Until(got.Expires) < 59*time.Minute {
		t.Errorf("got %+v, want an admin of acme for two devices", got)
	}
	for _, missing := range []jwt.MapClaims{said("groups", "viewer"), said("tenant", "acme"), said("groups", "viewer", "org", "acme")} {
		if got, err := tokens.Claims(t.Context(), signed(t, jwt.SigningMethodHS256, []byte(ours), "", missing)); err == nil {
			t.Errorf("%v: got %+v, want it refused without all claims that have other names", missing, got)
		}
	}
	none, err := tokens.Claims(t.Context(), signed(t, jwt.SigningMethodHS256, []byte(ours), "", said("scope", "", "groups", "viewer", "tenant", "acme")))
	if err != nil || len(none.Scopes) == 0 {
		t.Errorf("got %+v %v, want a list of scopes that permits nothing", none, err)
	}
}

// TestTokenLog: what is wrong with a token stands in the log at level debug, the
// token itself nowhere.
func TestTokenLog(t *testing.T) {
	var log bytes.Buffer
	tokens, err := api.OpenTokens(t.Context(), api.TokenConfig{Secret: []byte(ours), Log: logTo(&log)})
	if err != nil {
		t.Fatal(err)
	}
	token := signed(t, jwt.SigningMethodHS256, []byte(ours), "", said("exp", 1))
	if _, err := tokens.Claims(t.Context(), token); err == nil {
		t.Error("an expired token was taken")
	}
	for part := range strings.SplitSeq(token, ".") {
		if strings.Contains(log.String(), part) {
			t.Errorf("got %s, want it without the token", &log)
		}
	}
}

// FuzzTokens reads any token.
func FuzzTokens(f *testing.F) {
	tokens, err := api.OpenTokens(f.Context(), api.TokenConfig{Secret: []byte(ours)})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{`{"sub":"a","exp":9999999999}`, `{"scope":["a",1],"role":["x"]}`, `{"context":{"type":1}}`, `{"exp":1e400}`, `[]`, `{"aud":{}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(text))
		sum, err := jwt.SigningMethodHS256.Sign(head, []byte(ours))
		if err != nil {
			t.Fatal(err)
		}
		c, err := tokens.Claims(t.Context(), head+"."+base64.RawURLEncoding.EncodeToString(sum))
		if err == nil && (c.Subject == "" || c.Expires.IsZero()) {
			t.Errorf("%s: got %+v, want a subject and an end", text, c)
		}
	})
}

// FuzzCredentials reads any headers: never more than one way to show who asks.
func FuzzCredentials(f *testing.F) {
	s, _, key := guarded(f, plain{"/p/who": who})
	f.Add(basicOf(key.ID+":x"), "", "")
	f.Add("Bearer a.b.c", "x:y", "")
	f.Add("Basic Og==", "", "Basic")
	f.Fuzz(func(t *testing.T, first, apiKey, second string) {
		r := httptest.NewRequest("GET", "/p/who", nil)
		for name, values := range map[string][]string{"Authorization": {first, second}, "X-Apikey": {apiKey}} {
			for _, v := range values {
				if v != "" {
					r.Header[name] = append(r.Header[name], v)
				}
			}
		}
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, r)
		if rec.Code != 401 && rec.Code != 429 {
			t.Errorf("got %d %s, want it refused", rec.Code, rec.Body)
		}
	})
}
