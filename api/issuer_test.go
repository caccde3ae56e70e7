package api_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aion/api"
	"aion/api/access"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// ours is the secret of our own tokens.
const ours = "0123456789abcdef0123456789abcdef"

// issuer signs tokens and shows his keys.
type issuer struct {
	mu    sync.Mutex
	keys  map[string]crypto.Signer
	asked int
	*httptest.Server
}

// newIssuer is an issuer with keys of these ids: those that begin with e are
// elliptic, the others RSA.
func newIssuer(t *testing.T, ids ...string) *issuer {
	t.Helper()
	i := &issuer{keys: map[string]crypto.Signer{}}
	for _, id := range ids {
		i.rotate(t, id)
	}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// rotate adds a key and takes others away.
func (i *issuer) rotate(t *testing.T, id string, gone ...string) {
	t.Helper()
	var key crypto.Signer
	var err error
	if strings.HasPrefix(id, "e") {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[id] = key
	for _, id := range gone {
		delete(i.keys, id)
	}
}

// ServeHTTP shows the keys, as slowly as over a network.
func (i *issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(50 * time.Millisecond)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	_, _ = w.Write(i.set())
}

// set is the set of keys as JSON.
func (i *issuer) set() []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	var keys []map[string]string
	for id, key := range i.keys {
		switch public := key.Public().(type) {
		case *rsa.PublicKey:
			keys = append(keys, map[string]string{"kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "n": b64(public.N.Bytes()), "e": "AQAB"})
		case *ecdsa.PublicKey:
			point, err := public.Bytes()
			if err != nil {
				return nil
			}
			keys = append(keys, map[string]string{"kid": id, "kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])})
		}
	}
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return nil
	}
	return text
}

// token is signed by the key of an id.
func (i *issuer) token(t *testing.T, id string, claims jwt.MapClaims) string {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	var method jwt.SigningMethod = jwt.SigningMethodRS256
	if strings.HasPrefix(id, "e") {
		method = jwt.SigningMethodES256
	}
	return signed(t, method, i.keys[id], id, claims)
}

// signed is a token.
func signed(t *testing.T, method jwt.SigningMethod, key any, id string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if id != "" {
		token.Header["kid"] = id
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// said are good claims, changed by pairs of names and values; a nil takes one
// away.
func said(changes ...any) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "ann", "iss": "https://issuer", "aud": "aion", "exp": float64(time.Now().Add(time.Hour).Unix())}
	for i := 0; i < len(changes); i += 2 {
		if name := changes[i].(string); changes[i+1] == nil {
			delete(c, name)
		} else {
			c[name] = changes[i+1]
		}
	}
	return c
}

// tokened is a server that takes tokens.
func tokened(t *testing.T, c api.TokenConfig) *api.Server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	tokens, err := api.OpenTokens(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	records, ok := catalog.New(memory.New(memory.Config{}))
	if !ok {
		t.Fatal("the store keeps no records")
	}
	guard := access.New(access.Config{Catalog: records})
	return api.New(api.Config{Access: guard, Tokens: tokens, Protocols: []api.Protocol{plain{"/p/who": who}}})
}

// bearing asks with a token and answers the status and the body.
func bearing(s *api.Server, token string) (int, string) {
	r := httptest.NewRequest("GET", "/p/who", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}
