package kairosdb

import (
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage"
)

// plainHeaders are those of a value as text.
var plainHeaders = []string{
	"Access-Control-Allow-Origin: *", "Pragma: no-cache", "Cache-Control: no-cache", "Expires: 0",
	"Content-Type: text/plain;charset=utf-8", "Vary: ",
}

// TestMetadata stores, reads, lists and removes values as a KairosDB 1.3.0 does,
// but that service keys are listed once.
func TestMetadata(t *testing.T) {
	const at = "/api/v1/metadata"
	refused := and(setAHeaders, "Content-Length: 0")
	p := filled(t, Config{Release: aggregators.V13})
	for _, tt := range []struct {
		method, target, body, header string
		status                       int
		want                         string
		headers                      []string
	}{
		{"GET", at + "/svc", "", "", 200, `{"results":[]}`, and(setAHeaders, vary)},
		{"POST", at + "/svc/sk/k1", "w\u00fcrld <x> \xff", "Content-Type: text/plain", 204, "", setAHeaders},
		{"POST", at + "/svc/sk/k2", "", "Content-Type: application/json", 204, "", setAHeaders},
		{"POST", at + "/svc/sk/k3", "{bad", "", 204, "", setAHeaders},
		{"POST", at + "/svc/sk%2Fx/k%20%2B+3", "x", "", 204, "", nil},
		{"POST", at + "/svc/sk/latin", "\xfc", "Content-Type: text/plain;charset=iso-8859-1", 204, "", nil},
		{"POST", at + "/svc/sk/k4", "x", "Accept: text/plain", 406, "", bare},
		{"GET", at + "/svc/sk/latin", "", "", 200, "ü", and(setAHeaders, vary)},
		{"GET", at + "/svc", "", "", 200, `{"results":["sk","sk/x"]}`, and(setAHeaders, vary)},
		{"GET", at + "/svc/sk/", "", "", 200, `{"results":["k1","k2","k3","latin"]}`, setAHeaders},
		{"GET", at + "/svc;x=1/sk;y=2", "", "", 200, `{"results":["k1","k2","k3","latin"]}`, nil},
		{"GET", at + "/svc/sk%2Fx", "", "", 200, `{"results":["k ++3"]}`, setAHeaders},
		{"GET", at + "/svc/sk?startsWith=k&startsWith=l", "", "", 200, `{"results":["k1","k2","k3"]}`, setAHeaders},
		{"GET", at + "/svc/sk?startsWith=", "", "", 200, `{"results":["k1","k2","k3","latin"]}`, setAHeaders},
		{"GET", at + "/svc/sk?startsWith=K", "", "", 200, `{"results":[]}`, setAHeaders},
		{"GET", at + "/svc/none", "", "", 200, `{"results":[]}`, setAHeaders},
		{"GET", at + "/svc/sk/k1", "", "", 200, "würld <x> \ufffd", and(setAHeaders, vary)},
		{"GET", at + "/svc/sk/k2", "", "", 200, "", and(setAHeaders, vary, "Content-Length: 0")},
		{"HEAD", at + "/svc/sk/k1", "", "", 200, "", and(setAHeaders, "Content-Length: 0", "Vary: ")},
		{"HEAD", at + "/svc/sk/k1", "", "Accept: text/plain", 200, "", and(plainHeaders, "Content-Length: 0")},
		{"GET", at + "/svc/sk/k1", "", "Accept: text/plain", 200, "würld <x> \ufffd", plainHeaders},
		{"GET", at + "/svc/sk/none", "", "Accept: text/plain", 404, "", and(plainHeaders, "Content-Length: 0")},
		{"GET", at + "/svc/sk/none", "", "", 404, `{"errors":["Key not found"]}`, and(setAHeaders, "Vary: ")},
		{"GET", at + "/svc/sk/k1", "", "Accept: text/html", 406, "", bare},
		{"GET", at + "/svc/sk", "", "Accept: text/plain", 406, "", bare},
		{"DELETE", at + "/svc/sk/k3", "", "", 204, "", setAHeaders},
		{"DELETE", at + "/svc/sk/none", "", "", 204, "", setAHeaders},
		{"DELETE", at + "/svc/sk/k1", "", "Accept: text/plain", 406, "", bare},
		{"DELETE", at + "/svc/sk%2Fx/k%20%2B+3", "", "", 204, "", setAHeaders},
		{"GET", at + "/svc", "", "", 200, `{"results":["sk"]}`, nil},
		{"GET", at + "/svc/sk", "", "", 200, `{"results":["k1","k2","latin"]}`, nil},
		{"PUT", at + "/svc/sk/k1", "x", "", 405, "", and(bare, "Allow: HEAD,DELETE,POST,GET,OPTIONS")},
		{"POST", at + "/svc/sk", "x", "", 405, "", and(bare, "Allow: HEAD,GET,OPTIONS")},
		{"GET", at + "/", "", "", 405, "", and(bare, "Allow: OPTIONS")},
		{"GET", at, "", "", 405, "", and(bare, "Allow: OPTIONS")},
		{"GET", at + "/_svc", "", "", 401, "", refused},
		{"GET", at + "/_svc/a", "", "", 401, "", refused},
		{"GET", at + "/_svc/a/b", "", "", 401, "", refused},
		{"GET", at + "/_svc/a/b", "", "Accept: text/plain", 401, "", and(plainHeaders, "Content-Length: 0")},
		{"POST", at + "/_svc/a/b", "x", "", 401, "", refused},
		{"DELETE", at + "/_svc/a/b", "", "", 401, "", refused},
		{"GET", at + "/%20/a/b", "", "", 404, `{"errors":["Key not found"]}`, setAHeaders},
	} {
		got := call(t, p, tt.method, tt.target, tt.body, tt.header)
		if got.status != tt.status || got.body != tt.want {
			t.Errorf("%s %s %s: got %d %q, want %d %q", tt.method, tt.target, tt.header, got.status, got.body, tt.status, tt.want)
		}
		checkHeader(t, got, tt.headers)
	}
}

// TestMetadataWeights: of text and JSON a value comes as what is liked best, and
// as JSON where both are liked the same.
func TestMetadataWeights(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V13})
	call(t, p, "POST", "/api/v1/metadata/svc/sk/k", "x")
	for accept, plain := range map[string]bool{
		"text/plain;q=0.9, application/json;q=0.8": true,
		"text/plain;q=0.7, application/json;q=0.8": false,
		"text/plain, application/json":             true,
		"application/json, text/plain":             false,
		"text/*, */*;q=0.5":                        true,
		"text/*, application/json":                 false,
		"*/*, text/plain":                          true,
		"*/*;q=0.5, text/plain;q=0.1":              false,
		"text/plain;q=0":                           true,
		"text/html, text/plain;q=0.1":              true,
		"*/*":                                      false,
	} {
		got := call(t, p, "GET", "/api/v1/metadata/svc/sk/k", "", "Accept: "+accept)
		if is := strings.HasPrefix(got.header.Get("Content-Type"), "text/plain"); got.status != 200 || is != plain {
			t.Errorf("%s: got %d %s, want text: %t", accept, got.status, got.header.Get("Content-Type"), plain)
		}
	}
}

// TestOldMetadata: release 1.2 knows no text and fails at what is not there.
func TestOldMetadata(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V12})
	if got := call(t, p, "GET", "/api/v1/metadata/s/k/none", ""); got.status != 500 || got.body != `{"errors":[null]}` {
		t.Errorf("got %d %s, want 500 and null", got.status, got.body)
	}
	if got := call(t, p, "GET", "/api/v1/metadata/s/k/none", "", "Accept: text/plain"); got.status != 406 {
		t.Errorf("got %d, want 406", got.status)
	}
}

// TestNoMetadata: a store that keeps no metadata says so.
func TestNoMetadata(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V13})
	bare, err := New(Config{Store: struct{ storage.Store }{p.Store}, Engine: p.Engine, Specs: p.Specs})
	if err != nil {
		t.Fatal(err)
	}
	if got := call(t, bare, "GET", "/api/v1/metadata/s", ""); got.status == 200 || !strings.Contains(got.body, "keeps no metadata") {
		t.Errorf("got %d %s, want a failure", got.status, got.body)
	}
}
