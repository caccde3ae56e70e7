package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// written is a file with a text, in a folder of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBasicUser: the one user of a KairosDB 1.2 logs in, reads and writes, and
// administers nothing; nobody else comes in.
func TestBasicUser(t *testing.T) {
	s := start(t, "--storage=memory", "--kairosdb.release=1.2", "--kairosdb.basic-user=ann", "--kairosdb.basic-password-file="+written(t, "correct horse\n"))
	for _, tt := range []struct {
		password, method, path, body string
		want                         int
	}{
		{"correct horse", "POST", "/api/v1/datapoints", aPoint, 204},
		{"correct horse", "POST", "/api/v1/datapoints/query", askForIt, 200},
		{"correct horse", "GET", "/metrics", "", 200},
		{"correct horse", "GET", "/api/admin/v1/keys", "", 403},
		{"correct hors", "POST", "/api/v1/datapoints", aPoint, 401},
	} {
		if status, body := s.as(t, "ann", tt.password, tt.method, tt.path, tt.body); status != tt.want {
			t.Errorf("%s %s with %s: got %d %s, want %d", tt.method, tt.path, tt.password, status, body, tt.want)
		}
	}
	if status, _ := s.ask(t, "GET", "/api/v1/metricnames", ""); status != 401 {
		t.Errorf("without credentials: got %d, want 401", status)
	}
}

// TestTokenOfOurs: a token that is signed by the secret of the file is taken, and
// does what it says.
func TestTokenOfOurs(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	s := start(t, "--storage=memory", "--auth.mode=required", "--auth.jwt-secret-file="+written(t, secret+"\n"),
		"--auth.issuer=me", "--auth.claims=role=groups")
	token := func(claims jwt.MapClaims) string {
		claims["sub"], claims["iss"], claims["exp"] = "ann", "me", time.Now().Add(time.Hour).Unix()
		text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, tt := range []struct {
		claims jwt.MapClaims
		want   int
	}{
		{jwt.MapClaims{"groups": []string{"staff", "member"}}, 204},
		{jwt.MapClaims{"groups": "viewer"}, 403},
		{jwt.MapClaims{}, 401},
		{jwt.MapClaims{"groups": "member", "scope": "device:write-data"}, 204},
		{jwt.MapClaims{"groups": "member", "scope": "device:read-data"}, 403},
		{jwt.MapClaims{"groups": "member", "scope": "device:write-data", "context": map[string]any{"type": "device", "ids": []string{"d1"}}}, 403},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+s.address+"/api/v1/datapoints", strings.NewReader(aPoint))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token(tt.claims))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != tt.want {
			t.Errorf("%v: got %d, want %d", tt.claims, res.StatusCode, tt.want)
		}
	}
}

// TestHTTPS: with a certificate the server speaks HTTPS and nothing else.
func TestHTTPS(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})
	s := launch(t, "--storage=memory", "--auth.mode=off", "--http.tls-cert="+written(t, string(cert)),
		"--http.tls-key="+written(t, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + s.address + "/api/v1/version")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != 200 || res.ProtoMajor != 2 {
		t.Errorf("got %d by %s, want 200 by HTTP/2", res.StatusCode, res.Proto)
	}
	if status, _ := s.ask(t, "GET", "/api/v1/version", ""); status != 400 {
		t.Errorf("plain HTTP: got %d, want 400", status)
	}
}
