package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// firstKey finds the key that the first start prints.
var firstKey = regexp.MustCompile(`(?m)^  id      (_key_\d{18})\n  secret  ([0-9a-f]{32})$`)

// as asks with a key and answers status and body.
func (s *server) as(t testing.TB, id, secret, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(id, secret)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var text strings.Builder
	if err := res.Write(&text); err != nil {
		t.Fatal(err)
	}
	_, answer, _ := strings.Cut(text.String(), "\r\n\r\n")
	return res.StatusCode, answer
}

// TestFirstStart: the first start that asks for credentials prints a key, once,
// and it opens what is closed without.
func TestFirstStart(t *testing.T) {
	dir := t.TempDir()
	args := []string{"--data.dir=" + dir, "--auth.mode=required"}
	s := start(t, args...)
	found := firstKey.FindStringSubmatch(s.stdout())
	if found == nil {
		t.Fatalf("got %q, want a key", s.stdout())
	}
	id, secret := found[1], found[2]
	for _, path := range []string{"/api/v1/metricnames", "/metrics", "/api/v1/version", "/nothing"} {
		if status, body := s.ask(t, "GET", path, ""); status != 401 {
			t.Errorf("%s without credentials: got %d %s, want 401", path, status, body)
		}
	}
	if status, _, body := send(t, "http://"+s.address+"/api/v1/metricnames", "GET", ""); status != 401 || body != `{"errors":["credentials are required"]}` {
		t.Errorf("got %d %s, want 401 in KairosDB's shape", status, body)
	}
	if status, body := s.as(t, id, secret, "POST", "/api/v1/datapoints", aPoint); status != 204 {
		t.Errorf("write: got %d %s, want 204", status, body)
	}
	if status, body := s.as(t, id, secret, "POST", "/api/v1/datapoints/query", askForIt); status != 200 || !strings.Contains(body, theValue) {
		t.Errorf("query: got %d %s, want 200 and the value", status, body)
	}
	if status, _ := s.as(t, id, secret, "GET", "/metrics", ""); status != 200 {
		t.Errorf("/metrics: got %d, want 200", status)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	if strings.Contains(s.log.text(), secret) {
		t.Error("the log has the secret")
	}
	s = start(t, args...)
	if firstKey.MatchString(s.stdout()) {
		t.Error("the second start printed a key, too")
	}
	if status, _ := s.as(t, id, secret, "GET", "/api/v1/metricnames", ""); status != 200 {
		t.Errorf("after a restart: got %d, want 200", status)
	}
	s.stop()
	s = start(t, args[0])
	if status, _ := s.ask(t, "GET", "/api/v1/metricnames", ""); status != 200 {
		t.Errorf("on a loopback address nobody is asked: got %d, want 200", status)
	}
	if got := strings.Count(s.log.text(), "there are keys, and nobody is asked for one"); got != 1 {
		t.Errorf("got %d warnings that keys hold nobody up, want one", got)
	}
}

// TestAddressForOthers: on an address that others reach everybody is asked.
func TestAddressForOthers(t *testing.T) {
	s := start(t, "--storage=memory", "--http.listen=:0")
	if !firstKey.MatchString(s.stdout()) {
		t.Errorf("got %q, want a key", s.stdout())
	}
	if status, _ := ask(t, "http://127.0.0.1"+s.address[strings.LastIndex(s.address, ":"):]+"/api/v1/metricnames", "GET", ""); status != 401 {
		t.Errorf("got %d, want 401", status)
	}
}
