package kairosdb

import (
	"context"
	"errors"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/memory"
)

// The header sets.
var (
	setAHeaders = []string{
		"Access-Control-Allow-Origin: *", "Pragma: no-cache", "Cache-Control: no-cache", "Expires: 0",
		"Content-Type: application/json;charset=utf-8",
	}
	setBHeaders = []string{"Access-Control-Allow-Origin: *", "Pragma: ", "Content-Type: application/json"}
	bare        = []string{"Access-Control-Allow-Origin: ", "Content-Length: 0", "Content-Type: "}
	vary        = "Vary: Accept-Encoding, User-Agent"
)

// and is a list of headers with more.
func and(list []string, more ...string) []string { return append(append([]string{}, list...), more...) }

// TestRoutes compares status, headers and body of every small route.
func TestRoutes(t *testing.T) {
	const query = "/api/v1/datapoints/query"
	const noAccept = `{"errors":["the request's Accept is no list of media types"]}`
	const noType = `{"errors":["the Content-Type of the request is no media type"]}`
	tests := []struct {
		method, target, header string
		status                 int
		body                   string
		want                   []string // headers; an empty value: not there
	}{
		{"GET", "/api/v1/version", "", 200, `{"version": "KairosDB 1.3.0-1.20210808220820"}` + "\n", and(setAHeaders, vary)},
		{"GET", "/api/v1/version/", "", 200, `{"version": "KairosDB 1.3.0-1.20210808220820"}` + "\n", setAHeaders},
		{"GET", "/api/v1/version;a=b", "", 200, `{"version": "KairosDB 1.3.0-1.20210808220820"}` + "\n", setAHeaders},
		{"HEAD", "/api/v1/version", "", 200, "", and(setAHeaders, "Content-Length: 0", "Vary: ")},
		{"GET", "/api/v1//version", "", 404, "", bare},
		{"GET", "/api/v1/Version", "", 404, "", bare},
		{"GET", "/api/v3/version", "", 404, "", bare},
		{"GET", "/api", "", 404, "", bare},
		{"GET", "/api/", "", 404, "", bare},
		{"GET", "/api/v1", "", 405, "", and(bare, "Allow: OPTIONS")},
		{"GET", "/api/v1/", "", 405, "", and(bare, "Allow: OPTIONS")},
		{"GET", "/api/v1/health", "", 405, "", and(bare, "Allow: OPTIONS")},
		{"BREW", "/api/v1/metricnames", "", 405, "", and(bare, "Allow: HEAD,GET,OPTIONS")},
		{"PUT", "/api/v1/metricnames", "", 405, "", and(bare, "Allow: HEAD,GET,OPTIONS")},
		{"GET", query + "/tags", "", 405, "", and(bare, "Allow: POST,OPTIONS")},
		{"GET", "/api/v1/metric/x", "", 405, "", and(bare, "Allow: DELETE,OPTIONS")},
		{"DELETE", "/api/v1/metric/", "", 404, "", bare},
		{"DELETE", "/api/v1/metric/%2e", "", 204, "", and(setAHeaders, "Vary: ")},
		{"GET", "/api/v1/version", "Accept: text/html", 406, "", bare},
		{"GET", "/api/v1/version", "Accept: bogus", 406, "", bare},
		{"GET", "/api/v1/version", "Accept: application/json;q=2", 400, noAccept, setBHeaders},
		{"OPTIONS", "/api/v1/version", "Accept: text/html", 406, "", bare},
		{"OPTIONS", "/api/v1/health", "Accept: text/html", 204, "", []string{"Allow: OPTIONS"}},
		{"OPTIONS", "/api/v1/datapoints/index", "Accept: application/xml", 200, "", []string{"Allow: OPTIONS,HEAD,GET"}},
		{"GET", "/api/v1/version", "Content-Type: bogus", 400, noType, setBHeaders},
		{"GET", "/api/v1/nowhere", "Content-Type: bogus", 400, noType, setBHeaders},
		{"GET", "/api/v1/%76ersion", "", 404, "", bare},
		{"GET", "/api/v1/health/check", "Accept: text/html", 406, "", bare},
		{"GET", "/api/v1/health/check", "Accept: text/html, application/*;q=0.1", 204, "", setAHeaders},
		{"GET", "/api/v1/health/check", "", 204, "", and(setAHeaders, "Vary: ")},
		{"GET", "/api/v1/health/status", "", 200, `["JVM-Thread-Deadlock: OK","Datastore-Query: OK"]`, setAHeaders},
		{"GET", "/api/v1/metricnames", "", 200, `{"results":["m","metric/1","t"]}`, setAHeaders},
		{"GET", "/api/v1/metricnames?prefix=me&prefix=t", "", 200, `{"results":["metric/1"]}`, setAHeaders},
		{"GET", "/api/v1/metricnames?prefix=M", "", 200, `{"results":[]}`, setAHeaders},
		{"GET", "/api/v1/metricnames?prefix=%25", "", 200, `{"results":[]}`, setAHeaders},
		{"GET", "/api/v1/metricnames?prefix=", "", 200, `{"results":["m","metric/1","t"]}`, setAHeaders},
		{"GET", "/api/v1/tagnames", "", 404, "", bare},
		{"GET", "/api/v1/datapoints/index", "", 500, `{"errors":[null]}`, setAHeaders},
		{"GET", "/api/v1/datapoints/index?metric=m&start_absolute=x&end_absolute=1", "", 404, "", bare},
		{"GET", "/api/v1/datapoints/index?metric=m&start_absolute=0&end_absolute=", "", 500, `{"errors":[null]}`, setAHeaders},
		{"GET", "/api/v1/datapoints/index?metric=&start_absolute=0&end_absolute=1", "", 500, `{"errors":[null]}`, setAHeaders},
		{"GET", "/api/v1/datapoints/index?metric=m&start_absolute=0&end_absolute=1", "", 204, "", setAHeaders},
		{"GET", query, "", 400, `{"errors":["query json must not be null or empty"]}`, and(setBHeaders, "Vary: ", "Cache-Control: ")},
		{"POST", query, "", 500, `{"errors":["Not a JSON Object: null"]}`, and(setAHeaders, "Vary: ")},
		{"OPTIONS", query, "", 200, "", []string{
			"Access-Control-Allow-Origin: *", "Access-Control-Max-Age: 86400", "Content-Length: 0",
			"Content-Type: application/json;charset=utf-8", "Access-Control-Allow-Headers: "}},
		{"OPTIONS", "/api/v1/metric/x", "Access-Control-Request-Method: DELETE", 200, "", []string{
			"Access-Control-Allow_Method: DELETE", "Access-Control-Allow-Methods: DELETE,OPTIONS"}},
		{"OPTIONS", query, "Access-Control-Request-Headers: content-type, x-y", 200, "", []string{
			"Access-Control-Allow-Headers: content-type, x-y"}},
		{"OPTIONS", "/api/v1/health", "", 200, "", []string{"Allow: OPTIONS", "Access-Control-Allow-Origin: "}},
	}
	p := filled(t, Config{Release: aggregators.V13})
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.target+" "+tt.header, func(t *testing.T) {
			got := call(t, p, tt.method, tt.target, "", tt.header)
			if got.status != tt.status || got.body != tt.body {
				t.Errorf("got %d %q, want %d %q", got.status, got.body, tt.status, tt.body)
			}
			checkHeader(t, got, tt.want)
		})
	}
}

// checkHeader compares headers with lines of name and value.
func checkHeader(t *testing.T, got reply, want []string) {
	t.Helper()
	for _, line := range want {
		name, value, _ := strings.Cut(line, ": ")
		if g := strings.Join(got.header[name], "|"); g != value {
			t.Errorf("%s: got %q, want %q", name, g, value)
		}
	}
}

// TestPreflightForNoHeader shows that a list of no headers is given back.
func TestPreflightForNoHeader(t *testing.T) {
	got := call(t, newProtocol(t, Config{}), "OPTIONS", "/api/v1/version", "", "Access-Control-Request-Headers: ")
	if names := got.header["Access-Control-Allow-Headers"]; len(names) != 1 || names[0] != "" {
		t.Errorf("got %q, want one empty name", names)
	}
}

// TestTagLists lists tags where the release has them, and as an extension.
func TestTagLists(t *testing.T) {
	tests := []struct{ target, want string }{
		{"/api/v1/tagnames", `{"results":["dc","host"]}`},
		{"/api/v1/tagvalues", `{"results":["a","b","x","é"]}`},
		{"/api/v1/tagvalues?name=host", `{"results":["a","b","é"]}`},
	}
	for _, c := range []Config{{Release: aggregators.V12}, {Release: aggregators.Develop, Extensions: true}} {
		p := filled(t, c)
		for _, tt := range tests {
			if got := call(t, p, "GET", tt.target, ""); got.status != 200 || got.body != tt.want {
				t.Errorf("%s %s: got %d %s, want %s", c.Release, tt.target, got.status, got.body, tt.want)
			}
		}
	}
}

// TestGates closes each of the three gates.
func TestGates(t *testing.T) {
	const denied = " API methods are disabled on this KairosDB instance."
	tests := []struct {
		release              aggregators.Release
		serverType           string
		method, target, body string
		status               int
		want                 string
	}{
		{aggregators.V13, "INGEST, DELETE", "POST", "/api/v1/datapoints/query", "{bad", 403, `{"errors": ["Forbidden: QUERY` + denied + `"]}`},
		{aggregators.V12, "INGEST", "GET", "/api/v1/metricnames", "", 403, `[{"Forbidden": "QUERY` + denied + `"}]` + "\n"},
		{aggregators.V13, "QUERY", "OPTIONS", "/api/v1/datapoints", "", 403, `{"errors": ["Forbidden: INGEST` + denied + `"]}`},
		{aggregators.V13, "QUERY", "DELETE", "/api/v1/metric/m", "", 403, `{"errors": ["Forbidden: DELETE` + denied + `"]}`},
		{aggregators.V13, "DELETE", "DELETE", "/api/v1/metric/m", "", 204, ""},
		{aggregators.V13, "DELETE", "GET", "/api/v1/health/check", "", 204, ""},
		{aggregators.V13, "DELETE", "PUT", "/api/v1/datapoints", "", 405, ""},
	}
	for _, tt := range tests {
		p := filled(t, Config{Release: tt.release, ServerType: tt.serverType})
		got := call(t, p, tt.method, tt.target, tt.body)
		if got.status != tt.status || got.body != tt.want {
			t.Errorf("%s %s %s: got %d %s, want %d %s", tt.serverType, tt.method, tt.target, got.status, got.body, tt.status, tt.want)
		}
		if got.status == 403 {
			checkHeader(t, got, []string{"Content-Type: application/json", "Access-Control-Allow-Origin: "})
		}
	}
	if _, err := New(Config{ServerType: "QUERY,ingest"}); err == nil || !strings.Contains(err.Error(), `"ingest"`) {
		t.Errorf("got %v, want an error that names the word", err)
	}
}

// TestSettings sees what settings change in small answers.
func TestSettings(t *testing.T) {
	p := filled(t, Config{Release: aggregators.V12, VersionText: `KairosDB "9"`, HiddenPrefixes: []string{"me", "t"}})
	got := call(t, p, "GET", "/api/v1/version", "")
	if want := `{"version": "KairosDB \"9\""}` + "\n"; got.body != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
	checkHeader(t, got, []string{"Content-Type: application/json; charset=UTF-8"})
	if got, want := call(t, p, "GET", "/api/v1/metricnames", "").body, `{"results":["m"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := call(t, p, "GET", "/api/v1/datapoints/index", "").status; got != 404 {
		t.Errorf("got %d, want 404", got)
	}
}

// sick is a store with which something is wrong.
type sick struct {
	storage.Store
	wrong error
}

// Health says it.
func (s sick) Health(context.Context) error { return s.wrong }

// TestHealthCode: load balancers may be told by 200 that all is well.
func TestHealthCode(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13, HealthCode: 200})
	got := call(t, p, "GET", "/api/v1/health/check", "")
	if got.status != 200 || got.body != "" {
		t.Errorf("got %d %q, want 200 without a body", got.status, got.body)
	}
	checkHeader(t, got, setAHeaders)
}

// TestSickStore asks after the health of a store that does not answer, and of one that
// does, but for what is damaged, or for writes.
func TestSickStore(t *testing.T) {
	for _, tt := range []struct {
		wrong      error
		extensions bool
		code       int
		status     string
	}{
		{errors.New("sick"), false, 500, `["JVM-Thread-Deadlock: OK","Datastore-Query: FAIL"]`},
		{errors.New("sick"), true, 500, `["JVM-Thread-Deadlock: OK","Datastore-Query: FAIL","Datastore: sick"]`},
		{storage.ErrDamaged, false, 204, `["JVM-Thread-Deadlock: OK","Datastore-Query: OK"]`},
		{storage.ErrFull, false, 204, `["JVM-Thread-Deadlock: OK","Datastore-Query: OK"]`},
		{storage.ErrFull, true, 204, `["JVM-Thread-Deadlock: OK","Datastore-Query: OK","Datastore: ` + storage.ErrFull.Error() + `"]`},
		{storage.ErrDamaged, true, 204, `["JVM-Thread-Deadlock: OK","Datastore-Query: OK","Datastore: ` + storage.ErrDamaged.Error() + `"]`},
	} {
		p := newProtocol(t, Config{Release: aggregators.V13, Store: sick{memory.New(memory.Config{}), tt.wrong}, Extensions: tt.extensions})
		got := call(t, p, "GET", "/api/v1/health/check", "")
		if got.status != tt.code || got.body != "" {
			t.Errorf("%v: got %d %q, want %d without a body", tt.wrong, got.status, got.body, tt.code)
		}
		checkHeader(t, got, setAHeaders)
		if got := call(t, p, "GET", "/api/v1/health/status", ""); got.status != 200 || got.body != tt.status {
			t.Errorf("%v, extensions %v: got %d %q, want 200 %q", tt.wrong, tt.extensions, got.status, got.body, tt.status)
		}
	}
}
